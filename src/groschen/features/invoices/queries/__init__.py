"""The statements of invoices: one function, one statement, no decisions."""
