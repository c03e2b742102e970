"""Migrations run once, one at a time, and refuse a database they must not touch."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg import sql

from groschen.kit import migrate as migrate_module
from groschen.kit.ids import new_id
from groschen.kit.migrate import Migrated, MigrationRefused, migrate, pending_revisions
from groschen.kit.postgres.roles import ensure_database

if TYPE_CHECKING:
    from collections.abc import Iterator

    from groschen.kit.postgres import ServerUrls

BEFORE_THE_LAST_STEP = sql.Literal("03.04.00_01_pre_add_retry_failed_job_procedure.sql")


@pytest.fixture
def empty(server: ServerUrls) -> Iterator[ServerUrls]:
    """Return the URLs of a database without any schema."""
    name = f"empty_{new_id().hex}"
    with psycopg.connect(server.superuser, autocommit=True) as conn:
        ensure_database(conn, name)
        yield server.of_database(name)
        conn.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def test_an_empty_database_gets_everything_once(empty: ServerUrls) -> None:
    first = migrate(empty.owner)
    assert first.before is None
    assert first.after is not None
    assert not pending_revisions(empty.owner)
    assert migrate(empty.owner) == Migrated(first.after, first.after)
    with psycopg.connect(empty.app) as conn:
        conn.execute("SELECT FROM groschen.tenants")
        conn.execute("SELECT FROM procrastinate.procrastinate_jobs")


def test_migrations_at_the_same_moment_do_not_meet(empty: ServerUrls) -> None:
    with ThreadPoolExecutor(3) as threads:
        done = list(threads.map(migrate, [empty.owner] * 3))
    assert [each.before for each in done].count(None) == 1
    assert len({each.after for each in done}) == 1


def test_a_newer_database_is_refused(empty: ServerUrls) -> None:
    migrate(empty.owner)
    with psycopg.connect(empty.owner) as conn:
        conn.execute("UPDATE groschen.alembic_version SET version_num = '9999'")
    with pytest.raises(MigrationRefused, match="revision 9999"):
        migrate(empty.owner)


def test_procrastinate_is_upgraded_by_its_own_steps(empty: ServerUrls) -> None:
    migrate(empty.owner)
    with psycopg.connect(empty.owner) as conn:
        older = sql.SQL("COMMENT ON SCHEMA procrastinate IS {}").format(BEFORE_THE_LAST_STEP)
        conn.execute(older)
    migrate(empty.owner)
    with psycopg.connect(empty.owner) as conn:
        row = conn.execute(
            "SELECT obj_description('procrastinate'::regnamespace, 'pg_namespace')"
        ).fetchone()
    assert row is not None
    assert row[0] > BEFORE_THE_LAST_STEP.as_string()[1:-1]


def test_a_serving_role_that_bypasses_security_is_refused(
    empty: ServerUrls, monkeypatch: pytest.MonkeyPatch
) -> None:
    role = f"careless_{new_id().hex}"
    monkeypatch.setattr(migrate_module, "APP_ROLE", role)
    with pytest.raises(MigrationRefused, match="does not exist") as refused:
        migrate(empty.owner)
    assert "CREATE ROLE" in (refused.value.hint or "")
    with psycopg.connect(empty.superuser, autocommit=True) as conn:
        conn.execute(sql.SQL("CREATE ROLE {} BYPASSRLS").format(sql.Identifier(role)))
        try:
            with pytest.raises(MigrationRefused, match="bypass row-level security") as refused:
                migrate(empty.owner)
        finally:
            conn.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(role)))
    assert "ALTER ROLE" in (refused.value.hint or "")
