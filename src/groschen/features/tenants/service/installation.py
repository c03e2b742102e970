"""The first start: the tenant everything stands below, and its administrator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from groschen.features.tenants.model import Founding, NotInstalled, Role, UserNotFound
from groschen.features.tenants.queries import people
from groschen.features.tenants.queries import tenants as queries
from groschen.features.tenants.service.founding import establish, new_tenant
from groschen.features.tenants.service.people import add_user, make_link
from groschen.kit import clock
from groschen.kit.actor import SYSTEM
from groschen.kit.auth.queries import insert_directory
from groschen.kit.db import Scope
from groschen.kit.ids import new_id

if TYPE_CHECKING:
    from uuid import UUID

    from groschen.kit.db import Database

ROOT: Final = Founding(
    external_id="root",
    name="Groschen",
    country="DE",
    time_zone="Europe/Berlin",
    home_currency="EUR",
)


@dataclass(frozen=True, slots=True)
class FirstStart:
    """What the first start made. ``link`` is the token of the administrator's one-time link."""

    tenant_id: UUID
    user_id: UUID
    link: str


async def first_link(database: Database) -> str | None:
    """Return a one-time link while no administrator of the root tenant has a password.

    So that a first start that was lost between founding and printing is no dead end.
    """
    first = await ensure_installation(database)
    if first is not None:
        return first.link
    async with database.scope(await root_tenant_id(database), SYSTEM) as scope:
        if await people.an_administrator_has_a_password(scope):
            return None
        return await administrator_link(scope)


async def administrator_link(scope: Scope) -> str:
    """Return a one-time link for the first administrator of the tenant."""
    administrators = await people.lock_administrators(scope)
    if not administrators:
        raise UserNotFound("the tenant has no administrator", hint="Add one by an API key.")
    return await make_link(scope, administrators[0])


async def ensure_installation(database: Database, founding: Founding = ROOT) -> FirstStart | None:
    """Found the root tenant and its administrator once; None on every later start."""
    async with database.unscoped() as conn:
        await queries.lock_installation(conn)
        if await queries.root_tenant(conn) is not None:
            return None
        real = clock.real_now()
        tenant = new_tenant(founding, mode="live", parent_id=None, at=real)
        await queries.enter_tenant(conn, tenant.tenant_id)
        facts, request_id = tenant.facts(), str(new_id())
        today = facts.business_day(real)
        inside = Scope(
            conn, tenant.tenant_id, facts, SYSTEM, real, today, real, request_id, dry_run=False
        )
        await establish(inside, tenant)
        await insert_directory(inside, "installation", "root")
        user = await add_user(inside, role=Role.ADMINISTRATOR, email=None, name="Administrator")
        return FirstStart(tenant.tenant_id, user.id, await make_link(inside, user.id))


async def root_tenant_id(database: Database) -> UUID:
    """Return the tenant everything stands below; raise ``NotInstalled`` before the first start."""
    async with database.unscoped() as conn:
        found = await queries.root_tenant(conn)
    if found is None:
        raise NotInstalled(
            "there is no root tenant yet",
            hint="Start Groschen once, or run 'groschen tenant list'.",
        )
    return found
