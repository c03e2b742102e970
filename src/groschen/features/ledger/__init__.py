"""The books: accounts, journals, postings, balances."""
