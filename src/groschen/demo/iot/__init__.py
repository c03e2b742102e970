"""A data platform for devices: subscriptions and usage, invoices to companies, a marketplace."""
