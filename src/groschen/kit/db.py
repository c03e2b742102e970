"""The database as the serving role sees it: a pool, and scopes of one tenant and transaction."""

from __future__ import annotations

import hashlib
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache, partial
from typing import TYPE_CHECKING, ClassVar, Final, Literal, LiteralString, Self, TypeAlias, TypeVar
from zoneinfo import ZoneInfo

import psycopg
from psycopg import AsyncConnection, sql
from psycopg.rows import TupleRow
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from groschen.core.errors import GroschenError, Kind
from groschen.kit import clock
from groschen.kit.actor import SYSTEM, Actor, PermissionMissing
from groschen.kit.ids import new_id

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from uuid import UUID

    from groschen.kit.config import Settings

__all__ = [
    "SYSTEM",
    "Actor",
    "Database",
    "DatabaseUnavailable",
    "PermissionMissing",
    "Scope",
    "TenantFacts",
    "TenantNotFound",
    "fence_key",
]

Connection: TypeAlias = AsyncConnection[TupleRow]
Begun = TypeVar("Begun")
IDLE_TRANSACTION_SECONDS: Final = 60
READY_CONNECTIONS: Final = 4


class TenantNotFound(GroschenError):
    """The tenant does not exist (any more)."""

    code: ClassVar[str] = "tenant_not_found"
    kind: ClassVar[Kind] = Kind.NOT_FOUND


class DatabaseUnavailable(GroschenError):
    """No connection could be had in time; nothing was done."""

    code: ClassVar[str] = "database_unavailable"
    kind: ClassVar[Kind] = Kind.UNAVAILABLE


@dataclass(frozen=True, slots=True)
class TenantFacts:
    """What every command needs to know of its tenant; read when the scope opens."""

    name: str
    mode: Literal["live", "test"]
    parent_tenant_id: UUID | None
    country: str
    time_zone: str
    home_currency: str
    test_now: datetime | None
    books_open_from: date | None
    funds_model: str | None
    modules: frozenset[str]

    def business_now(self, real: datetime) -> datetime:
        """Return the business instant: a test tenant's own clock if set, else ``real``."""
        return self.test_now if self.mode == "test" and self.test_now is not None else real

    def business_day(self, instant: datetime) -> date:
        """Return the tenant's calendar day of ``instant``, never one whose books are closed."""
        day = instant.astimezone(ZoneInfo(self.time_zone)).date()
        return day if self.books_open_from is None else max(day, self.books_open_from)


@dataclass(slots=True)
class Scope:
    """One transaction of one actor in one tenant; row-level security shows nothing else.

    ``now`` and ``today`` are business time; ``real_now`` is for received_at, job times, expiry.
    """

    conn: Connection
    tenant_id: UUID
    tenant: TenantFacts
    actor: Actor
    now: datetime
    today: date
    real_now: datetime
    request_id: str
    dry_run: bool


def _facts(row: TupleRow) -> TenantFacts:
    """Build the facts of a row of ``SELECT_TENANT``."""
    name, mode, parent_id, country, zone, currency, test_now, open_from, funds_model, modules = row
    return TenantFacts(
        name,
        mode,
        parent_id,
        country,
        zone,
        currency,
        None if test_now is None else test_now.astimezone(UTC),
        open_from,
        funds_model,
        frozenset(modules),
    )


SELECT_TENANT: Final[LiteralString] = """
    SELECT name, mode, parent_tenant_id, country, time_zone, home_currency, test_now,
           books_open_from, funds_model, modules
      FROM groschen.tenants
     WHERE tenant_id = {tenant}
"""
# One simple-protocol message, so that opening a scope costs one round trip. The tenant is a
# literal in SET LOCAL: the form that row-level security and a distributed database both follow.
# The fence comes before the tenant's row, so that the row's test clock is read behind it.
OPEN_READING: Final[LiteralString] = (
    "BEGIN READ ONLY; SET LOCAL app.tenant_id = {tenant};" + SELECT_TENANT
)
OPEN_WRITING: Final[LiteralString] = (
    "BEGIN; SET LOCAL app.tenant_id = {tenant};"
    " SELECT pg_advisory_xact_lock_shared({fence});" + SELECT_TENANT
)
OPEN_EXCLUSIVE: Final[LiteralString] = (
    "BEGIN; SET LOCAL app.tenant_id = {tenant};"
    " SELECT pg_advisory_xact_lock({fence});" + SELECT_TENANT
)


def fence_key(tenant_id: UUID, purpose: str = "fence") -> int:
    """Return the signed 64-bit advisory lock key of a tenant for ``purpose``."""
    digest = hashlib.sha256(f"{purpose}:{tenant_id}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


class Database:
    """The pool of connections of the serving role."""

    def __init__(self, settings: Settings) -> None:
        if settings.database_url is None:
            raise DatabaseUnavailable(
                "no database is configured",
                field="GROSCHEN_DATABASE_URL",
                hint="Set it, or start by './dev demo' or 'groschen all', which bring their own.",
            )
        self._settings = settings
        self._pool: AsyncConnectionPool[Connection] = AsyncConnectionPool(
            settings.database_url.get_secret_value(),
            min_size=min(READY_CONNECTIONS, settings.pool_size),
            max_size=settings.pool_size,
            kwargs={"autocommit": True},  # the opening statements say BEGIN themselves
            configure=self._configure,
            timeout=max(settings.database_wait_seconds, 1),
            open=False,
            name="groschen",
        )

    async def open(self) -> None:
        """Open the pool; connections are made in the background."""
        await self._pool.open()

    async def close(self) -> None:
        """Close the pool after the running transactions."""
        await self._pool.close()

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def _configure(self, conn: Connection) -> None:
        settings = self._settings
        await conn.execute(
            sql.SQL(
                "SET search_path = groschen, procrastinate, public; SET timezone = 'UTC';"
                " SET statement_timeout = {}; SET lock_timeout = {};"
                " SET idle_in_transaction_session_timeout = {}"
            ).format(
                sql.Literal(f"{settings.statement_timeout_seconds}s"),
                sql.Literal(f"{settings.lock_timeout_seconds}s"),
                sql.Literal(f"{IDLE_TRANSACTION_SECONDS}s"),
            )
        )

    @asynccontextmanager
    async def scope(
        self,
        tenant_id: UUID,
        actor: Actor,
        *,
        write: bool = True,
        exclusive: bool = False,
        dry_run: bool = False,
        request_id: str | None = None,
    ) -> AsyncIterator[Scope]:
        """Run one transaction in the tenant: commit on success, roll back on an exception.

        A writing scope holds the tenant's fence shared, an ``exclusive`` one alone: moving a
        test clock or closing a month takes it, so that no command straddles them. A reading
        scope cannot write. With ``dry_run`` everything runs, deferred constraints included,
        and is rolled back. Raises ``TenantNotFound``, and ``DatabaseUnavailable`` when no
        connection could be had; then nothing was done.
        """
        opening = OPEN_EXCLUSIVE if exclusive else OPEN_WRITING if write else OPEN_READING
        conn, facts = await self._acquire(partial(_begin, opening=_rendered(opening, tenant_id)))
        async with self._finishing(conn, dry_run=dry_run):
            if facts is None:
                raise TenantNotFound("there is no such tenant", tenant_id=tenant_id)
            real = clock.real_now()
            now = facts.business_now(real)
            day = facts.business_day(now)
            request = request_id or str(new_id())
            yield Scope(conn, tenant_id, facts, actor, now, day, real, request, dry_run)

    @asynccontextmanager
    async def unscoped(self) -> AsyncIterator[Connection]:
        """Run one transaction without a tenant: sees ``directory`` and nothing of any tenant."""
        conn, _ = await self._acquire(_begin_unscoped)
        async with self._finishing(conn, dry_run=False):
            yield conn

    async def _acquire(
        self, begin: Callable[[Connection], Awaitable[Begun]]
    ) -> tuple[Connection, Begun]:
        """Take a connection and begin on it; one that died meanwhile is replaced by the next."""
        deadline = clock.Deadline(self._settings.database_wait_seconds)
        while True:
            try:
                conn = await self._pool.getconn()
            except PoolTimeout as error:
                raise _unavailable() from error
            try:
                return conn, await begin(conn)
            except psycopg.OperationalError as error:
                alive = not conn.closed
                await self._abandon(conn)
                if alive:
                    raise
                if deadline.passed:
                    raise _unavailable() from error
            except BaseException:
                await self._abandon(conn)
                raise

    async def _abandon(self, conn: Connection) -> None:
        """Give back a connection on which nothing has been done."""
        try:
            if not conn.closed:
                await conn.rollback()
        finally:
            await self._pool.putconn(conn)

    @asynccontextmanager
    async def _finishing(self, conn: Connection, *, dry_run: bool) -> AsyncIterator[None]:
        """Commit, or roll back on an exception or for a dry run; then give back."""
        try:
            async with conn:
                yield
                if dry_run:
                    await conn.execute("SET CONSTRAINTS ALL IMMEDIATE")
                    await conn.rollback()
        finally:
            await self._pool.putconn(conn)


@lru_cache(maxsize=10_000)
def _rendered(opening: LiteralString, tenant_id: UUID) -> bytes:
    """Write the opening statements of a tenant; kept, because every request sends them."""
    tenant, fence = sql.Literal(str(tenant_id)), sql.Literal(fence_key(tenant_id))
    return sql.SQL(opening).format(tenant=tenant, fence=fence).as_bytes(None)


async def _begin(conn: Connection, opening: bytes) -> TenantFacts | None:
    """Send the opening statements; the tenant's row is the last result."""
    cursor = await conn.execute(opening, prepare=False)
    await cursor.set_result(-1)
    row = await cursor.fetchone()
    return None if row is None else _facts(row)


async def _begin_unscoped(conn: Connection) -> None:
    """Begin with no tenant set: policies then show no row at all."""
    await conn.execute("BEGIN; SET LOCAL app.tenant_id = ''")


def _unavailable() -> DatabaseUnavailable:
    return DatabaseUnavailable(
        "the database cannot be reached at the moment; nothing was done",
        hint="Send the same request again, with the same idempotency key.",
    )
