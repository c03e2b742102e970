"""The operator console: sign-in, overview, orders, partners and statements."""
