"""Tenants and scopes for tests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import psycopg
from psycopg import sql

from groschen.kit.clock import real_now
from groschen.kit.db import SYSTEM, Actor, Database, Scope
from groschen.kit.ids import new_id
from groschen.kit.permissions import MODULES

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager
    from uuid import UUID

    from groschen.kit.postgres import ServerUrls


def make_tenant(urls: ServerUrls, **columns: object) -> UUID:
    """Insert a tenant past row-level security; ``columns`` override the defaults."""
    row = {
        "tenant_id": (tenant_id := new_id()),
        "external_id": f"tenant-{tenant_id}",
        "name": "Tenant",
        "mode": "live",
        "country": "DE",
        "time_zone": "Europe/Berlin",
        "home_currency": "EUR",
        "test_now": None,
        "books_open_from": None,
        "funds_model": None,
        "modules": list(MODULES),
        "created_at": real_now(),
        **columns,
    }
    names = sql.SQL(", ").join(sql.Identifier(name) for name in row)
    values = sql.SQL(", ").join(sql.Placeholder(name) for name in row)
    with psycopg.connect(urls.superuser) as conn:
        conn.execute(
            sql.SQL("INSERT INTO groschen.tenants ({}) VALUES ({})").format(names, values), row
        )
        conn.execute(
            "INSERT INTO groschen.directory (kind, hash, tenant_id)"
            " VALUES ('tenant', encode(sha256(uuid_send(%(id)s)), 'hex'), %(id)s)",
            {"id": row["tenant_id"]},
        )
    return tenant_id


class ScopeFactory(Protocol):
    """Opens a scope of the test's own tenant."""

    def __call__(
        self, *, actor: Actor = SYSTEM, **options: bool
    ) -> AbstractAsyncContextManager[Scope]:
        """Return ``database.scope`` with the tenant filled in."""
        ...


@dataclass(frozen=True)
class OwnTenant:
    database: Database
    tenant_id: UUID

    def __call__(
        self, *, actor: Actor = SYSTEM, **options: bool
    ) -> AbstractAsyncContextManager[Scope]:
        return self.database.scope(self.tenant_id, actor, **options)
