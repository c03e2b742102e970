"""Payments: money from customers through a provider, refunds, disputes, and the provider's payouts."""
