"""Founding a tenant: its row, its place below a parent, and what it needs from the first day.

The one transaction that touches two tenants, parent and child, so that a founded tenant is
complete or does not exist (docs/decisions). ``tenant.created`` is published inside the
child: listeners of higher features seed its chart of accounts and tax rates.
"""

from __future__ import annotations

import hashlib
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from groschen.features.tenants.model import (
    Child,
    ChildExists,
    Founding,
    ModuleUnknown,
    Tenant,
    TestTenant,
    TwinExists,
)
from groschen.features.tenants.queries import tenants as queries
from groschen.kit.auth.queries import insert_directory
from groschen.kit.db import TenantNotFound
from groschen.kit.ids import encode_id, new_id
from groschen.kit.outbox import Event, publish
from groschen.kit.permissions import MODULES

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import datetime
    from uuid import UUID

    from groschen.features.tenants.model import Mode, Relation
    from groschen.kit.db import Scope


async def current_tenant(scope: Scope) -> Tenant:
    """Return the scope's tenant."""
    tenant = await queries.select_tenant(scope)
    if tenant is None:
        raise TenantNotFound("there is no such tenant")
    return tenant


async def found_child(scope: Scope, founding: Founding) -> Tenant:
    """Found a tenant of the same mode directly below the scope's; raise ``ChildExists``."""
    tenant = new_tenant(
        founding, mode=scope.tenant.mode, parent_id=scope.tenant_id, at=scope.real_now
    )
    await _add_below(scope, tenant, "child")
    return tenant


async def found_twin(scope: Scope) -> Tenant:
    """Found the test twin of a live tenant: same settings, own data, own keys, own clock."""
    if scope.tenant.mode != "live":
        raise TestTenant(
            "a test tenant has no twin of its own", hint="Found the twin from the live tenant."
        )
    own = await current_tenant(scope)
    founding = Founding(
        external_id=f"{own.external_id}.test"[-128:],
        name=own.name,
        country=own.country,
        time_zone=own.time_zone,
        home_currency=own.home_currency,
        funds_model=own.funds_model,
        modules=tuple(own.modules),
    )
    twin = new_tenant(founding, mode="test", parent_id=scope.tenant_id, at=scope.real_now)
    twin = replace(twin, twin_tenant_id=scope.tenant_id, debtor=own.debtor)
    if not await queries.set_twin(scope, twin.tenant_id):
        raise TwinExists(
            "this tenant already has its test twin",
            hint="Act in it by On-Behalf-Of with the twin_tenant_id of GET /v1/tenants/current.",
        )
    await _add_below(scope, twin, "twin")
    return twin


def new_tenant(founding: Founding, *, mode: Mode, parent_id: UUID | None, at: datetime) -> Tenant:
    """Return a tenant about to be founded; raise ``ModuleUnknown`` for a wrong module."""
    check_modules(founding.modules)
    return Tenant(
        tenant_id=new_id(),
        parent_tenant_id=parent_id,
        twin_tenant_id=None,
        external_id=founding.external_id,
        name=founding.name,
        mode=mode,
        country=founding.country,
        time_zone=founding.time_zone,
        home_currency=founding.home_currency,
        funds_model=founding.funds_model,
        modules=sorted(set(founding.modules)),
        test_now=founding.test_now if mode == "test" else None,
        books_open_from=founding.books_open_from,
        debtor={},
        created_at=at,
    )


def check_modules(modules: tuple[str, ...]) -> None:
    """Raise ``ModuleUnknown`` for the first name that is no module."""
    for name in modules:
        if name not in MODULES:
            raise ModuleUnknown(
                f"'{name}' is not a module",
                field="modules",
                hint=f"Known are: {', '.join(MODULES)}.",
            )


async def _add_below(scope: Scope, tenant: Tenant, relation: Relation) -> None:
    child = Child(tenant.tenant_id, tenant.external_id, tenant.name, relation, tenant.created_at)
    if not await queries.insert_child(scope, child):
        raise ChildExists(
            f"a tenant with the external id '{tenant.external_id}' is already below this one",
            field="external_id",
            hint="Choose another external id, or look the tenant up at GET /v1/tenants.",
        )
    async with entered(scope, tenant) as inside:
        await establish(inside, tenant)


@asynccontextmanager
async def entered(scope: Scope, tenant: Tenant) -> AsyncIterator[Scope]:
    """Give a scope inside ``tenant`` in the same transaction, then return to the outer one."""
    await queries.enter_tenant(scope.conn, tenant.tenant_id)
    facts = tenant.facts()
    now = facts.business_now(scope.real_now)
    yield replace(
        scope,
        tenant_id=tenant.tenant_id,
        tenant=facts,
        now=now,
        today=facts.business_day(now),
    )
    await queries.enter_tenant(scope.conn, scope.tenant_id)


async def establish(inside: Scope, tenant: Tenant) -> None:
    """Store the tenant's row from inside it, list it for periodic jobs, and tell of it."""
    await queries.insert_tenant(inside, tenant)
    listed = hashlib.sha256(tenant.tenant_id.bytes).hexdigest()
    await insert_directory(inside, "tenant", listed)
    data = {"tenant": encode_id("ten", tenant.tenant_id), "mode": tenant.mode}
    await publish(inside, [Event("tenant.created", tenant.tenant_id, data)])
