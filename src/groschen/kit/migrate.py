"""Bring the database's schema to this release: our revisions and procrastinate's own schema."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final

import psycopg
import sqlalchemy
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from procrastinate.schema import SchemaManager, migrations_path
from psycopg import sql
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from groschen.core.errors import GroschenError, Kind
from groschen.kit import clock

if TYPE_CHECKING:
    from collections.abc import Iterator

APP_ROLE: Final = "groschen_app"
LOCK_KEY: Final = 0x67726F7363_6865  # "grosche", one migration at a time
LOCK_TIMEOUT: Final = "2s"
LOCK_TRIES: Final = 30


class MigrationRefused(GroschenError):
    """The database is not prepared for Groschen's schema."""

    code: ClassVar[str] = "migration_refused"
    kind: ClassVar[Kind] = Kind.CONFLICT


@dataclass(frozen=True, slots=True)
class Migrated:
    """The revision before (None: an empty database) and after."""

    before: str | None
    after: str | None


def migrate(owner_url: str) -> Migrated:
    """Upgrade to this release's schema; several processes may call it, one works at a time.

    ``owner_url`` is the owner's connection string. Raises ``MigrationRefused`` when the serving
    role is missing or could bypass row-level security, or the database is newer than we are.
    """
    with psycopg.connect(owner_url, autocommit=True) as conn:
        conn.execute("SELECT pg_advisory_lock(%s)", [LOCK_KEY])
        _check_app_role(conn)
        conn.execute("CREATE SCHEMA IF NOT EXISTS groschen")
        conn.execute(sql.SQL("GRANT USAGE ON SCHEMA groschen TO {}").format(_app_role()))
        _install_procrastinate(conn)
        return _upgrade(owner_url)


def pending_revisions(owner_url: str) -> bool:
    """Whether ``migrate`` has something to do."""
    head = ScriptDirectory.from_config(_configuration()).get_current_head()
    return _current(owner_url) != head


def _upgrade(owner_url: str) -> Migrated:
    """Run the revisions; a table lock that cannot be had in two seconds is tried again."""
    before = _current(owner_url)
    known = ScriptDirectory.from_config(_configuration())
    if before is not None and before not in {script.revision for script in known.walk_revisions()}:
        raise MigrationRefused(
            f"the database is at revision {before}, which this release does not know",
            hint="Run the newer release of Groschen that made it.",
        )
    for attempt in range(1, LOCK_TRIES + 1):
        try:
            with _alembic_connection(owner_url) as connection:
                configuration = _configuration()
                configuration.attributes["connection"] = connection
                command.upgrade(configuration, "head")
            break
        except OperationalError as error:
            waiting = isinstance(error.orig, psycopg.errors.LockNotAvailable)
            if not waiting or attempt == LOCK_TRIES:
                raise
            clock.pause(1)
    return Migrated(before, _current(owner_url))


def _current(owner_url: str) -> str | None:
    with _alembic_connection(owner_url) as connection:
        context = MigrationContext.configure(
            connection,
            opts={"version_table": "alembic_version", "version_table_schema": "groschen"},
        )
        return context.get_current_revision()


def _configuration() -> Config:
    configuration = Config()
    folder = Path(str(resources.files("groschen.migrations")))
    configuration.set_main_option("script_location", str(folder).replace("%", "%%"))
    return configuration


@contextmanager
def _alembic_connection(owner_url: str) -> Iterator[sqlalchemy.Connection]:
    """Give Alembic a psycopg connection of the owner, through SQLAlchemy and only here."""
    options = f"-c search_path=groschen -c lock_timeout={LOCK_TIMEOUT} -c timezone=UTC"

    def connect() -> psycopg.Connection:
        return psycopg.connect(owner_url, options=options)

    engine = sqlalchemy.create_engine("postgresql+psycopg://", creator=connect, poolclass=NullPool)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def _app_role() -> sql.Identifier:
    return sql.Identifier(APP_ROLE)


def _check_app_role(conn: psycopg.Connection) -> None:
    row = conn.execute(
        "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = %s", [APP_ROLE]
    ).fetchone()
    if row is None:
        raise MigrationRefused(
            f"the serving role '{APP_ROLE}' does not exist",
            hint=f"As a superuser: CREATE ROLE {APP_ROLE} LOGIN PASSWORD '...' NOSUPERUSER"
            " NOBYPASSRLS; or grant it to the role that serves.",
        )
    if row[0]:
        raise MigrationRefused(
            f"the serving role '{APP_ROLE}' could bypass row-level security",
            hint=f"As a superuser: ALTER ROLE {APP_ROLE} NOSUPERUSER NOBYPASSRLS.",
        )


def _install_procrastinate(conn: psycopg.Connection) -> None:
    """Install or upgrade procrastinate by its own SQL; the schema's comment says how far."""
    steps = sorted(path for path in Path(migrations_path).glob("*.sql"))
    with conn.transaction():
        conn.execute("CREATE SCHEMA IF NOT EXISTS procrastinate")
        conn.execute("SET LOCAL search_path = procrastinate")
        row = conn.execute(
            "SELECT obj_description('procrastinate'::regnamespace, 'pg_namespace')"
        ).fetchone()
        installed = row[0] if row is not None else None
        if installed is None:
            conn.execute(SchemaManager.get_schema())
        else:
            for step in steps:
                if step.name > installed:
                    conn.execute(step.read_bytes())
        last = sql.Literal(steps[-1].name)
        conn.execute(sql.SQL("COMMENT ON SCHEMA procrastinate IS {}").format(last))
        conn.execute(
            sql.SQL(
                "GRANT USAGE ON SCHEMA procrastinate TO {0};"
                " GRANT SELECT, INSERT, UPDATE, DELETE"
                " ON ALL TABLES IN SCHEMA procrastinate TO {0};"
                " GRANT USAGE ON ALL SEQUENCES IN SCHEMA procrastinate TO {0}"
            ).format(_app_role())
        )
