"""Usage as it comes in, what was rejected of it, and the event debugger."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from groschen.core.money import Money
from groschen.web.console.subscription import UsageLine
from groschen.web.ui.parts import Field, Link, Pager
from groschen.web.ui.refusals import Refusal
from groschen.web.ui.states import REJECT
from groschen.web.ui.texts import mark as _

TEMPLATE = "console/usage.html"
LIVE_TEMPLATE = "console/usage_live.html"
REJECTS_TEMPLATE = "console/rejects.html"
REJECT_TEMPLATE = "console/reject.html"
DEBUGGER_TEMPLATE = "console/debugger.html"

CODES = {
    "subject_unknown": _("No contract has this meter, card or device"),
    "no_component": _("The plan counts no such event"),
    "event_id_reused": _("Another event came under this id"),
    "event_too_late": _("Too late"),
    "event_too_early": _("In the future"),
    "key_doubled": _("A key comes twice"),
    "number_invalid": _("A value is no number"),
    "fact_incomplete": _("A value is missing"),
}
RESULTS = {
    "accepted": _("It would be accepted."),
    "duplicate": _("It was accepted before and counts once."),
    "rejected": _("It would be rejected."),
}
DONE = {
    "again": _("It was refused again; the new reason stands below."),
}


@dataclass(frozen=True, slots=True)
class EventRow:
    """An accepted event; ``data`` are its values as JSON."""

    id: str
    source: str
    type: str
    subject: str
    occurred_at: datetime
    received_at: datetime
    data: str
    is_voided: bool


@dataclass(frozen=True, slots=True)
class LiveUsage:
    """What comes in right now: events of the last minute of real time, and the latest."""

    last_minute: int
    open_rejects: int
    latest: tuple[EventRow, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class UsageView:
    """The page; ``live_stream`` is the event stream's address."""

    live: LiveUsage
    live_stream: str


@dataclass(frozen=True, slots=True)
class RejectRow:
    """A rejected event; ``code`` is the reason, of which ``CODES`` knows some."""

    href: str
    code: str
    detail: str
    subject: str | None
    event_id: str | None
    received_at: datetime
    state: str

    @property
    def code_text(self) -> str:
        return CODES.get(self.code, self.code)


@dataclass(frozen=True, slots=True)
class RejectsView:
    """One page of rejects, newest first; ``states`` may be chosen."""

    rows: tuple[RejectRow, ...]
    pager: Pager
    state: str
    states: tuple[str, ...] = tuple(REJECT)


@dataclass(frozen=True, slots=True)
class RejectView:
    """One reject with its forms; ``replay_at`` and ``discard_at`` are None when it is settled."""

    row: RejectRow
    public_id: str
    source: str | None
    type: str | None
    field: str | None
    hint: str
    body: Field
    settled_at: datetime | None
    settled_by: str | None
    reason: Field
    replay_at: str | None
    discard_at: str | None
    refusal: Refusal | None = None
    done: str | None = None

    @property
    def done_text(self) -> str | None:
        return DONE.get(self.done or "")


@dataclass(frozen=True, slots=True)
class CountRow:
    """What the event does to one total: before, after, and what it costs (in the plan's basis)."""

    subscription: Link
    component: str
    group: str
    quantity_before: Decimal
    quantity: Decimal
    lines: tuple[UsageLine, ...]
    amount_before: Money
    amount: Money
    difference: Money


@dataclass(frozen=True, slots=True)
class DebuggerView:
    """The event debugger; ``status`` is a key of ``RESULTS`` once an event was tried."""

    body: Field
    status: str | None = None
    code: str | None = None
    detail: str | None = None
    hint: str | None = None
    counts: tuple[CountRow, ...] = ()
    refusal: Refusal | None = None

    @property
    def result_text(self) -> str | None:
        return None if self.status is None else RESULTS.get(self.status, self.status)

    @property
    def code_text(self) -> str:
        return CODES.get(self.code or "", self.code or "")
