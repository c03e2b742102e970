"""The console's first page: where the business stands right now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from groschen.core.money import Money
from groschen.web.console.orders import OrderRow
from groschen.web.ui.parts import Bars
from groschen.web.ui.texts import mark as _

TEMPLATE = "console/overview.html"
LIVE_TEMPLATE = "console/live.html"


@dataclass(frozen=True, slots=True)
class Task:
    """Work that waits for a person: ``kind`` is a key of ``TASKS``, ``count`` is positive."""

    kind: str
    count: int
    href: str


TASKS = {
    "statements_to_approve": _("Statements to approve"),
    "runs_to_approve": _("Payout runs to approve"),
    "runs_to_send": _("Payout runs to send"),
    "payouts_rejected": _("Payouts rejected by the bank"),
    "deliveries": _("Deliveries waiting for you"),
    "money_kept": _("Late money that could not be given back"),
    "partners_without_account": _("Partners without bank details"),
}


@dataclass(frozen=True, slots=True)
class LiveView:
    """What moves while one looks. ``sold`` is gross and today's; ``at`` is when it was read.

    ``pending`` and ``released`` are the partners' money still held, ``payable`` what is on
    statements and not booked by a bank. ``difference`` is debits less credits and must be zero.
    """

    sold: Money
    orders: int
    month_sold: Money
    month_orders: int
    pending: Money
    released: Money
    payable: Money
    difference: Money
    tasks: tuple[Task, ...]
    at: datetime

    def task_text(self, kind: str) -> str:
        return TASKS.get(kind, kind)


@dataclass(frozen=True, slots=True)
class OverviewView:
    """The whole page. ``live_stream`` is the event stream's address, None without one."""

    live: LiveView
    live_stream: str | None
    bars: Bars
    latest: tuple[OrderRow, ...]
