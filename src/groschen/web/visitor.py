"""Who looks at a page: the person, the tenant on screen, and where the person may go."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

SESSION_COOKIE = "groschen_session"


@dataclass(frozen=True, slots=True)
class TenantOnScreen:
    """The tenant whose data the page shows.

    ``simulated_now`` is set for test tenants only, in the tenant's zone.
    """

    id: UUID
    name: str
    time_zone: str
    is_test: bool = False
    simulated_now: datetime | None = None


@dataclass(frozen=True, slots=True)
class TenantChoice:
    """A tenant the person may switch to; ``public_id`` is what the switch form sends."""

    public_id: str
    name: str
    is_test: bool
    is_current: bool


@dataclass(frozen=True, slots=True)
class Visitor:
    """A signed-in person. ``party_id`` is set for a partner, who sees only what is theirs."""

    user_id: UUID
    name: str
    role: str
    permissions: frozenset[str]
    tenant: TenantOnScreen
    tenants: tuple[TenantChoice, ...] = ()
    party_id: UUID | None = None

    def may(self, permission: str) -> bool:
        return permission in self.permissions


class Sessions(Protocol):
    """Turns the token of the session cookie into a visitor; app.py passes it in."""

    async def visitor(self, token: str) -> Visitor | None:
        """The person of a living session, or None when it is unknown, expired or ended."""
        ...
