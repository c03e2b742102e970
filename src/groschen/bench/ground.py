"""Where a benchmark runs: a database of its own with a tenant in it, used by nobody else."""

from __future__ import annotations

import tempfile
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import psycopg
from psycopg import AsyncConnection

from groschen.app import make_runtime, wire
from groschen.core.errors import invariant
from groschen.features.tenants import service as tenants
from groschen.features.tenants.model import Founding
from groschen.features.tenants.service.founding import found_child
from groschen.kit.actor import SYSTEM
from groschen.kit.config import Settings
from groschen.kit.db import Database
from groschen.kit.ids import new_id
from groschen.kit.provision import owner_url, provisioned

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from uuid import UUID

    from psycopg.rows import TupleRow

    from groschen.kit.runtime import Runtime

POOL_SIZE: Final = 16


@dataclass(frozen=True, slots=True)
class Ground:
    """Everything a benchmark needs: the serving role's database, the owner's URL, a tenant.

    ``effort`` scales how much is measured: 1 is the normal length, tests use less.
    """

    runtime: Runtime
    owner_url: str
    tenant_id: UUID
    effort: float

    @property
    def database(self) -> Database:
        """The pool of the serving role."""
        return self.runtime.database

    def times(self, normal: int) -> int:
        """Scale a number of repetitions by the effort; at least one."""
        return max(1, round(normal * self.effort))

    @asynccontextmanager
    async def owner(self) -> AsyncIterator[AsyncConnection[TupleRow]]:
        """Connect as the owner of the tables, for the limits that go past the functions."""
        async with await AsyncConnection.connect(self.owner_url, autocommit=True) as conn:
            await conn.execute("SET search_path = groschen, public")
            yield conn


@contextmanager
def own_settings(data_dir: Path | None) -> Iterator[Settings]:
    """Start an embedded server in ``data_dir``, or in a folder that is removed at the end."""
    with tempfile.TemporaryDirectory(prefix="groschen-bench-") as folder:
        if data_dir is None:
            Path(folder).chmod(0o711)
        settings = Settings(database_url=None, owner_database_url=None).model_copy(
            update={"data_dir": data_dir or Path(folder) / "data", "pool_size": POOL_SIZE}
        )
        with provisioned(settings, _quiet) as provision:
            yield provision.settings


def _quiet(line: str) -> None:
    """Progress lines of the server do not belong among figures."""
    _ = line


@asynccontextmanager
async def ground(settings: Settings, effort: float) -> AsyncIterator[Ground]:
    """Found a tenant for the benchmark and open the database."""
    wire()
    async with Database(settings) as database:
        runtime = make_runtime(settings, database)
        tenant_id = await _tenant(database)
        yield Ground(runtime, owner_url(settings), tenant_id, effort)


async def _tenant(database: Database) -> UUID:
    first = await tenants.ensure_installation(database)
    if first is not None:
        return first.tenant_id
    async with database.unscoped() as conn:
        cursor = await conn.execute(
            "SELECT tenant_id FROM directory WHERE kind = 'installation' AND hash = 'root'"
        )
        row = await cursor.fetchone()
    invariant(row is not None, "the installation has no root tenant")
    root: UUID = row[0] if row is not None else new_id()
    async with database.scope(root, SYSTEM) as scope:
        founding = Founding(
            external_id=f"bench-{new_id()}",
            name="Benchmark",
            country="DE",
            time_zone="Europe/Berlin",
            home_currency="EUR",
        )
        return (await found_child(scope, founding)).tenant_id


def server_version(url: str) -> str:
    """Ask the server which PostgreSQL it is."""
    with psycopg.connect(url) as conn:
        number = conn.info.server_version
        return f"{number // 10000}.{number % 10000}"
