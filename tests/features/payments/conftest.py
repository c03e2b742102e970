"""A transport alliance for each test, its provider, and its books proved afterwards."""

from support.alliance_fixtures import alliance, provider

__all__ = ["alliance", "provider"]
