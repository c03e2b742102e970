"""A scope is one transaction of one tenant, in its business time; nothing else is visible in it."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import psycopg
import pytest
from pydantic import SecretStr

from groschen.kit import clock
from groschen.kit.actor import ALL_PERMISSIONS, Actor, PermissionMissing
from groschen.kit.config import Settings
from groschen.kit.db import SYSTEM, Database, DatabaseUnavailable, TenantNotFound, fence_key
from groschen.kit.ids import new_id
from support.database import make_tenant

if TYPE_CHECKING:
    from uuid import UUID

    from groschen.kit.postgres import ServerUrls
    from support.database import ScopeFactory

NOON = datetime(2026, 3, 29, 12, 0, tzinfo=UTC)


async def tenants_seen(database: Database, tenant_id: UUID) -> list[UUID]:
    async with database.scope(tenant_id, SYSTEM) as scope:
        rows = await scope.conn.execute("SELECT tenant_id FROM tenants")
        return [row[0] for row in await rows.fetchall()]


async def rename(scope_factory: ScopeFactory, name: str, **options: bool) -> None:
    async with scope_factory(**options) as scope:
        await scope.conn.execute(
            "UPDATE tenants SET name = %s WHERE tenant_id = %s", [name, scope.tenant_id]
        )


async def name_of(scope_factory: ScopeFactory) -> str:
    async with scope_factory(write=False) as scope:
        return scope.tenant.name


async def test_a_scope_sees_its_own_tenant_only(
    database: Database, database_urls: ServerUrls, tenant_id: UUID
) -> None:
    make_tenant(database_urls)
    assert await tenants_seen(database, tenant_id) == [tenant_id]


async def test_unknown_tenant_is_refused_and_the_connection_is_clean(
    database: Database, tenant_id: UUID
) -> None:
    with pytest.raises(TenantNotFound):
        await tenants_seen(database, new_id())
    assert await tenants_seen(database, tenant_id) == [tenant_id]


async def test_without_a_tenant_no_row_of_any_is_seen(database: Database, tenant_id: UUID) -> None:
    async with database.unscoped() as conn:
        tenants = await (await conn.execute("SELECT count(*) FROM tenants")).fetchone()
        known = await (
            await conn.execute("SELECT kind FROM directory WHERE tenant_id = %s", [tenant_id])
        ).fetchall()
    assert tenants == (0,)
    assert ("tenant",) in known


async def test_success_commits_and_an_exception_rolls_back(scope_factory: ScopeFactory) -> None:
    await rename(scope_factory, "renamed")
    assert await name_of(scope_factory) == "renamed"
    with pytest.raises(RuntimeError, match="on purpose"):
        async with scope_factory() as scope:
            await scope.conn.execute(
                "UPDATE tenants SET name = 'lost' WHERE tenant_id = %s", [scope.tenant_id]
            )
            raise RuntimeError("on purpose")
    assert await name_of(scope_factory) == "renamed"


async def test_a_dry_run_leaves_no_trace(scope_factory: ScopeFactory) -> None:
    before = await name_of(scope_factory)
    await rename(scope_factory, "only tried", dry_run=True)
    assert await name_of(scope_factory) == before


async def test_a_reading_scope_cannot_write(scope_factory: ScopeFactory) -> None:
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        await rename(scope_factory, "refused", write=False)


async def test_the_fence_keeps_writers_out_while_held_alone(
    database: Database, tenant_id: UUID
) -> None:
    async with database.scope(tenant_id, SYSTEM), database.scope(tenant_id, SYSTEM):
        pass  # writers do not wait for each other
    order: list[str] = []

    async def write() -> None:
        async with database.scope(tenant_id, SYSTEM):
            order.append("writer")

    async with database.scope(tenant_id, SYSTEM, exclusive=True):
        waiting = asyncio.create_task(write())
        async with database.scope(tenant_id, SYSTEM, write=False):
            order.append("reader")
        await asyncio.sleep(0.2)
        order.append("exclusive")
    await waiting
    assert order == ["reader", "exclusive", "writer"]


def test_fences_of_tenants_and_purposes_differ() -> None:
    one, other = new_id(), new_id()
    keys = {fence_key(one), fence_key(other), fence_key(one, "sequence")}
    assert len(keys) == 3
    assert all(-(2**63) <= key < 2**63 for key in keys)


async def test_a_live_tenant_lives_in_real_time(
    database: Database, database_urls: ServerUrls
) -> None:
    tenant_id = make_tenant(database_urls)
    async with database.scope(tenant_id, SYSTEM) as scope:
        assert scope.now == scope.real_now
        assert abs(scope.now - clock.real_now()) < timedelta(seconds=10)
        assert scope.now.tzinfo is UTC


@pytest.mark.parametrize(
    ("zone", "instant", "opened", "day"),
    [
        ("Europe/Berlin", NOON, None, date(2026, 3, 29)),
        ("Europe/Berlin", datetime(2026, 3, 28, 23, 30, tzinfo=UTC), None, date(2026, 3, 29)),
        ("America/New_York", datetime(2026, 3, 29, 3, 30, tzinfo=UTC), None, date(2026, 3, 28)),
        ("Pacific/Kiritimati", NOON, None, date(2026, 3, 30)),
        ("Europe/Berlin", NOON, date(2026, 4, 1), date(2026, 4, 1)),
        ("Europe/Berlin", NOON, date(2026, 3, 1), date(2026, 3, 29)),
    ],
)
async def test_a_test_tenant_lives_at_its_own_clock_and_on_open_days(
    database: Database,
    database_urls: ServerUrls,
    zone: str,
    instant: datetime,
    opened: date | None,
    day: date,
) -> None:
    tenant_id = make_tenant(
        database_urls, mode="test", test_now=instant, time_zone=zone, books_open_from=opened
    )
    async with database.scope(tenant_id, SYSTEM) as scope:
        assert (scope.now, scope.today) == (instant, day)
        assert scope.real_now > instant


async def test_a_connection_that_died_is_replaced_unnoticed(
    database: Database, database_urls: ServerUrls, tenant_id: UUID
) -> None:
    await tenants_seen(database, tenant_id)
    with psycopg.connect(database_urls.superuser, autocommit=True) as conn:
        conn.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE usename = 'groschen_app' AND datname = current_database()"
        )
    assert await tenants_seen(database, tenant_id) == [tenant_id]


async def test_a_database_that_stays_away_is_told_in_time() -> None:
    settings = Settings(
        database_url=SecretStr("postgresql://groschen_app@/groschen?host=/nowhere"),
        database_wait_seconds=1,
    )
    async with Database(settings) as database:
        with pytest.raises(DatabaseUnavailable, match="nothing was done"):
            await tenants_seen(database, new_id())


async def test_limits_are_set_on_every_connection(scope_factory: ScopeFactory) -> None:
    async with scope_factory() as scope:
        shown = await (
            await scope.conn.execute(
                "SELECT current_setting('statement_timeout'), current_setting('lock_timeout'),"
                " current_setting('idle_in_transaction_session_timeout'),"
                " current_setting('timezone')"
            )
        ).fetchone()
    assert shown == ("30s", "5s", "1min", "UTC")


def test_an_actor_may_what_it_was_given() -> None:
    reader = Actor("key", new_id(), frozenset({"orders:read"}), None, "read_only")
    assert reader.may("orders:read")
    assert not reader.may("orders:write")
    with pytest.raises(PermissionMissing, match="orders:write"):
        reader.require("orders:write")
    Actor("job", None, ALL_PERMISSIONS, None, "job").require("orders:write")
