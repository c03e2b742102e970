"""Payout runs: the list with the form to make one, and one run with its transfers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from groschen.core.money import Money
from groschen.web.ui.parts import Link, Pager
from groschen.web.ui.refusals import Refusal
from groschen.web.ui.texts import mark as _

LIST_TEMPLATE = "console/payouts.html"
TEMPLATE = "console/payout.html"

LEFT_OUT = {
    "payout_account_missing": _("no bank details"),
}


@dataclass(frozen=True, slots=True)
class RunRow:
    """A payout run of a list."""

    name: str
    href: str
    created_at: datetime
    state: str
    count: int
    total: Money


@dataclass(frozen=True, slots=True)
class LeftOutRow:
    """An approved statement that a run could not take, and why (a key of ``LEFT_OUT``)."""

    partner: Link
    statement: Link
    amount: Money
    code: str

    @property
    def reason(self) -> str:
        return LEFT_OUT.get(self.code, self.code)


@dataclass(frozen=True, slots=True)
class WaitingView:
    """What could be paid out in a currency now, and which approved statements could not."""

    currency: str
    total: Money
    count: int
    left_out: tuple[LeftOutRow, ...]


@dataclass(frozen=True, slots=True)
class RunsView:
    """One page of payout runs, newest first, and what waits to be paid out."""

    rows: tuple[RunRow, ...]
    pager: Pager
    waiting: tuple[WaitingView, ...]
    may_create: bool
    refusal: Refusal | None = None


@dataclass(frozen=True, slots=True)
class TransferRow:
    """A transfer of a run; ``reason`` is the bank's when it rejects."""

    partner: Link
    statement: Link
    amount: Money
    end_to_end_id: str
    state: str
    reason: str | None
    booked_on: date | None


@dataclass(frozen=True, slots=True)
class RunView:
    """Everything the page of a run shows.

    ``needs_other`` says that the reader made it and somebody else has to approve it. The
    addresses of forms are None when the reader may not or need not use them; ``is_asked`` says
    that a job is on its way to the bank.
    """

    name: str
    message_id: str
    state: str
    total: Money
    count: int
    execute_on: date
    created_at: datetime
    created_by: str | None
    approved_by: str | None
    sent_at: datetime | None
    file_schema: str
    file_hash: str
    transfers: tuple[TransferRow, ...]
    left_out: tuple[LeftOutRow, ...]
    limit: Money
    needs_other: bool
    is_asked: bool
    approve_at: str | None = None
    send_at: str | None = None
    fetch_at: str | None = None
    file_at: str | None = None
    refusal: Refusal | None = None
