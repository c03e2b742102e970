"""The list of partners."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from groschen.core.money import Money
from groschen.web.ui.parts import Pager

TEMPLATE = "console/partners.html"


@dataclass(frozen=True, slots=True)
class PartnerRow:
    """A partner and what we hold for them: pending, released, and ready for payout."""

    name: str
    href: str
    state: str
    agreement: str | None
    pending: Money
    released: Money
    payable: Money
    next_statement_on: date | None


@dataclass(frozen=True, slots=True)
class PartnersView:
    """One page of partners by name. ``text`` is what was searched for."""

    rows: tuple[PartnerRow, ...]
    pager: Pager
    text: str = ""
