"""Payments: customers' money through a provider, refunds, disputes, the provider's payouts."""
