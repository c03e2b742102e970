"""The list of partners."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from groschen.core.money import Money
from groschen.web.ui.parts import Pager

TEMPLATE = "console/partners.html"


@dataclass(frozen=True, slots=True)
class PartnerRow:
    """A partner and what is held for them: pending, released, and on statements to be paid."""

    name: str
    href: str
    state: str
    agreements: tuple[str, ...]
    pending: Money
    released: Money
    payable: Money
    next_statement_on: date | None


@dataclass(frozen=True, slots=True)
class PartnersView:
    """One page of partners, newest first. ``text`` is what was searched for."""

    rows: tuple[PartnerRow, ...]
    pager: Pager
    text: str = ""
