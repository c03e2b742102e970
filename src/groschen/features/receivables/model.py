"""What a receivable is: the open item, what was allocated to it, and the errors of this feature."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from groschen.core.errors import GroschenError, Kind


class AllocationKind(StrEnum):
    """Why an open item became smaller (positive amount) or larger again (negative amount)."""

    PAYMENT = "payment"
    REFUND = "refund"
    CHARGEBACK = "chargeback"
    REINSTATED = "reinstated"
    CREDIT = "credit"


@dataclass(frozen=True, slots=True)
class OpenItem:
    """What one account owes for one source (an order, an invoice), gross in ``currency``.

    A credit note, or a payment of too much, is an item below zero: what the account has to its
    credit. ``open_amount`` is ``amount`` less every allocation, between zero and ``amount``.
    """

    id: UUID
    account_id: UUID
    party_id: UUID
    source_id: UUID
    currency: str
    amount: Decimal
    open_amount: Decimal
    opened_on: date
    due_on: date


@dataclass(frozen=True, slots=True)
class Allocation:
    """``amount`` set against an open item; positive pays it, negative opens it again."""

    open_item_id: UUID
    source_id: UUID
    kind: AllocationKind
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Allocated:
    """An allocation as it was booked."""

    id: UUID
    source_id: UUID
    kind: AllocationKind
    amount: Decimal
    effective_on: date


@dataclass(frozen=True, slots=True)
class OpenOfAccount:
    """What an account has not paid yet in one currency, and since when the oldest of it is due."""

    account_id: UUID
    currency: str
    open_amount: Decimal
    due_on: date


@dataclass(frozen=True, slots=True)
class OpenItemFilter:
    """Which open items a list shows: of one account, or only what is not wholly paid."""

    account_id: UUID | None = None
    unpaid: bool = False


class OpenItemNotFound(GroschenError):
    """There is no such open item."""

    code = "open_item_not_found"
    kind = Kind.NOT_FOUND


class OverAllocated(GroschenError):
    """An allocation takes more from an open item than is open, or gives back more than was paid."""

    code = "over_allocated"
    kind = Kind.UNPROCESSABLE
