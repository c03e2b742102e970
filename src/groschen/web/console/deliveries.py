"""Delivery tasks that wait for a person, and one task with its history."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from groschen.web.console.order import ADAPTERS
from groschen.web.ui.parts import Field, Link, Pager
from groschen.web.ui.refusals import Refusal
from groschen.web.ui.texts import mark as _

LIST_TEMPLATE = "console/deliveries.html"
TEMPLATE = "console/delivery.html"

OUTCOMES = {
    "done": _("Delivered"),
    "accepted": _("Accepted, answer to come"),
    "awaiting_callback": _("Handed over, answer to come"),
    "retry_wait": _("Failed, will be tried again"),
    "fallout": _("Given up"),
    "submitted": _("Done by hand"),
    "reported_done": _("Reported as done"),
    "reported_failed": _("Reported as failed"),
    "retried": _("Sent on its way again"),
    "marked_done": _("Vouched for as done"),
    "skipped": _("Skipped"),
}


@dataclass(frozen=True, slots=True)
class TaskRow:
    """A task of the list; ``product`` and ``route`` are what is to be delivered."""

    step: str
    href: str
    order: Link
    product: str
    route: str | None
    adapter: str
    state: str
    since: datetime

    @property
    def adapter_text(self) -> str:
        return ADAPTERS.get(self.adapter, self.adapter)


@dataclass(frozen=True, slots=True)
class DeliveriesView:
    """One page of the tasks that wait for a person, newest first."""

    rows: tuple[TaskRow, ...]
    pager: Pager


@dataclass(frozen=True, slots=True)
class AttemptRow:
    """What was tried or done once; ``outcome`` is a key of ``OUTCOMES``, ``note`` why or how."""

    number: int
    outcome: str
    note: str | None
    by: str | None
    at: datetime

    @property
    def text(self) -> str:
        return OUTCOMES.get(self.outcome, self.outcome)


@dataclass(frozen=True, slots=True)
class ActionForm:
    """The fields of the forms as they were sent."""

    reference: Field = field(default_factory=Field)
    note: Field = field(default_factory=Field)
    reason: Field = field(default_factory=Field)


@dataclass(frozen=True, slots=True)
class DeliveryView:
    """Everything the page of a task shows. Addresses of forms are None when not to be used."""

    step: str
    public_id: str
    state: str
    adapter: str
    order: Link
    product: str
    route: str | None
    created_at: datetime
    done_at: datetime | None
    attempts: tuple[AttemptRow, ...]
    result: tuple[tuple[str, str], ...]
    failure: str | None
    form: ActionForm
    submit_at: str | None = None
    retry_at: str | None = None
    vouch_at: str | None = None
    skip_at: str | None = None
    refusal: Refusal | None = None

    @property
    def adapter_text(self) -> str:
        return ADAPTERS.get(self.adapter, self.adapter)
