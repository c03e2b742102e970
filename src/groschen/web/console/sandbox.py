"""The sandbox of a test tenant: moving its clock, and what customers and banks may do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from groschen.web.ui.parts import Field
from groschen.web.ui.refusals import Refusal
from groschen.web.ui.texts import mark as _

TEMPLATE = "console/sandbox.html"

DONE = {
    "clock": _("The clock was moved."),
    "dispute": _("The customer has disputed the payment; the money is gone for now."),
    "win": _("The dispute is won; the money comes back."),
    "lose": _("The dispute is lost; the money stays gone."),
    "return": _("The customer’s bank has returned the debit."),
    "payout": _("The provider has paid out; it is booked in a moment."),
}


@dataclass(frozen=True, slots=True)
class Jump:
    """An instant that the clock can be moved to by one button."""

    text: str
    to: datetime


@dataclass(frozen=True, slots=True)
class SandboxView:
    """The panel; ``done`` is a key of ``DONE``, what was done last."""

    now: datetime
    day: Field
    time: Field
    order: Field
    jumps: tuple[Jump, ...]
    may_move_clock: bool
    may_act: bool
    done: str | None = None
    refusal: Refusal | None = None

    @property
    def done_text(self) -> str | None:
        return DONE.get(self.done or "")
