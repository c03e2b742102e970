"""A partner's own page: what is owed to them right now, and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from groschen.core.money import Money
from groschen.web.console.statements import StatementRow
from groschen.web.ui.parts import Bars, Pager, RuleWords

TEMPLATE = "partner/claims.html"
LIVE_TEMPLATE = "partner/live.html"


@dataclass(frozen=True, slots=True)
class LiveClaims:
    """The claim at the instant ``at``: pending is known but not yet owed, released is owed."""

    pending: Money
    released: Money
    at: datetime


@dataclass(frozen=True, slots=True)
class NextPayout:
    """What the next payout would be, by today's shares, and its day."""

    amount: Money
    on: date


@dataclass(frozen=True, slots=True)
class ClaimLine:
    """One share of this partner, by the order it comes from."""

    at: datetime
    product: str
    rule: RuleWords
    share: Money
    state: str
    order_number: str


@dataclass(frozen=True, slots=True)
class ClaimsView:
    """One page of claims, newest first. ``live_stream`` is the event stream, None without."""

    partner: str
    live: LiveClaims
    live_stream: str | None
    next_payout: NextPayout | None
    paid: Money
    bars: Bars
    lines: tuple[ClaimLine, ...]
    pager: Pager
    statements: tuple[StatementRow, ...]
