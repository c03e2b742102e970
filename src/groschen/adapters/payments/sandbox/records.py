"""What the simulated provider keeps, and what it refuses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import ClassVar, Literal

from groschen.core.errors import GroschenError, Kind

ChargeKind = Literal["charge", "authorisation"]


class SandboxInLiveTenant(GroschenError):
    """The sandbox moves no real money; a live tenant needs a real provider."""

    code: ClassVar[str] = "sandbox_in_live_tenant"
    kind: ClassVar[Kind] = Kind.CONFLICT


class ProviderKeyReused(GroschenError):
    """An idempotency key came again with another request. Nothing was done."""

    code: ClassVar[str] = "provider_key_reused"
    kind: ClassVar[Kind] = Kind.UNPROCESSABLE


class SandboxStepImpossible(GroschenError):
    """The simulated world cannot take this step with this payment."""

    code: ClassVar[str] = "sandbox_step_impossible"
    kind: ClassVar[Kind] = Kind.CONFLICT


@dataclass(frozen=True, slots=True)
class SandboxTerms:
    """What the provider charges the merchant, in the currency of the payment; never negative."""

    charge_fee: Decimal = Decimal("0.43")
    dispute_fee: Decimal = Decimal("15.00")
    return_fee: Decimal = Decimal("3.00")


@dataclass(frozen=True, slots=True)
class Charge:
    """A charge as stored; ``captured`` is what was taken of ``amount``."""

    idempotency_key: str
    reference: str
    kind: ChargeKind
    method: str
    currency: str
    amount: Decimal
    captured: Decimal
    capture_key: str | None
    state: str
    failure_code: str | None
    fee: Decimal
    due_step: str | None
    occurred_at: datetime
    is_new: bool = False


@dataclass(frozen=True, slots=True)
class NewCharge:
    """A charge to be stored unless its key is known."""

    idempotency_key: str
    reference: str
    kind: ChargeKind
    method: str
    currency: str
    amount: Decimal
    captured: Decimal
    state: str
    failure_code: str | None
    due_step: str | None
    due_at: datetime | None
    occurred_at: datetime
    payout: str | None


@dataclass(frozen=True, slots=True)
class Movement:
    """What happened after the capture. ``amount`` is its effect on the merchant's balance."""

    idempotency_key: str
    reference: str
    charge_reference: str
    kind: str
    currency: str
    amount: Decimal
    fee: Decimal
    state: str
    failure_code: str | None
    due_at: datetime | None
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class PaidOut:
    """The head of a payout; ``net`` is ``gross`` less ``fees``, negative when we owe."""

    reference: str
    currency: str
    gross: Decimal
    fees: Decimal
    net: Decimal
    paid_on: date


@dataclass(frozen=True, slots=True)
class PaidMovement:
    """One line of a payout."""

    payout: str
    kind: str
    reference: str
    currency: str
    amount: Decimal
    fee: Decimal


@dataclass(frozen=True, slots=True)
class StoredCallback:
    """A call to the merchant that was not taken yet."""

    id: str
    body: str


@dataclass(frozen=True, slots=True)
class Capture:
    """A capture that was decided: ``amount`` of the authorisation ``reference``."""

    reference: str
    capture_key: str
    amount: Decimal
