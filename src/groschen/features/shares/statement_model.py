"""What shares tell settlement: claims of a period, their single lines, balances per state."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal
from uuid import UUID


@dataclass(frozen=True, slots=True)
class BeneficiaryClaims:
    """A beneficiary and currency with the first and last day of a claim before some period end."""

    beneficiary_id: UUID
    currency: str
    first_on: date
    last_on: date


@dataclass(frozen=True, slots=True)
class Claim:
    """The sum of one line kind and VAT rate; ``posted`` is the commission the ledger carries."""

    kind: Literal["share", "commission"]
    vat_rate: Decimal | None
    line_count: int
    amount: Decimal
    posted: Decimal
    vat_posted: Decimal


@dataclass(frozen=True, slots=True)
class Claims:
    """What a partner may claim for one period and currency, at twelve decimals.

    Positive shares are owed to him, positive commission by him. ``commission_posted`` and
    ``vat_posted`` are the part of the commission which the ledger carries already, because it was
    given back after an earlier statement (so they are zero or negative).
    """

    share_exact: Decimal
    commission_by_vat_rate: Mapping[Decimal, Decimal]
    commission_posted: Decimal
    vat_posted: Decimal
    line_count: int


@dataclass(frozen=True, slots=True)
class ClaimLine:
    """One movement of one share line; ``amount`` is signed as it changes what is released."""

    line_id: UUID
    movement_id: UUID
    effective_on: date
    movement: str
    order_id: UUID
    order_external_id: str | None
    rule: str
    kind: Literal["share", "commission"]
    base: Decimal
    factors: Mapping[str, object]
    amount: Decimal
    vat_rate: Decimal | None
    vat_amount: Decimal
    currency: str
    agreement_hash: str


@dataclass(frozen=True, slots=True)
class StateBalance:
    """What stands in one state: shares, or the commission on them with its VAT."""

    currency: str
    kind: Literal["share", "commission"]
    state: str
    amount: Decimal
    vat_amount: Decimal


@dataclass(frozen=True, slots=True)
class DailyClaim:
    """What one day added to a partner's claim; share, commission and VAT at twelve decimals."""

    day: date
    currency: str
    share: Decimal
    commission: Decimal
    vat: Decimal
    movements: int
