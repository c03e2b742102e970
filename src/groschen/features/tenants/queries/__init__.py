"""The rows of tenants, keys, people, sessions and the vault."""
