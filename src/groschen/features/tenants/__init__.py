"""Tenants: their tree, settings, keys, people, and the vault of personal data."""
