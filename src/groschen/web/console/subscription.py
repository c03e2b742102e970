"""One subscription: its items with their terms over time, what belongs to them, and its forms."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from groschen.core.money import Money
from groschen.web.ui.parts import Choice, Field, Link, PriceWords
from groschen.web.ui.refusals import Refusal
from groschen.web.ui.texts import mark as _

TEMPLATE = "console/subscription.html"
CHANGE_TEMPLATE = "console/subscription_change.html"
CANCEL_TEMPLATE = "console/subscription_cancel.html"

FUNDING = {
    "invoice": _("by invoice"),
    "wallet": _("from prepaid credit"),
}
CHARGED = {
    "one_time": _("once"),
    "recurring": _("regularly"),
    "usage": _("by use"),
    "prepaid_package": _("once, gives credit"),
    "minimum": _("at least"),
    "maximum": _("at most"),
}
EVERY = {
    "day": _("per day"),
    "week": _("per week"),
    "month": _("per month"),
    "quarter": _("per quarter"),
    "year": _("per year"),
}
DONE = {
    "changed": _("The change is stored."),
    "cancelled": _("The cancellation is stored."),
}


@dataclass(frozen=True, slots=True)
class ComponentRow:
    """A part of a plan; ``kind`` is a key of ``CHARGED``, ``every`` of ``EVERY``.

    ``credit`` is what a package gives, for ``valid_days`` or for ever.
    """

    name: str
    kind: str
    every: str | None
    price: PriceWords | None
    credit: Money | None = None
    valid_days: int | None = None

    @property
    def kind_text(self) -> str:
        return CHARGED.get(self.kind, self.kind)

    @property
    def every_text(self) -> str | None:
        return None if self.every is None else EVERY.get(self.every, self.every)


@dataclass(frozen=True, slots=True)
class UsageLine:
    """Quantity times unit price: one line of an amount, with the bounds of its tier."""

    quantity: Decimal
    unit_price: Money
    amount: Money
    above: Decimal | None
    up_to: Decimal | None


@dataclass(frozen=True, slots=True)
class UsageRow:
    """What was used of a component in its window so far; amounts are gross but the lines'.

    ``group`` names the values that the meter keeps apart, as JSON; empty without. ``contract``
    is told where several stand together.
    """

    name: str
    group: str
    first_day: date
    last_day: date
    quantity: Decimal
    lines: tuple[UsageLine, ...]
    gross: Money
    by_credit: Money
    by_emergency: Money
    to_invoice: Money
    contract: str | None = None


@dataclass(frozen=True, slots=True)
class SegmentRow:
    """What holds for an item from an instant on; ``until`` is None while it is open."""

    plan: str
    version: int
    quantity: Decimal
    from_at: datetime
    until_at: datetime | None
    is_current: bool


@dataclass(frozen=True, slots=True)
class SubjectRow:
    """A meter, card or device that belongs to an item for a time."""

    subject: str
    from_at: datetime
    until_at: datetime | None


@dataclass(frozen=True, slots=True)
class ItemView:
    """An item; ``change_at`` is the page of its form, None when the reader may not."""

    number: str
    public_id: str
    product: str
    plan: str
    quantity: Decimal
    components: tuple[ComponentRow, ...]
    segments: tuple[SegmentRow, ...]
    subjects: tuple[SubjectRow, ...]
    change_at: str | None
    usage: tuple[UsageRow, ...] = ()


@dataclass(frozen=True, slots=True)
class SubscriptionView:
    """Everything the page shows; ``cancel_at`` leads to its form, None when the reader may not.

    ``done`` is a key of ``DONE``, what was done last.
    """

    number: str
    public_id: str
    state: str
    customer: Link
    funding: str
    wallet: Link | None
    currency: str
    time_zone: str
    anchor_on: date | None
    starts_at: datetime
    ends_at: datetime | None
    minimum_term_until: datetime | None
    items: tuple[ItemView, ...]
    cancel_at: str | None
    credit: Money | None = None
    done: str | None = None

    @property
    def funding_text(self) -> str:
        return FUNDING.get(self.funding, self.funding)

    @property
    def done_text(self) -> str | None:
        return DONE.get(self.done or "")


@dataclass(frozen=True, slots=True)
class ChangeView:
    """The form that gives an item another plan or quantity from an instant on.

    ``tag`` pins the state of the subscription that the reader saw.
    """

    number: str
    back_href: str
    product: str
    plan: str
    quantity_now: Decimal
    plans: tuple[Choice, ...]
    quantity: Field
    day: Field
    time: Field
    tag: str
    send_to: str
    refusal: Refusal | None = None


REASONS = {
    "ordinary": _("as agreed"),
    "extraordinary": _("for a cause that breaks the minimum term"),
}


@dataclass(frozen=True, slots=True)
class CancelView:
    """The form that ends a subscription; without a day it ends as soon as it may."""

    number: str
    back_href: str
    customer: str
    minimum_term_until: datetime | None
    ends_at: datetime | None
    day: Field
    time: Field
    reason: str
    tag: str
    send_to: str
    refusal: Refusal | None = None

    @property
    def reasons(self) -> tuple[tuple[str, str], ...]:
        """The reasons to choose from, with their words."""
        return tuple(REASONS.items())
