"""What a wallet, a top-up and a charge are: states, records, errors."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from groschen.core.credit import BucketKind, BucketState
from groschen.core.errors import GroschenError, Kind
from groschen.core.ledger import VatMode, WalletTerms
from groschen.core.money import ZERO


class LegalClass(StrEnum):
    """What the credit is in law; it says where it may flow."""

    OWN_GOODS = "own_goods"
    LIMITED_NETWORK = "limited_network"
    E_MONEY = "e_money"


class WalletState(StrEnum):
    """A closed wallet takes and gives nothing."""

    OPEN = "open"
    CLOSED = "closed"


class TopUpKind(StrEnum):
    """Credit that somebody pays for, or that is given."""

    PAYMENT = "payment"
    GRANT = "grant"


class TopUpState(StrEnum):
    """A top-up is asked for, then credited or failed; what was credited may be returned."""

    REQUESTED = "requested"
    CREDITED = "credited"
    FAILED = "failed"
    RETURNED = "returned"


class MovementKind(StrEnum):
    """What moved a wallet, other than use."""

    CREDITED = "credited"
    REPAID = "repaid"
    EXPIRED = "expired"
    RESTORED = "restored"
    RETURNED = "returned"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Wallet:
    """Prepaid credit of one account in one currency; amounts are gross.

    ``credit`` is what is left in valid buckets, ``overdraft`` emergency credit to be repaid.
    ``emergency_limit`` does not hold on weekends and public holidays of ``protected_region``
    (such as DE-BY). ``revision`` is the ordinal of the last burn.
    """

    id: UUID
    external_id: str
    account_id: UUID
    party_id: UUID
    currency: str
    vat_mode: VatMode
    legal_class: LegalClass
    country: str
    vat_rate: Decimal
    time_zone: str
    emergency_limit: Decimal
    protected_region: str | None
    restored_days: int
    thresholds: list[Decimal]
    state: WalletState
    credit: Decimal
    overdraft: Decimal
    exhausted: bool
    revision: int
    created_at: datetime

    @property
    def terms(self) -> WalletTerms:
        """What the recipes of the ledger need to know."""
        return WalletTerms(self.currency, self.party_id, self.vat_mode, self.country, self.vat_rate)

    @property
    def advance_rate(self) -> Decimal:
        """The VAT rate that is due on credit when it is paid."""
        return self.vat_rate if self.vat_mode is VatMode.SINGLE_PURPOSE else ZERO


@dataclass(frozen=True, slots=True)
class WalletCharge:
    """The gross of a total changed by ``gross_difference`` on a service day.

    ``receivable`` is what of the total's gross nobody has paid before this call: the
    ``receivable`` of its row, the same for each charge of the total.
    """

    wallet_id: UUID
    total_id: UUID
    component: str
    day: date
    gross_difference: Decimal
    receivable: Decimal


@dataclass(frozen=True, slots=True)
class Funded:
    """How a charge was paid, each part with its sign; they add up to the difference.

    ``wallet_vat`` is the VAT in ``wallet`` that the use does not owe again.
    """

    total_id: UUID
    day: date
    wallet: Decimal
    wallet_vat: Decimal
    overdraft: Decimal
    receivable: Decimal


@dataclass(frozen=True, slots=True)
class BucketRow:
    """A bucket of a wallet as it is stored."""

    wallet_id: UUID
    id: UUID
    kind: BucketKind
    state: BucketState
    priority: int
    scope: list[str]
    valid_from: datetime
    expires_at: datetime | None
    amount: Decimal
    spent: Decimal
    vat: Decimal
    spent_vat: Decimal
    source_id: UUID
    created_at: datetime


@dataclass(frozen=True, slots=True)
class BurnRow:
    """What a bucket, or emergency credit, paid for one total and day."""

    wallet_id: UUID
    total_id: UUID
    bucket_id: UUID
    day: date
    ordinal: int
    amount: Decimal
    vat: Decimal
    repaid: Decimal


class WalletNotFound(GroschenError):
    """There is no such wallet."""

    code = "wallet_not_found"
    kind = Kind.NOT_FOUND


class WalletClosed(GroschenError):
    """A closed wallet takes and gives nothing."""

    code = "wallet_closed"
    kind = Kind.CONFLICT
