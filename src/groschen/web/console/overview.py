"""The console's first page: where the business stands right now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from groschen.core.money import Money
from groschen.web.console.orders import OrderRow
from groschen.web.ui.parts import Bars
from groschen.web.ui.texts import mark as _

TEMPLATE = "console/overview.html"
LIVE_TEMPLATE = "console/live.html"


@dataclass(frozen=True, slots=True)
class LiveView:
    """What sells today. ``sold`` is gross; ``at`` is when the figures were read."""

    sold: Money
    orders: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Task:
    """Work that waits for a person: ``kind`` is a key of ``TASKS``, ``count`` is positive."""

    kind: str
    count: int
    href: str


TASKS = {
    "statements_to_approve": _("Statements to approve"),
    "payouts_to_approve": _("Payouts to approve"),
    "payouts_rejected": _("Payouts rejected by the bank"),
    "deliveries_failed": _("Deliveries that need attention"),
    "bank_details_missing": _("Partners without bank details"),
}


@dataclass(frozen=True, slots=True)
class OverviewView:
    """Figures of the current month of the tenant.

    ``sold`` is gross; ``pending``, ``released`` and ``payable`` are the partners' money still
    held; ``ledger_difference`` is the sum of the trial balance and must be zero.
    ``live_stream`` is the address of the event stream, or None without one.
    """

    month: date
    sold: Money
    orders: int
    pending: Money
    released: Money
    payable: Money
    ledger_difference: Money
    live: LiveView
    live_stream: str | None
    bars: Bars
    tasks: tuple[Task, ...]
    latest: tuple[OrderRow, ...]

    def task_text(self, kind: str) -> str:
        return TASKS.get(kind, kind)
