"""Delivery targets: where the things somebody bought come into being."""
