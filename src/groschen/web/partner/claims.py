"""A partner's own page: what is owed to them right now, and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from groschen.core.money import Money
from groschen.web.console.partner import AgreementView
from groschen.web.console.statements import StatementRow
from groschen.web.ui.parts import Bars, Pager, RuleWords

TEMPLATE = "partner/claims.html"
LIVE_TEMPLATE = "partner/live.html"


@dataclass(frozen=True, slots=True)
class LiveClaims:
    """The claims at the instant ``at``.

    ``pending`` is known but not yet owed, ``released`` owed, ``on_its_way`` on statements,
    ``paid`` booked by the bank. ``next_total`` is what a statement made now would come to and
    ``next_payout`` what of it would be paid out; None before the first claim.
    """

    pending: Money
    released: Money
    on_its_way: Money
    paid: Money
    next_payout: Money | None
    next_total: Money | None
    next_on: date | None
    at: datetime


@dataclass(frozen=True, slots=True)
class ClaimLine:
    """One share of this partner, by the order it comes from."""

    on: date
    order_number: str
    rule: RuleWords
    base: Money
    share: Money
    state: str


@dataclass(frozen=True, slots=True)
class ClaimsView:
    """One page of claims, newest first. ``live_stream`` is the event stream, None without."""

    partner: str
    live: LiveClaims
    live_stream: str | None
    bars: Bars
    lines: tuple[ClaimLine, ...]
    pager: Pager
    statements: tuple[StatementRow, ...]
    agreements: tuple[AgreementView, ...]
