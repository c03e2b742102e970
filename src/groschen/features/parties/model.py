"""What parties, accounts and payout accounts are, and the refusals of this feature."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Literal
from uuid import UUID

from groschen.core.errors import GroschenError, Kind

PartyKind = Literal["person", "organisation"]
PartyRole = Literal["customer", "partner", "reseller", "payee"]


@dataclass(frozen=True, slots=True)
class Party:
    """A person or organisation. ``name`` is None for a person: people's names are in the vault."""

    id: UUID
    external_id: str
    kind: PartyKind
    name: str | None
    roles: list[PartyRole]
    country: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class NewParty:
    """A party to store; ``details`` go to the vault."""

    external_id: str | None
    kind: PartyKind
    name: str | None
    roles: tuple[PartyRole, ...]
    country: str
    details: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Account:
    """A customer's billing account; a parent, if any, may pay for it."""

    id: UUID
    external_id: str
    party_id: UUID
    parent_account_id: UUID | None
    currency: str
    time_zone: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class PayoutAccount:
    """Where a payee gets money in one currency, decrypted; never store or publish it."""

    id: UUID
    party_id: UUID
    currency: str
    holder: str
    iban: str
    bic: str | None


@dataclass(frozen=True, slots=True)
class SealedPayoutAccount:
    """A payout account as stored: all but its last four letters encrypted with the party's key."""

    id: UUID
    party_id: UUID
    currency: str
    iban_last4: str
    ciphertext: bytes
    created_at: datetime


class PartyNotFound(GroschenError):
    """There is no such party."""

    code: ClassVar[str] = "party_not_found"
    kind: ClassVar[Kind] = Kind.NOT_FOUND


class PartyExists(GroschenError):
    """Another party has this external id."""

    code: ClassVar[str] = "party_exists"
    kind: ClassVar[Kind] = Kind.CONFLICT


class PartyNameMisplaced(GroschenError):
    """An organisation has a name; a person's name belongs to the details, which are encrypted."""

    code: ClassVar[str] = "party_name_misplaced"
    kind: ClassVar[Kind] = Kind.UNPROCESSABLE


class DetailsErased(GroschenError):
    """Nothing personal is known of this party: never given, or erased."""

    code: ClassVar[str] = "details_not_found"
    kind: ClassVar[Kind] = Kind.NOT_FOUND


class AccountNotFound(GroschenError):
    """There is no such account."""

    code: ClassVar[str] = "account_not_found"
    kind: ClassVar[Kind] = Kind.NOT_FOUND


class AccountExists(GroschenError):
    """Another account has this external id."""

    code: ClassVar[str] = "account_exists"
    kind: ClassVar[Kind] = Kind.CONFLICT


class ParentCurrencyDiffers(GroschenError):
    """A parent that may pay has to be kept in the same currency."""

    code: ClassVar[str] = "parent_currency_differs"
    kind: ClassVar[Kind] = Kind.UNPROCESSABLE


class RightNotForParties(GroschenError):
    """A key of a party may only read what belongs to the party."""

    code: ClassVar[str] = "right_not_for_parties"
    kind: ClassVar[Kind] = Kind.UNPROCESSABLE
