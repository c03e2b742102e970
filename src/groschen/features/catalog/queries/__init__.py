"""The statements of the catalog: one function, one statement, no decision."""
