"""Usage: meters, subscriptions, events, totals, wallets, billables, invoices."""

from groschen.migrations.plain_sql import run_sql_beside

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Run ``0002_usage.sql``."""
    run_sql_beside(__file__)
