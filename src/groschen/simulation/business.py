"""One simulated tenant: what its own people know of it, and what they remember having done."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from groschen.simulation.model.exact import ZERO
from groschen.simulation.model.sales import Sale

if TYPE_CHECKING:
    from datetime import date
    from uuid import UUID

    from groschen.simulation.client import Client
    from groschen.simulation.model.sharing import Json


@dataclass(slots=True)
class Versions:
    """Terms by the instant from which they hold."""

    by_start: dict[datetime, Json] = field(default_factory=dict[datetime, "Json"])

    def at(self, instant: datetime) -> Json:
        """The terms that hold at ``instant``."""
        return self.by_start[max(start for start in self.by_start if start <= instant)]


@dataclass(frozen=True, slots=True)
class Offer:
    """A plan by its external id, the tax class of its product, and who shares in it."""

    plan: str
    tax_class: str
    partners: tuple[str, ...]
    versions: Versions
    agreement: str | None

    def routes(self, at: datetime) -> list[str]:
        """The routes on sale; none for a plan without routes."""
        params = self.versions.at(at)["components"][0]["price"]["params"]
        return sorted(params.get("routes", {}))


@dataclass(slots=True)
class Bought:
    """An order that was answered: what was sent, what was said, and what became of it since.

    ``lines`` are those of its quote if it has one. ``priced_at`` is known at once or, of a bulk
    order, once it was read. ``state`` is the payment's.
    """

    external_id: str
    order_id: str
    body: Json
    lines: list[Json]
    method: str
    priced_at: datetime | None = None
    gross: Fraction = ZERO
    sale: Sale | None = None
    reference: str = ""
    state: str = "requested"
    movements: int = 0


@dataclass(frozen=True, slots=True)
class Asked:
    """A refund that was answered: how much of the sale it undoes, and of which item."""

    refund_id: str
    external_id: str
    item_id: str | None
    gross: Fraction
    fee: Fraction


@dataclass(slots=True)
class Business:
    """One tenant. ``owner`` makes, ``second`` approves what ``owner`` made.

    A plain one never closes its books, and nothing is kept of what is undone: when everything
    was undone, every account must be back where it began.
    """

    name: str
    tenant_id: UUID
    public_id: str
    zone: ZoneInfo
    is_plain: bool
    owner: Client
    second: Client
    now: datetime
    offers: dict[str, Offer] = field(default_factory=dict[str, Offer])
    agreements: dict[str, Versions] = field(default_factory=dict[str, Versions])
    partners: dict[str, str] = field(default_factory=dict[str, str])
    """The partners' public ids by their external ids."""
    accounts: list[str] = field(default_factory=list[str])
    bought: dict[str, Bought] = field(default_factory=dict[str, Bought])
    refunds: dict[str, Asked] = field(default_factory=dict[str, Asked])
    quotes: list[Json] = field(default_factory=list["Json"])
    made: int = 0
    feed_after: int = 0
    heard_of: set[str] = field(default_factory=set[str])
    """The orders that the feed has told of."""
    stated: set[str] = field(default_factory=set[str])
    """The statements that were checked."""

    @property
    def today(self) -> date:
        """The tenant's calendar day."""
        return self.now.astimezone(self.zone).date()

    def new_name(self, prefix: str) -> str:
        """A name nobody else has."""
        self.made += 1
        return f"{prefix}-{self.name}-{self.made}"

    def in_state(self, *states: str) -> list[Bought]:
        """The orders whose payment is in one of these states, oldest first."""
        return [one for one in self.bought.values() if one.state in states]
