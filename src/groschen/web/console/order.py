"""One order: what was bought, how it went, and where each cent of it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from groschen.core.money import Money
from groschen.web.ui.parts import Flow, Link, RuleWords, Step
from groschen.web.ui.texts import mark as _

TEMPLATE = "console/order.html"


@dataclass(frozen=True, slots=True)
class ItemRow:
    """An order item; ``detail`` tells the route or variant, ``total`` is gross."""

    product: str
    detail: str | None
    quantity: Decimal
    net: Money
    tax: Money
    total: Money
    tax_rate: Decimal
    state: str


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """A delivery task and the adapter that does it; ``task`` leads to its page."""

    name: str
    adapter: str
    state: str
    at: datetime | None
    task: str | None = None

    @property
    def adapter_text(self) -> str:
        return ADAPTERS.get(self.adapter, self.adapter)


ADAPTERS = {
    "ticket": _("signed ticket"),
    "webhook": _("call to another system"),
    "manual": _("by hand"),
}


@dataclass(frozen=True, slots=True)
class TicketRow:
    """A signed ticket: the addresses of its QR code and of its text as a file."""

    product: str
    detail: str | None
    image: str
    file: str


@dataclass(frozen=True, slots=True)
class PaymentRow:
    """A payment of the order, a refund of it, or a dispute about it.

    ``kind`` is payment, refund or dispute, whose states have names of their own; ``note`` is
    the provider's reference or the reason. ``give_back_at`` takes another try to give back
    money that came too late, None if there is nothing to try.
    """

    kind: str
    provider: str
    note: str | None
    state: str
    amount: Money
    at: datetime | None
    give_back_at: str | None = None


@dataclass(frozen=True, slots=True)
class EuroAmounts:
    """A share and what remains of it: ``net`` is share less commission less the VAT on it."""

    share: Money
    commission: Money
    commission_tax: Money
    net: Money

    @property
    def any(self) -> bool:
        return any(
            money.amount for money in (self.share, self.commission, self.commission_tax, self.net)
        )


RECIPIENTS = {
    "own": _("The seller itself"),
    "fee": _("The seller, as fee for the refund"),
    "refunded": _("Back to the customer"),
    "charged_back": _("Taken back by the customer’s bank"),
    "cancelled": _("Never paid, sale cancelled"),
}


@dataclass(frozen=True, slots=True)
class EuroRow:
    """What one recipient has of the order now, with all decimals.

    ``kind`` is ``partner``, then ``recipient`` names it, or a key of ``RECIPIENTS``. ``booked``
    is the share as it was worked out, when something of it was taken back since.
    """

    kind: str
    amounts: EuroAmounts
    recipient: Link | None = None
    rule: RuleWords | None = None
    state: str | None = None
    booked: Money | None = None

    @property
    def text(self) -> str:
        return RECIPIENTS.get(self.kind, self.kind)


@dataclass(frozen=True, slots=True)
class EuroTotals:
    """The sums of the rows, and what the rows rounded to cents lack to the rounded sums."""

    sums: EuroAmounts
    rounding: EuroAmounts


SELLER_COSTS = {
    "chargeback_fee": _("Fee of the chargeback"),
}


@dataclass(frozen=True, slots=True)
class SellerCost:
    """A cost of this order that the seller bears; ``kind`` is a key of ``SELLER_COSTS``."""

    kind: str
    amount: Money

    @property
    def text(self) -> str:
        return SELLER_COSTS.get(self.kind, self.kind)


@dataclass(frozen=True, slots=True)
class TrailRow:
    """The way of one share to the bank; what has not happened yet is None.

    ``booked_on`` is the bank's booking day, ``end_to_end_id`` the transfer's own reference.
    """

    recipient: str
    net: Money
    statement: Link | None
    payout: str | None
    end_to_end_id: str | None
    payout_state: str | None
    booked_on: date | None


@dataclass(frozen=True, slots=True)
class OrderView:
    """Everything the order page shows. ``total`` is gross; ``rule_hash`` pins price and split.

    ``refund_at`` is the page of the refund form, None when the reader may not or need not;
    ``is_refunded`` says that the reader comes from there.
    """

    number: str
    public_id: str
    state: str
    created_at: datetime
    customer: str
    total: Money
    plan: str
    plan_version: int
    rule_hash: str
    items: tuple[ItemRow, ...]
    payments: tuple[PaymentRow, ...]
    deliveries: tuple[DeliveryRow, ...]
    tickets: tuple[TicketRow, ...]
    steps: tuple[Step, ...]
    flow: Flow
    euro: tuple[EuroRow, ...]
    totals: EuroTotals
    seller_costs: tuple[SellerCost, ...]
    trail: tuple[TrailRow, ...]
    refund_at: str | None = None
    is_refunded: bool = False
