"""The list of customers: one row for each billing account."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from groschen.core.money import Money
from groschen.web.ui.parts import Pager

TEMPLATE = "console/customers.html"


@dataclass(frozen=True, slots=True)
class CustomerRow:
    """An account and whose it is; ``open`` is what is not paid yet, gross.

    ``due_on`` is when the oldest of it is or was due.
    """

    name: str
    number: str
    href: str
    open: Money
    due_on: date | None
    is_overdue: bool


@dataclass(frozen=True, slots=True)
class CustomersView:
    """One page of accounts, newest first. ``text`` is what was searched for."""

    rows: tuple[CustomerRow, ...]
    pager: Pager
    text: str = ""
