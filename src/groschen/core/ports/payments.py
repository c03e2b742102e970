"""The port to payment providers: money comes from customers and goes back to them.

An adapter is opened for one tenant's merchant account, so no call names the tenant. All calls
take many requests and answer in the order asked. The same idempotency key has one effect; its
repetition gives the first answer. A call whose outcome is not known answers UNKNOWN and is
read back with ``find``, never sent again blindly.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from groschen.core.errors import GroschenError, Kind
from groschen.core.money import Money

CALLBACK_TOLERANCE = timedelta(minutes=5)
"""How far the signed time of a callback may be from the time of its arrival."""


class CallbackForged(GroschenError):
    """The signature of a callback does not match its bytes, or its time is too far off."""

    code = "callback_forged"
    kind = Kind.UNAUTHENTICATED


class CallbackUnreadable(GroschenError):
    """A callback is signed by the provider but says nothing this adapter knows."""

    code = "callback_unreadable"
    kind = Kind.INVALID


class ChargeState(StrEnum):
    """What became of a charge."""

    AUTHORISED = "authorised"
    """The money is held for us, not yet taken."""
    CAPTURED = "captured"
    """The money is taken."""
    FAILED = "failed"
    """Refused; ``failure`` says whether a later attempt makes sense."""
    PENDING = "pending"
    """Accepted, the provider reports the end by callback."""
    UNKNOWN = "unknown"
    """No answer or none to be understood: read back before anything else."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a provider refused. A final failure must not be tried again with this method."""

    code: str
    detail: str
    is_final: bool


@dataclass(frozen=True, slots=True)
class ChargeRequest:
    """Take ``amount`` (positive, currency digits) by ``method``, a token of the provider."""

    idempotency_key: str
    payment_id: UUID
    amount: Money
    method: str


@dataclass(frozen=True, slots=True)
class CaptureRequest:
    """Take ``amount``, at most what was authorised under ``reference``."""

    idempotency_key: str
    payment_id: UUID
    reference: str
    amount: Money


@dataclass(frozen=True, slots=True)
class ChargeResult:
    """What became of one request. ``reference`` is the provider's name of the payment.

    ``on_bank``: captured money is on our bank account already (an instant transfer); no payout
    will bring it.
    """

    idempotency_key: str
    state: ChargeState
    reference: str | None = None
    failure: Failure | None = None
    on_bank: bool = False


class RefundState(StrEnum):
    """What became of a refund."""

    REFUNDED = "refunded"
    FAILED = "failed"
    PENDING = "pending"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class RefundRequest:
    """Give back ``amount`` (positive) of the captured payment ``charge_reference``."""

    idempotency_key: str
    refund_id: UUID
    charge_reference: str
    amount: Money


@dataclass(frozen=True, slots=True)
class RefundResult:
    """What became of one refund. ``reference`` is the provider's name of the refund."""

    idempotency_key: str
    state: RefundState
    reference: str | None = None
    failure: Failure | None = None


class MovementKind(StrEnum):
    """What moved our balance at the provider."""

    CAPTURE = "capture"
    REFUND = "refund"
    DISPUTE = "dispute"
    DISPUTE_WON = "dispute_won"
    RETURN = "return"


@dataclass(frozen=True, slots=True)
class PspMovement:
    """One movement inside a payout.

    ``gross`` is positive when it raises our balance; ``fee`` is positive when it costs us.
    """

    kind: MovementKind
    reference: str
    gross: Money
    fee: Money


@dataclass(frozen=True, slots=True)
class PspPayout:
    """What the provider paid to our bank: the sum of gross less fee of its movements.

    A negative ``amount`` is taken from our bank account.
    """

    id: str
    paid_on: date
    amount: Money
    fee: Money
    movements: tuple[PspMovement, ...]


class ProviderEventKind(StrEnum):
    """What a callback reports."""

    CAPTURED = "captured"
    FAILED = "failed"
    DISPUTE_OPENED = "dispute_opened"
    DISPUTE_WON = "dispute_won"
    DISPUTE_LOST = "dispute_lost"
    RETURNED = "returned"
    REFUNDED = "refunded"
    PAYOUT = "payout"


@dataclass(frozen=True, slots=True)
class ProviderEvent:
    """A verified callback. ``id`` is unique per provider: a repetition has no second effect.

    ``reference`` names the payment, refund or payout; ``amount`` and ``fee`` are positive.
    """

    id: str
    kind: ProviderEventKind
    reference: str
    amount: Money
    fee: Money
    occurred_at: datetime
    failure: Failure | None = None


class PaymentProvider(Protocol):
    """A payment provider, opened for one tenant's merchant account."""

    @property
    def name(self) -> str:
        """The name it is configured under, such as sandbox."""
        ...

    async def charge(self, requests: Sequence[ChargeRequest]) -> list[ChargeResult]:
        """Authorise and capture at once."""
        ...

    async def authorise(self, requests: Sequence[ChargeRequest]) -> list[ChargeResult]:
        """Hold the money without taking it."""
        ...

    async def capture(self, requests: Sequence[CaptureRequest]) -> list[ChargeResult]:
        """Take money that was authorised."""
        ...

    async def find(self, idempotency_keys: Sequence[str]) -> list[ChargeResult | None]:
        """Read back charges; None for a key that never arrived."""
        ...

    async def refund(self, requests: Sequence[RefundRequest]) -> list[RefundResult]:
        """Give money back."""
        ...

    async def find_refunds(self, idempotency_keys: Sequence[str]) -> list[RefundResult | None]:
        """Read back refunds; None for a key that never arrived."""
        ...

    async def payout_report(self, since: datetime) -> list[PspPayout]:
        """The payouts reported at ``since`` or later, oldest first."""
        ...

    def parse_callback(
        self, headers: Mapping[str, str], raw_body: bytes, at: datetime
    ) -> ProviderEvent:
        """Check the signature over the raw bytes and read the event.

        ``headers`` have lower-case names; ``at`` is the time of arrival. Raises
        ``CallbackForged`` and ``CallbackUnreadable``.
        """
        ...
