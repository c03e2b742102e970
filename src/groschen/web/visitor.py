"""Who looks at a page: the person, the tenant on screen, and where the person may go."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from groschen.kit.actor import Actor

SESSION_COOKIE = "groschen_session"
CUSTOMER = "customer"


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
    """A signed-in person, the actor they are in scopes, and the tenant on screen.

    The actor of a partner or customer has a ``party_id``; they see only what is theirs.
    """

    name: str
    actor: Actor
    tenant: TenantOnScreen
    tenants: tuple[TenantChoice, ...] = ()

    @property
    def is_guest(self) -> bool:
        """Whether the person belongs to a party, not to the tenant."""
        return self.actor.party_id is not None

    @property
    def is_customer(self) -> bool:
        return self.is_guest and self.actor.role == CUSTOMER

    @property
    def is_partner(self) -> bool:
        return self.is_guest and not self.is_customer


class Sessions(Protocol):
    """Turns the token of the session cookie into a visitor; app.py passes it in."""

    async def visitor(self, token: str) -> Visitor | None:
        """The person of a living session, or None when it is unknown, expired or ended."""
        ...
