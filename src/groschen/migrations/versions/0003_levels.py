"""Levels: offers between tenants, what travels of totals, and what both sides booked of it."""

from groschen.migrations.plain_sql import run_sql_beside

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Run ``0003_levels.sql``."""
    run_sql_beside(__file__)
