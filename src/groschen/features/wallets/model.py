"""What a wallet, a top-up and a charge are: states, records, errors."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from groschen.core.credit import BucketKind, BucketState, Repaid
from groschen.core.errors import GroschenError, Kind
from groschen.core.ledger import VatMode, WalletTerms
from groschen.core.money import ZERO, subtract
from groschen.kit.http import Reference


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

    @property
    def left(self) -> Decimal:
        """What is not used of it."""
        return subtract(self.amount, self.spent)


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


@dataclass(frozen=True, slots=True)
class WalletDraft:
    """A wallet to open; currency and time zone are the account's.

    ``tax_class`` says which rate of ``country`` (the tenant's, if None) its credit carries.
    """

    account: Reference
    vat_mode: VatMode
    legal_class: LegalClass
    tax_class: str
    external_id: str | None = None
    country: str | None = None
    emergency_limit: Decimal = ZERO
    protected_region: str | None = None
    restored_days: int = 30
    thresholds: tuple[Decimal, ...] = ()


@dataclass(frozen=True, slots=True)
class TopUp:
    """Credit asked for or given. ``amount`` is gross; ``emergency_repaid`` of it repaid use.

    ``bucket_id`` holds the rest, None when there was none.
    """

    id: UUID
    wallet_id: UUID
    party_id: UUID
    kind: TopUpKind
    currency: str
    amount: Decimal
    state: TopUpState
    emergency_repaid: Decimal
    bucket_id: UUID | None
    failure_code: str | None
    requested_at: datetime
    credited_at: datetime | None


@dataclass(frozen=True, slots=True)
class Grant:
    """Credit to give: usable for the components of ``scope`` (empty: all), within its time.

    ``kind`` is PROMO for a gift, PAID for credit whose price was charged as a package.
    """

    amount: Decimal
    kind: BucketKind = BucketKind.PROMO
    scope: tuple[str, ...] = ()
    priority: int = 0
    valid_from: datetime | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Credited:
    """What a top-up did: ``repaid`` names the use whose emergency credit it paid."""

    top_up: TopUp
    repaid: tuple[Repaid, ...]


@dataclass(frozen=True, slots=True)
class Movement:
    """What moved a wallet other than use; positive brings credit."""

    id: UUID
    kind: MovementKind
    bucket_id: UUID | None
    amount: Decimal
    source_id: UUID
    effective_on: date
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class NewMovement:
    """A movement to be written, on the scope's business day."""

    id: UUID
    wallet_id: UUID
    kind: MovementKind
    bucket_id: UUID | None
    amount: Decimal
    source_id: UUID


@dataclass(frozen=True, slots=True)
class UsedOnDay:
    """What use of a service day took of a wallet, gross: of credit and of emergency credit."""

    day: date
    credit: Decimal
    emergency: Decimal


@dataclass(frozen=True, slots=True)
class Forecast:
    """How long the credit of a wallet lasts if it is used as on the days before today.

    ``per_day`` is the mean of ``days`` whole days, gross; ``days_left`` counts the whole days
    that the credit pays for from now on, None when nothing was used.
    """

    wallet: Wallet
    days: int
    per_day: Decimal
    days_left: int | None


@dataclass(frozen=True, slots=True)
class QuotedBurn:
    """What one bucket would pay."""

    bucket: BucketRow
    amount: Decimal


@dataclass(frozen=True, slots=True)
class WalletQuote:
    """Who would pay for use of ``amount`` gross now; nothing is held."""

    wallet: Wallet
    amount: Decimal
    burns: tuple[QuotedBurn, ...]
    emergency: Decimal
    receivable: Decimal
    credit_after: Decimal


class WalletNotFound(GroschenError):
    """There is no such wallet."""

    code = "wallet_not_found"
    kind = Kind.NOT_FOUND


class WalletClosed(GroschenError):
    """A closed wallet takes and gives nothing."""

    code = "wallet_closed"
    kind = Kind.CONFLICT


class WalletExists(GroschenError):
    """Another wallet has this external id."""

    code = "wallet_exists"
    kind = Kind.CONFLICT


class WalletUnlawful(GroschenError):
    """The law of this sort of credit does not allow these terms."""

    code = "wallet_unlawful"
    kind = Kind.UNPROCESSABLE


class ProtectedRegionUnknown(GroschenError):
    """The public holidays of this region are not known."""

    code = "protected_region_unknown"
    kind = Kind.UNPROCESSABLE


class TopUpNotFound(GroschenError):
    """There is no such top-up."""

    code = "top_up_not_found"
    kind = Kind.NOT_FOUND


class TopUpAmountInvalid(GroschenError):
    """The amount cannot be paid: it is not above zero, or finer than its currency."""

    code = "top_up_amount_invalid"
    kind = Kind.UNPROCESSABLE


class GrantInvalid(GroschenError):
    """Credit cannot be given like this."""

    code = "grant_invalid"
    kind = Kind.UNPROCESSABLE
