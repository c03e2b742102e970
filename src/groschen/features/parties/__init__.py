"""Parties: people and organisations, their accounts, and where they get money."""
