"""The rows of tenants and their children."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from psycopg import sql
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from groschen.features.tenants.model import Child, Tenant
from groschen.kit.http.references import id_or_external

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID

    from groschen.kit.db import Connection, Scope
    from groschen.kit.http import Reference


async def enter_tenant(conn: Connection, tenant_id: UUID) -> None:
    """Let row-level security show another tenant for the rest of the transaction.

    Only for founding: it happens once per tenant, with the two rows that know each other.
    """
    literal = sql.Literal(str(tenant_id))
    await conn.execute(sql.SQL("SET LOCAL app.tenant_id = {}").format(literal), prepare=False)


async def select_tenant(scope: Scope) -> Tenant | None:
    """Read the scope's tenant."""
    async with scope.conn.cursor(row_factory=class_row(Tenant)) as cursor:
        await cursor.execute(
            """
            SELECT tenant_id, parent_tenant_id, twin_tenant_id, external_id, name, mode, country,
                   time_zone, home_currency, funds_model, modules, test_now, books_open_from,
                   debtor, created_at
              FROM tenants
             WHERE tenant_id = %(tenant_id)s
            """,
            {"tenant_id": scope.tenant_id},
        )
        return await cursor.fetchone()


async def insert_tenant(scope: Scope, tenant: Tenant) -> None:
    """Store a new tenant; the scope is already its own."""
    await scope.conn.execute(
        """
        INSERT INTO tenants (tenant_id, parent_tenant_id, twin_tenant_id, external_id, name, mode,
                             country, time_zone, home_currency, funds_model, modules, test_now,
                             books_open_from, debtor, created_at)
        VALUES (%(tenant_id)s, %(parent_tenant_id)s, %(twin_tenant_id)s, %(external_id)s, %(name)s,
                %(mode)s, %(country)s, %(time_zone)s, %(home_currency)s, %(funds_model)s,
                %(modules)s, %(test_now)s, %(books_open_from)s, %(debtor)s, %(created_at)s)
        """,
        {
            "tenant_id": tenant.tenant_id,
            "parent_tenant_id": tenant.parent_tenant_id,
            "twin_tenant_id": tenant.twin_tenant_id,
            "external_id": tenant.external_id,
            "name": tenant.name,
            "mode": tenant.mode,
            "country": tenant.country,
            "time_zone": tenant.time_zone,
            "home_currency": tenant.home_currency,
            "funds_model": tenant.funds_model,
            "modules": tenant.modules,
            "test_now": tenant.test_now,
            "books_open_from": tenant.books_open_from,
            "debtor": Jsonb(tenant.debtor),
            "created_at": tenant.created_at,
        },
    )


async def insert_child(scope: Scope, child: Child) -> bool:
    """Store a child below the scope's tenant; False if the external id is taken."""
    cursor = await scope.conn.execute(
        """
        INSERT INTO tenant_children (tenant_id, child_tenant_id, external_id, name, relation,
                                     created_at)
        VALUES (%(tenant_id)s, %(child_id)s, %(external_id)s, %(name)s, %(relation)s,
                %(created_at)s)
            ON CONFLICT (tenant_id, external_id) DO NOTHING
        """,
        {
            "tenant_id": scope.tenant_id,
            "child_id": child.child_tenant_id,
            "external_id": child.external_id,
            "name": child.name,
            "relation": child.relation,
            "created_at": child.created_at,
        },
    )
    return cursor.rowcount == 1


async def children(scope: Scope, bounds: Mapping[str, object]) -> list[Child]:
    """Read a page of the tenants directly below, newest first."""
    async with scope.conn.cursor(row_factory=class_row(Child)) as cursor:
        await cursor.execute(
            """
            WITH page AS (
                (SELECT child_tenant_id, external_id, name, relation, created_at
                   FROM tenant_children
                  WHERE tenant_id = %(tenant_id)s AND NOT %(backwards)s
                    AND child_tenant_id < %(below)s
                  ORDER BY child_tenant_id DESC LIMIT %(fetch)s)
                UNION ALL
                (SELECT child_tenant_id, external_id, name, relation, created_at
                   FROM tenant_children
                  WHERE tenant_id = %(tenant_id)s AND %(backwards)s
                    AND child_tenant_id > %(above)s
                  ORDER BY child_tenant_id LIMIT %(fetch)s)
            )
            SELECT child_tenant_id, external_id, name, relation, created_at
              FROM page
             ORDER BY child_tenant_id DESC
            """,
            {"tenant_id": scope.tenant_id, **bounds},
        )
        return await cursor.fetchall()


async def child(scope: Scope, reference: Reference) -> Child | None:
    """Read a tenant directly below by either id."""
    child_id, external_id = id_or_external(reference)
    async with scope.conn.cursor(row_factory=class_row(Child)) as cursor:
        await cursor.execute(
            """
            SELECT child_tenant_id, external_id, name, relation, created_at
              FROM tenant_children
             WHERE tenant_id = %(tenant_id)s AND relation = 'child'
               AND (child_tenant_id = %(id)s::uuid OR external_id = %(external_id)s::text)
            """,
            {"tenant_id": scope.tenant_id, "id": child_id, "external_id": external_id},
        )
        return await cursor.fetchone()


async def set_twin(scope: Scope, twin_id: UUID) -> bool:
    """Note the test twin of the scope's tenant; False if it has one already."""
    cursor = await scope.conn.execute(
        """
        UPDATE tenants
           SET twin_tenant_id = %(twin_id)s
         WHERE tenant_id = %(tenant_id)s AND twin_tenant_id IS NULL
        """,
        {"tenant_id": scope.tenant_id, "twin_id": twin_id},
    )
    return cursor.rowcount == 1


async def lock_tenant(scope: Scope) -> None:
    """Hold the tenant's row, so that changes of settings follow one another."""
    await scope.conn.execute(
        "SELECT FROM tenants WHERE tenant_id = %(tenant_id)s FOR UPDATE",
        {"tenant_id": scope.tenant_id},
    )


async def update_settings(scope: Scope, tenant: Tenant) -> None:
    """Store the settings that may change."""
    changed: dict[str, Any] = {
        "tenant_id": scope.tenant_id,
        "time_zone": tenant.time_zone,
        "funds_model": tenant.funds_model,
        "modules": tenant.modules,
        "debtor": Jsonb(tenant.debtor),
    }
    await scope.conn.execute(
        """
        UPDATE tenants
           SET time_zone = %(time_zone)s, funds_model = %(funds_model)s, modules = %(modules)s,
               debtor = %(debtor)s
         WHERE tenant_id = %(tenant_id)s
        """,
        changed,
    )


async def update_clock(scope: Scope, test_now: datetime) -> None:
    """Set the clock of a test tenant."""
    await scope.conn.execute(
        """
        UPDATE tenants
           SET test_now = %(test_now)s
         WHERE tenant_id = %(tenant_id)s AND mode = 'test'
        """,
        {"tenant_id": scope.tenant_id, "test_now": test_now},
    )


async def root_tenant(conn: Connection) -> UUID | None:
    """Return the tenant this installation was founded with, if it was."""
    cursor = await conn.execute(
        "SELECT tenant_id FROM directory WHERE kind = 'installation' AND hash = 'root'"
    )
    row = await cursor.fetchone()
    return None if row is None else row[0]


async def lock_installation(conn: Connection) -> None:
    """Let only one process found the installation."""
    await conn.execute("SELECT pg_advisory_xact_lock(hashtextextended('groschen installation', 0))")
