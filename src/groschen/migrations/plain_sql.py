"""Runs a revision's SQL file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

from alembic import op

if TYPE_CHECKING:
    import psycopg


def run_sql_beside(revision_file: str) -> None:
    """Run the ``.sql`` file beside the revision ``revision_file`` (pass ``__file__``).

    The whole file is one message on the owner's connection, inside the revision's transaction.
    """
    driver = cast("psycopg.Connection", op.get_bind().connection.driver_connection)
    driver.execute(Path(revision_file).with_suffix(".sql").read_bytes())
