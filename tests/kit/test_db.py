"""A scope is one transaction of one tenant; nothing else is visible in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from groschen.kit.db import SYSTEM, Database, TenantNotFound
from groschen.kit.ids import new_id
from support.database import make_tenant

if TYPE_CHECKING:
    from uuid import UUID

    from groschen.kit.postgres import ServerUrls


async def tenants_seen(database: Database, tenant_id: UUID) -> list[UUID]:
    async with database.scope(tenant_id, SYSTEM) as scope:
        rows = await scope.conn.execute("SELECT tenant_id FROM tenants")
        return [row[0] for row in await rows.fetchall()]


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
