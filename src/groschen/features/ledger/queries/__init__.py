"""The statements of the ledger: one function, one statement, no decision."""
