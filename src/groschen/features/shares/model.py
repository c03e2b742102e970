"""What shares are: agreements, what is booked on totals, share lines with their states, errors."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Literal
from uuid import UUID

from groschen.core.canonical import EventHash
from groschen.core.errors import GroschenError, Kind
from groschen.core.ledger import Revenue, UsageFunding
from groschen.core.money import Money
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
    """What a customer owes for a total, and what of it is the seller's own revenue.

    ``gross`` is the whole, as a document shows it. ``net`` and ``tax`` are the seller's: all of
    the gross for a principal, what it keeps of the split for an agent.
    """

    customer_id: UUID
    gross: Decimal
    revenue_account: str
    net: Decimal
    tax: Decimal
    tax_key: str


@dataclass(frozen=True, slots=True)
class Supply:
    """When usage was supplied and what pays for it; an order's line has none.

    ``funding`` is of the difference alone. ``tax_key`` is that of what was supplied. ``is_paid``
    says that all of the total is paid now and was before, so that its shares are owed at once.
    ``booking_id`` and ``account_id`` name the journal that it goes to, one for each service day.
    """

    booking_id: UUID
    account_id: UUID
    service_on: date
    funding: UsageFunding
    tax_key: str
    is_paid: bool


@dataclass(frozen=True, slots=True)
class Change:
    """A total as it is after new facts; ``book_differences`` books what that adds.

    ``total_id`` names the total if it is new. ``sale_id`` is whose payment releases the shares
    (the order), ``reference`` what partners know it by. ``split`` is None when no agreement
    applies; ``beneficiaries`` are its partners. With ``supply`` it is one of the service days of
    a usage total, in their order: all figures are of the total up to and with that day.
    """

    key: TotalKey
    total_id: UUID
    sale_id: UUID
    reference: str
    rule_hash: str
    state: Mapping[str, Decimal]
    facts: EventHash
    currency: str
    amount: Decimal
    sale: Sale
    agreement: AgreementVersion | None
    split: Split | None
    beneficiaries: Mapping[str, UUID]
    supply: Supply | None = None


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
    gross_before: Decimal
    net_before: Decimal
    tax_before: Decimal

    @property
    def key(self) -> TotalKey:
        """The key that names this total."""
        return TotalKey(self.owner_id, self.component, self.window_id, self.segment, self.group_key)


@dataclass(frozen=True, slots=True)
class SoldTotal:
    """What a total has booked with the customer and the seller.

    ``returned`` of its gross is undone, ``charged_back`` of that by chargebacks that stand.
    """

    id: UUID
    sale_id: UUID
    agreement_version_id: UUID | None
    currency: str
    customer_id: UUID
    gross: Decimal
    returned: Decimal
    charged_back: Decimal
    revenue_account: str
    net: Decimal
    tax: Decimal
    tax_key: str


@dataclass(frozen=True, slots=True)
class BookedPart:
    """What the share lines of one total say so far for one rule and beneficiary.

    ``of_rule`` is, of a commission, the rule of the share that it is taken of.
    """

    total_id: UUID
    rule: str
    kind: LineKind
    of_rule: str | None
    beneficiary_id: UUID
    amount: Decimal
    vat_amount: Decimal


@dataclass(frozen=True, slots=True)
class LineState:
    """A share line and where its amount stands.

    ``pending`` and ``unstated`` (released, on no statement yet) are balances; ``released`` is
    all that was ever released. ``unstated`` is negative when a stated share was taken back.
    ``undone`` is what reversals that stand took of it.
    """

    id: UUID
    total_id: UUID
    sale_id: UUID
    agreement_version_id: UUID
    rule: str
    kind: LineKind
    beneficiary_id: UUID
    currency: str
    amount: Decimal
    vat_rate: Decimal | None
    vat_amount: Decimal
    pending: Decimal
    vat_pending: Decimal
    released: Decimal
    vat_released: Decimal
    unstated: Decimal
    vat_unstated: Decimal
    undone: Decimal
    vat_undone: Decimal


@dataclass(frozen=True, slots=True)
class Release:
    """A payment: of a sale's ``gross`` now ``paid`` in all, so that part of its shares is owed."""

    sale_id: UUID
    paid: Decimal
    gross: Decimal
    source_id: UUID


@dataclass(frozen=True, slots=True)
class Reversal:
    """``amount`` of an owner's gross is undone; ``total_id`` limits it to one of its totals.

    ``source_id`` is the refund, dispute or payment that caused it. What is left of the sale may be
    less than ``amount`` when the money has gone back twice; then all that is left is undone.
    """

    sale_id: UUID
    total_id: UUID | None
    amount: Decimal
    event: ReversalEvent
    source_id: UUID


@dataclass(frozen=True, slots=True)
class KeptFee:
    """What the seller keeps of a refund: ``gross``, with the VAT of ``tax_rate`` (0.19) inside."""

    gross: Decimal
    tax_key: str
    tax_rate: Decimal


@dataclass(frozen=True, slots=True)
class RefundMade:
    """A refund that the customer got: ``reversal`` undoes the sale, ``back`` is what was paid.

    ``fee`` is what the seller keeps of it; ``reversal.amount`` less the fee is ``back``.
    """

    reversal: Reversal
    back: Money
    fee: KeptFee | None


@dataclass(frozen=True, slots=True)
class Concession:
    """``gross`` of a usage total was given back to the customer for good by a credit note.

    ``given_up`` is what the note took from the seller for it: net and VAT, positive.
    """

    total_id: UUID
    gross: Decimal
    given_up: Revenue


@dataclass(frozen=True, slots=True)
class UndoneMovement:
    """One recorded movement that took a share back; ``posted`` as on the movement."""

    share_line_id: UUID
    from_state: str
    amount: Decimal
    vat_amount: Decimal
    posted: bool


@dataclass(frozen=True, slots=True)
class TracedMovement:
    """One movement of a share line as the trace of a sale shows it."""

    id: UUID
    share_line_id: UUID
    kind: MovementKind
    from_state: str | None
    to_state: str
    amount: Decimal
    vat_amount: Decimal
    source_id: UUID
    effective_on: date
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class SaleTrace:
    """All shares of one sale: what was sold, the lines with their states, every movement."""

    totals: tuple[SoldTotal, ...]
    lines: tuple[LineState, ...]
    movements: tuple[TracedMovement, ...]


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
