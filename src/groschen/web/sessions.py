"""Who a session token names: the person, the tenant on screen, and the tenants around it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from groschen.features.tenants import service as tenants
from groschen.kit.actor import SYSTEM
from groschen.kit.auth import Unauthenticated
from groschen.kit.db import TenantNotFound
from groschen.kit.http import Slice
from groschen.kit.ids import encode_id
from groschen.web.visitor import TenantChoice, TenantOnScreen, Visitor

if TYPE_CHECKING:
    from uuid import UUID

    from groschen.kit.auth import Authenticator, Identity
    from groschen.kit.db import Database, Scope

MOST_SHOWN: Final = 12
MOST_REMEMBERED: Final = 10_000


@dataclass(frozen=True, slots=True)
class _Known:
    """What never changes of a tenant."""

    name: str
    is_test: bool
    parent_id: UUID | None


class TenantSessions:
    """The sessions of the tenants' people; one per process, beside its database."""

    def __init__(self, database: Database, authenticator: Authenticator) -> None:
        self._database = database
        self._authenticator = authenticator
        self._known: dict[UUID, _Known] = {}

    async def visitor(self, token: str) -> Visitor | None:
        """The person of a living session, or None when it is unknown, expired or ended."""
        try:
            identity = await self._authenticator.identify(token)
        except (Unauthenticated, TenantNotFound):
            return None
        if identity.actor.kind != "user":
            return None
        name = await self._name(identity)
        async with self._database.scope(identity.tenant_id, identity.actor, write=False) as scope:
            on_screen = _on_screen(scope)
            self._remember(scope)
            below = await self._below(scope)
        choices = () if identity.actor.party_id else await self._choices(identity, below)
        return Visitor(name, identity.actor, on_screen, choices)

    async def _name(self, identity: Identity) -> str:
        """What the vault calls the person; their e-mail address, or their id, if it has no name."""
        user_id = identity.actor.id
        if user_id is None:
            return identity.actor.role
        async with self._database.scope(
            identity.home_tenant_id, identity.actor, write=False
        ) as scope:
            known = (await tenants.emails(scope, [user_id])).get(user_id, {})
        return known.get("name") or known.get("email") or encode_id("usr", user_id)

    async def _below(self, scope: Scope) -> list[tuple[UUID, str, bool]]:
        """The newest tenants directly below the one on screen."""
        if not scope.actor.may("tenants:read") or scope.actor.party_id is not None:
            return []
        found = await tenants.list_children(scope, Slice(limit=MOST_SHOWN))
        is_test = scope.tenant.mode == "test"
        return [
            (one.child_tenant_id, one.name, is_test or one.relation == "twin")
            for one in found[:MOST_SHOWN]
        ]

    async def _choices(
        self, identity: Identity, below: list[tuple[UUID, str, bool]]
    ) -> tuple[TenantChoice, ...]:
        """The way from the person's own tenant down to the one on screen, and what is below."""
        way: list[UUID] = [identity.tenant_id]
        while way[0] != identity.home_tenant_id:
            parent = (await self._tenant(way[0])).parent_id
            if parent is None:
                break
            way.insert(0, parent)
        above = [(one, await self._tenant(one)) for one in way]
        chosen = identity.tenant_id
        return tuple(
            TenantChoice(encode_id("ten", one), known.name, known.is_test, one == chosen)
            for one, known in above
        ) + tuple(
            TenantChoice(encode_id("ten", one), name, is_test, is_current=False)
            for one, name, is_test in below
        )

    async def _tenant(self, tenant_id: UUID) -> _Known:
        if tenant_id not in self._known:
            async with self._database.scope(tenant_id, SYSTEM, write=False) as scope:
                self._remember(scope)
        return self._known[tenant_id]

    def _remember(self, scope: Scope) -> None:
        if len(self._known) >= MOST_REMEMBERED:
            self._known.clear()
        facts = scope.tenant
        self._known[scope.tenant_id] = _Known(
            facts.name, facts.mode == "test", facts.parent_tenant_id
        )


def _on_screen(scope: Scope) -> TenantOnScreen:
    facts = scope.tenant
    moved = facts.mode == "test" and facts.test_now is not None
    return TenantOnScreen(
        id=scope.tenant_id,
        name=facts.name,
        time_zone=facts.time_zone,
        is_test=facts.mode == "test",
        simulated_now=scope.now.astimezone(ZoneInfo(facts.time_zone)) if moved else None,
    )
