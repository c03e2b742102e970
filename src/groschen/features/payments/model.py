"""What a payment, a refund, a dispute and a provider's payout are: states, records, errors."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from groschen.core.errors import GroschenError, Kind
from groschen.core.lifecycle import Lifecycle
from groschen.core.money import subtract


class PaymentState(StrEnum):
    """Where a payment stands; how much of it was refunded is a figure, not a state.

    ``disputed`` while a dispute is open; ``lost`` when a lost one has left nothing of the sale.
    ``late``: captured although it had failed, so that it pays nothing; then ``given_back``.
    """

    REQUESTED = "requested"
    CAPTURED = "captured"
    FAILED = "failed"
    DISPUTED = "disputed"
    LOST = "lost"
    LATE = "late"
    GIVEN_BACK = "given_back"


class PaymentPurpose(StrEnum):
    """What a payment pays: an order, one or several invoices, which are owed, or credit."""

    ORDER = "order"
    INVOICE = "invoice"
    COLLECTIVE = "collective_statement"
    TOP_UP = "top_up"


PAYMENT = Lifecycle(
    "payment",
    {
        PaymentState.REQUESTED: frozenset({PaymentState.CAPTURED, PaymentState.FAILED}),
        PaymentState.CAPTURED: frozenset({PaymentState.DISPUTED}),
        PaymentState.DISPUTED: frozenset({PaymentState.CAPTURED, PaymentState.LOST}),
        PaymentState.FAILED: frozenset({PaymentState.LATE}),
        PaymentState.LATE: frozenset({PaymentState.GIVEN_BACK}),
        PaymentState.GIVEN_BACK: frozenset(),
        PaymentState.LOST: frozenset(),
    },
)


class RefundState(StrEnum):
    """A refund is asked for, then done or refused by the provider."""

    REQUESTED = "requested"
    DONE = "done"
    FAILED = "failed"


class DisputeState(StrEnum):
    """The money is gone while a dispute is open; winning brings it back."""

    OPEN = "open"
    WON = "won"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Payment:
    """One charge of ``amount`` (gross, above zero).

    ``source_id`` is what is paid: order, invoice or top-up, as ``purpose`` says; only a top-up
    has no open item. ``refunded`` is the gross given back so far. ``on_bank``: the money is on
    our bank account, not with the provider.
    """

    id: UUID
    account_id: UUID
    party_id: UUID
    purpose: PaymentPurpose
    open_item_id: UUID | None
    source_id: UUID
    provider: str
    method: str
    currency: str
    amount: Decimal
    on_bank: bool
    state: PaymentState
    refunded: Decimal
    provider_reference: str | None
    failure_code: str | None
    attempts: int
    created_at: datetime
    captured_at: datetime | None
    failed_at: datetime | None


@dataclass(frozen=True, slots=True)
class PaymentRequest:
    """What shall be charged: ``method`` is the provider's token, never card data."""

    id: UUID
    account_id: UUID
    party_id: UUID
    open_item_id: UUID | None
    source_id: UUID
    provider: str
    method: str
    currency: str
    amount: Decimal
    purpose: PaymentPurpose = PaymentPurpose.ORDER


@dataclass(frozen=True, slots=True)
class Refund:
    """``gross`` of the sale is undone; ``fee`` (gross) is kept, the rest goes back to the customer.

    ``total_id`` names the order line; ``fee_tax_rate`` is a factor such as 0.19.
    """

    id: UUID
    payment_id: UUID
    source_id: UUID
    total_id: UUID | None
    currency: str
    gross: Decimal
    fee: Decimal
    fee_tax_key: str | None
    fee_tax_rate: Decimal | None
    reason: str
    state: RefundState
    provider_reference: str | None
    failure_code: str | None
    attempts: int
    created_at: datetime
    ended_at: datetime | None

    @property
    def back(self) -> Decimal:
        """What the customer gets."""
        return subtract(self.gross, self.fee)


@dataclass(frozen=True, slots=True)
class Dispute:
    """A customer's bank took ``amount`` back; ``fee`` is what the provider charges for it."""

    id: UUID
    payment_id: UUID
    provider_reference: str
    currency: str
    amount: Decimal
    fee: Decimal
    state: DisputeState
    opened_on: date
    closed_on: date | None
    opened_at: datetime
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class PspPayout:
    """What a provider paid out: ``net = gross - fees``; negative when refunds outweigh sales."""

    id: UUID
    provider: str
    reference: str
    currency: str
    gross: Decimal
    fees: Decimal
    net: Decimal
    paid_on: date


class PaymentNotFound(GroschenError):
    """There is no such payment."""

    code = "payment_not_found"
    kind = Kind.NOT_FOUND


class ProviderUnknown(GroschenError):
    """No provider of this name is connected."""

    code = "provider_unknown"
    kind = Kind.INVALID


class PaymentNotRefundable(GroschenError):
    """Only captured money that was not given back yet can be refunded."""

    code = "payment_not_refundable"
    kind = Kind.CONFLICT


class RefundTooLarge(GroschenError):
    """More would be refunded than was paid."""

    code = "refund_too_large"
    kind = Kind.UNPROCESSABLE


class CallbackReused(GroschenError):
    """A provider's event id came again with another body."""

    code = "callback_reused"
    kind = Kind.UNPROCESSABLE


class CallbackTooEarly(GroschenError):
    """The callback builds on something that we have not been told of yet; it must come again."""

    code = "callback_too_early"
    kind = Kind.BUSY


class ReturnNotBooked(GroschenError):
    """A bank took back the money of a top-up; that cannot be booked yet."""

    code = "return_not_booked"
    kind = Kind.BUSY


class CallbackContradicts(GroschenError):
    """A callback says the opposite of what the provider has said before."""

    code = "callback_contradicts"
    kind = Kind.CONFLICT
