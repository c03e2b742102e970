"""Settlements: what partners are owed, as statements, and how it reaches their bank."""
