"""The statements of settlement in SQL: one function, one statement, no decisions."""
