"""What shares tell settlement: claims of a period, their single lines, balances per state."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal
from uuid import UUID

from groschen.core.errors import GroschenError, Kind
from groschen.core.shares import CommissionSum, SellerRole


@dataclass(frozen=True, slots=True)
class BeneficiaryClaims:
    """A beneficiary and currency with the first and last day of a claim before some period end."""

    beneficiary_id: UUID
    currency: str
    first_on: date
    last_on: date


@dataclass(frozen=True, slots=True)
class ClaimSum:
    """The sum of one line kind, VAT rate and version of an agreement.

    ``posted`` is the part of a commission that the ledger carries already.
    """

    kind: Literal["share", "commission"]
    vat_rate: Decimal | None
    agreement_version_id: UUID
    line_count: int
    amount: Decimal
    posted: Decimal
    vat_posted: Decimal


@dataclass(frozen=True, slots=True)
class PinnedTerms:
    """What one version of an agreement, pinned by its hash, says about statements."""

    hash: str
    seller_role: SellerRole
    min_payout: Decimal
    supply_vat_rate: Decimal


@dataclass(frozen=True, slots=True)
class StatementTerms:
    """The terms of one statement: those of all agreement versions that its lines were made under.

    The lowest minimum payout counts. ``supply_vat_rate`` is zero unless the seller is principal.
    """

    hashes: tuple[str, ...]
    seller_role: SellerRole
    min_payout: Decimal
    supply_vat_rate: Decimal


@dataclass(frozen=True, slots=True)
class Claimant:
    """Who claims, in which currency: one chain of statements."""

    beneficiary_id: UUID
    currency: str


@dataclass(frozen=True, slots=True)
class Claims:
    """What a partner may claim for one period and currency, at twelve decimals.

    A positive share is owed to him, a positive commission by him. ``versions`` are the agreement
    versions under which the lines were made.
    """

    share_exact: Decimal
    commissions: tuple[CommissionSum, ...]
    line_count: int
    versions: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class ClaimLine:
    """One movement of one share line; ``amount`` is signed as it changes what is released.

    ``factors`` is JSON text.
    """

    line_id: UUID
    movement_id: UUID
    effective_on: date
    movement: str
    order_id: UUID
    reference: str
    rule: str
    kind: Literal["share", "commission"]
    base: Decimal
    factors: str
    amount: Decimal
    vat_rate: Decimal | None
    vat_amount: Decimal
    currency: str
    agreement_hash: str


@dataclass(frozen=True, slots=True)
class StateBalance:
    """What a partner has in one state: shares, or the commission on them with its VAT."""

    beneficiary_id: UUID
    currency: str
    kind: Literal["share", "commission"]
    state: str
    amount: Decimal
    vat_amount: Decimal


@dataclass(frozen=True, slots=True)
class DailyClaim:
    """What one day added to a partner's claim; share, commission and VAT at twelve decimals."""

    beneficiary_id: UUID
    day: date
    currency: str
    share: Decimal
    commission: Decimal
    vat: Decimal
    movements: int


class SettlementTermsDiffer(GroschenError):
    """A partner's agreements tax its supply differently, so one statement cannot hold both."""

    code = "settlement_terms_differ"
    kind = Kind.UNPROCESSABLE
