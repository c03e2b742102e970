"""The foundation: tenants, people, ledger, catalog, orders, payments, shares, settlements."""

from groschen.migrations.plain_sql import run_sql_beside

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Run ``0001_foundation.sql``."""
    run_sql_beside(__file__)
