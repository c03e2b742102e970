"""Subscriptions: contracts, their items and segments, subjects, and the windows of charging."""
