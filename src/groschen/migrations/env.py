"""Alembic's environment: a connection from ``kit.migrate``, one transaction a revision."""

from __future__ import annotations

from alembic import context

SCHEMA = "groschen"


def run() -> None:
    """Run the revisions on the connection in the configuration's attributes."""
    connection = context.config.attributes["connection"]
    context.configure(
        connection=connection,
        version_table="alembic_version",
        version_table_schema=SCHEMA,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


run()
