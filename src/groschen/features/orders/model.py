"""What quotes and orders are: states, records, and the errors of this feature."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from groschen.core.errors import GroschenError, Kind
from groschen.core.lifecycle import Lifecycle


class OrderState(StrEnum):
    """Where an order stands; it follows from its payment and its items."""

    ACCEPTED = "accepted"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


ORDER = Lifecycle(
    "order",
    {
        OrderState.ACCEPTED: frozenset({OrderState.IN_PROGRESS, OrderState.CANCELLED}),
        OrderState.IN_PROGRESS: frozenset({OrderState.COMPLETED}),
        OrderState.COMPLETED: frozenset(),
        OrderState.CANCELLED: frozenset(),
    },
)


class ItemState(StrEnum):
    """Where one item stands."""

    ORDERED = "ordered"
    DELIVERING = "delivering"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class LineDraft:
    """One line that somebody wants: a plan by its external id, a route, a quantity above zero.

    ``service_on`` is the day of travel; None means the day of sale.
    """

    plan: str
    route: str | None
    quantity: Decimal
    service_on: date | None = None


@dataclass(frozen=True, slots=True)
class PaymentDraft:
    """How the order is paid: a provider and its token for the customer's means of payment."""

    provider: str
    method: str


@dataclass(frozen=True, slots=True)
class OrderDraft:
    """An order as asked for: either lines, or the quote whose lines and prices are taken.

    ``body_hash`` tells a repetition from another order under the same ``external_id``.
    """

    external_id: str
    account: str
    lines: tuple[LineDraft, ...]
    quote_id: UUID | None
    payment: PaymentDraft
    body_hash: str


@dataclass(frozen=True, slots=True)
class QuotedShare:
    """A partner's part of a line, twelve decimals; commission and VAT come off on the statement."""

    party: str
    rule: str
    amount: Decimal
    commission: Decimal
    commission_vat: Decimal


@dataclass(frozen=True, slots=True)
class QuotedLine:
    """A priced line: gross = net + tax, in currency digits; the split adds up to its base.

    ``is_day_chosen`` when the customer named the day of travel; else it is the day of the quote.
    """

    plan: str
    plan_version_id: UUID
    plan_hash: str
    route: str | None
    quantity: Decimal
    service_on: date
    is_day_chosen: bool
    gross: Decimal
    net: Decimal
    tax: Decimal
    tax_key: str
    agreement_version_id: UUID | None
    agreement_hash: str | None
    shares: tuple[QuotedShare, ...]
    retained: Decimal
    proof: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Quote:
    """Prices and splits promised until ``expires_at``. ``gross`` is the sum of the lines."""

    id: UUID
    account_id: UUID | None
    currency: str
    gross: Decimal
    lines: tuple[QuotedLine, ...]
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Order:
    """An accepted order. ``paid`` and ``returned`` are gross, of ``gross``."""

    id: UUID
    external_id: str
    account_id: UUID
    party_id: UUID
    quote_id: UUID | None
    state: OrderState
    currency: str
    gross: Decimal
    paid: Decimal
    returned: Decimal
    version: int
    placed_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class OrderFilter:
    """Which orders a list shows; None is any. ``number`` is how the external id begins."""

    state: OrderState | None = None
    account_id: UUID | None = None
    number: str | None = None


@dataclass(frozen=True, slots=True)
class Sold:
    """What was sold in some time in one currency: orders that were not cancelled, their gross."""

    currency: str
    orders: int
    gross: Decimal


@dataclass(frozen=True, slots=True)
class OrderItem:
    """One line of an order with its frozen figures."""

    id: UUID
    order_id: UUID
    position: int
    plan_version_id: UUID
    attributes: Mapping[str, object]
    quantity: Decimal
    gross: Decimal
    net: Decimal
    tax: Decimal
    tax_key: str
    service_on: date
    state: ItemState
    delivered_at: datetime | None


class PlacedAs(StrEnum):
    """What became of one order of a bulk call."""

    CREATED = "created"
    DUPLICATE = "duplicate"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Placed:
    """The answer to one draft; ``error`` says why it was rejected."""

    external_id: str
    outcome: PlacedAs
    order_id: UUID | None
    error: GroschenError | None = None


class OrderNotFound(GroschenError):
    """There is no such order."""

    code = "order_not_found"
    kind = Kind.NOT_FOUND


class QuoteNotFound(GroschenError):
    """There is no such quote."""

    code = "quote_not_found"
    kind = Kind.NOT_FOUND


class QuoteExpired(GroschenError):
    """The promise of the quote has ended."""

    code = "quote_expired"
    kind = Kind.CONFLICT


class ExternalIdReused(GroschenError):
    """An order with this external id exists and says something else."""

    code = "external_id_reused"
    kind = Kind.UNPROCESSABLE


class CurrencyNotAccepted(GroschenError):
    """The plan's currency is not the account's."""

    code = "currency_mismatch"
    kind = Kind.UNPROCESSABLE


class QuantityInvalid(GroschenError):
    """A quantity must be above zero."""

    code = "quantity_invalid"
    kind = Kind.UNPROCESSABLE


class CustomerAccountUnknown(GroschenError):
    """No billing account of this name."""

    code = "customer_account_unknown"
    kind = Kind.UNPROCESSABLE


class LinesMissing(GroschenError):
    """An order needs lines or a quote, and not both."""

    code = "lines_missing"
    kind = Kind.UNPROCESSABLE


class QuoteChanged(GroschenError):
    """What the quote promised cannot be sold any more as it was promised."""

    code = "quote_changed"
    kind = Kind.CONFLICT


class QuoteOfOtherAccount(GroschenError):
    """The quote was made for another account."""

    code = "quote_of_other_account"
    kind = Kind.UNPROCESSABLE


class OrderTooLarge(GroschenError):
    """An amount would have more digits than the books can hold."""

    code = "order_too_large"
    kind = Kind.UNPROCESSABLE


class PlanNotForOrders(GroschenError):
    """Only plans with exactly one price, charged once, can be ordered."""

    code = "plan_not_for_orders"
    kind = Kind.UNPROCESSABLE


class MixedCurrencies(GroschenError):
    """The lines of one quote or order are in different currencies."""

    code = "mixed_currencies"
    kind = Kind.UNPROCESSABLE


class OrderNotRefundable(GroschenError):
    """Only a paid order that was not returned yet can be refunded."""

    code = "order_not_refundable"
    kind = Kind.CONFLICT


class ItemNotFound(GroschenError):
    """The order has no such item."""

    code = "item_not_found"
    kind = Kind.NOT_FOUND
