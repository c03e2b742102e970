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
    """An order item; ``detail`` tells the route or variant, amounts are gross."""

    product: str
    detail: str | None
    quantity: Decimal
    unit_price: Money
    total: Money
    tax_rate: Decimal | None
    state: str


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """A delivery task and the adapter that does it; ``result`` links to what was delivered."""

    name: str
    adapter: str
    state: str
    at: datetime | None
    result: Link | None = None


@dataclass(frozen=True, slots=True)
class PaymentRow:
    """A payment of the order, or a refund of it; ``reference`` is the provider's.

    ``kind`` is payment or refund, whose states have names of their own.
    """

    kind: str
    provider: str
    reference: str
    state: str
    amount: Money
    at: datetime | None


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


@dataclass(frozen=True, slots=True)
class EuroRow:
    """What one recipient gets of the order, with all decimals.

    ``rule`` is None for what the seller keeps.
    """

    recipient: Link
    rule: RuleWords | None
    amounts: EuroAmounts
    state: str


@dataclass(frozen=True, slots=True)
class EuroTotals:
    """The sums of the rows, and what the rows rounded to cents lack to the rounded sums."""

    sums: EuroAmounts
    rounding: EuroAmounts


SELLER_COSTS = {
    "psp_fee": _("Fee of the payment provider"),
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
    payout: Link | None
    end_to_end_id: str | None
    payout_state: str | None
    booked_on: date | None


@dataclass(frozen=True, slots=True)
class OrderView:
    """Everything the order page shows. ``total`` is gross; ``rule_hash`` pins price and split."""

    number: str
    public_id: str
    state: str
    created_at: datetime
    customer: Link
    total: Money
    catalog_version: str
    rule_hash: str
    items: tuple[ItemRow, ...]
    payments: tuple[PaymentRow, ...]
    deliveries: tuple[DeliveryRow, ...]
    steps: tuple[Step, ...]
    flow: Flow
    euro: tuple[EuroRow, ...]
    totals: EuroTotals
    seller_costs: tuple[SellerCost, ...]
    trail: tuple[TrailRow, ...]
