"""What shares are: agreements, what is booked on totals, share lines with their states, errors."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Literal
from uuid import UUID

from groschen.core.errors import GroschenError, Kind
from groschen.core.shares import AgreementTerms, Split
from groschen.core.totals import TotalKey

LineKind = Literal["share", "commission"]


class MovementKind(StrEnum):
    """What happened to a share line; lines themselves never change."""

    PENDING = "pending"
    RELEASED = "released"
    REVERSED = "reversed"
    DISPUTED = "disputed"
    REINSTATED = "reinstated"
    STATED = "stated"
    PAID = "paid"


class ReversalEvent(StrEnum):
    """What takes shares back; a rule may keep its commission for some of them."""

    CANCELLATION = "cancellation"
    REFUND = "refund"
    CHARGEBACK = "chargeback"


@dataclass(frozen=True, slots=True)
class Agreement:
    """Who shares in the money of a sale; the terms are in its dated versions."""

    id: UUID
    external_id: str
    name: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class AgreementVersion:
    """Immutable terms from ``valid_from`` on; in force only once somebody signed off its hash."""

    id: UUID
    agreement_id: UUID
    agreement_external_id: str
    version: int
    valid_from: datetime
    terms: AgreementTerms
    hash: str
    signed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Sale:
    """The figures of a total as a customer owes them, and the accounts they touch.

    ``gross = net + tax``, each rounded as a document shows it, in the currency of the total.
    """

    customer_id: UUID
    gross: Decimal
    net: Decimal
    tax: Decimal
    tax_key: str
    revenue_account: str


@dataclass(frozen=True, slots=True)
class Change:
    """A total as it is after new facts; ``book_differences`` books what that adds.

    ``owner_id`` is whose payment releases the shares (the order). ``split`` is None when no
    agreement applies; its beneficiaries are parties by id.
    """

    key: TotalKey
    owner_id: UUID
    rule_hash: str
    state: Mapping[str, object]
    event_count: int
    event_hash: str
    currency: str
    amount: Decimal
    sale: Sale
    agreement: AgreementVersion | None
    split: Split | None
    beneficiaries: Mapping[str, UUID]


@dataclass(frozen=True, slots=True)
class BookedTotal:
    """A total after its upsert with what was booked on it before (zero when new)."""

    id: UUID
    owner_id: UUID
    component: str
    window_id: UUID
    segment: int
    group_key: str
    revision: int
    rule_hash: str
    rule_hash_before: str | None
    amount_before: Decimal
    net_before: Decimal
    tax_before: Decimal

    @property
    def key(self) -> TotalKey:
        """The key that names this total."""
        return TotalKey(
            self.owner_id, self.component, self.window_id, self.segment, self.group_key
        )


@dataclass(frozen=True, slots=True)
class BookedPart:
    """What the share lines of one total say so far for one rule and beneficiary."""

    total_id: UUID
    rule: str
    kind: LineKind
    beneficiary_id: UUID
    amount: Decimal
    vat_amount: Decimal


@dataclass(frozen=True, slots=True)
class LineState:
    """A share line with its balances: ``pending`` and ``unstated`` (released, on no statement yet)
    as they stand, ``released``, ``reversed`` and ``vat_reversed`` as summed over its life."""

    id: UUID
    total_id: UUID
    owner_id: UUID
    agreement_version_id: UUID
    rule: str
    kind: LineKind
    of_line_id: UUID | None
    beneficiary_id: UUID
    currency: str
    amount: Decimal
    vat_amount: Decimal
    pending: Decimal
    vat_pending: Decimal
    released: Decimal
    vat_released: Decimal
    unstated: Decimal
    reversed: Decimal
    vat_reversed: Decimal


@dataclass(frozen=True, slots=True)
class Release:
    """A payment: of ``gross`` now ``paid`` in all, so that part of the shares is owed."""

    owner_id: UUID
    paid: Decimal
    gross: Decimal
    source_id: UUID


@dataclass(frozen=True, slots=True)
class Reversal:
    """Of ``gross`` now ``returned`` in all is taken back; ``total_id`` limits it to one line.

    ``source_id`` is the refund, dispute or payment that caused it.
    """

    owner_id: UUID
    total_id: UUID | None
    returned: Decimal
    gross: Decimal
    event: ReversalEvent
    source_id: UUID


@dataclass(frozen=True, slots=True)
class TakenBack:
    """What one reversal took (positive) or a reinstatement gives back, per party, at twelve decimals."""

    party_id: UUID
    pending: Decimal
    released: Decimal


@dataclass(frozen=True, slots=True)
class CommissionBack:
    """Commission and its VAT that the ledger already carried and that goes back to the party."""

    party_id: UUID
    amount: Decimal
    vat_amount: Decimal
    vat_rate: Decimal


@dataclass(frozen=True, slots=True)
class Undone:
    """One recorded movement that took a share back."""

    share_line_id: UUID
    owner_id: UUID
    beneficiary_id: UUID
    kind: LineKind
    vat_rate: Decimal | None
    from_state: str
    currency: str
    amount: Decimal
    vat_amount: Decimal
    posted: bool


class AgreementNotFound(GroschenError):
    """No agreement of this name, or none in force on the day."""

    code = "agreement_not_found"
    kind = Kind.NOT_FOUND


class AgreementNotInForce(GroschenError):
    """The agreement has no signed version for the instant of sale."""

    code = "agreement_not_in_force"
    kind = Kind.UNPROCESSABLE


class AgreementVersionExists(GroschenError):
    """A version for that instant exists; versions are immutable."""

    code = "agreement_version_exists"
    kind = Kind.CONFLICT


class SignOffMismatch(GroschenError):
    """What is signed is not what is stored: the hash differs."""

    code = "sign_off_hash_mismatch"
    kind = Kind.UNPROCESSABLE


class BeneficiaryUnknown(GroschenError):
    """A rule or a leg names a partner that does not exist."""

    code = "beneficiary_unknown"
    kind = Kind.UNPROCESSABLE
