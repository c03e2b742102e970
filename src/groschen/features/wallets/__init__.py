"""Wallets: prepaid credit in buckets, emergency credit, top-ups, and what use burns of them."""
