"""What the endpoints of wallets take and give."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated
from uuid import UUID

from pydantic import Field

from groschen.core.credit import BucketKind
from groschen.core.ledger import VatMode
from groschen.core.money import ZERO
from groschen.core.tax import TaxCategory
from groschen.features.wallets.model import Grant, LegalClass, WalletDraft
from groschen.kit.http import (
    Country,
    CurrencyCode,
    ExternalId,
    In,
    Instant,
    Lax,
    LocalDate,
    MoneyOut,
    Out,
    PositiveAmount,
    Rate,
    Reference,
    ReferenceTo,
    TimeZone,
    UnsignedAmount,
)
from groschen.kit.ids import PublicId

if TYPE_CHECKING:
    from groschen.features.wallets.model import (
        BucketRow,
        Movement,
        TopUp,
        Wallet,
        WalletQuote,
    )

WalletId = Annotated[UUID, PublicId("wal"), Field(description="A wallet.")]
WalletRef = Annotated[
    Reference, ReferenceTo("wal"), Field(description="A wallet, by its id or `ext:` and yours.")
]
BucketId = Annotated[UUID, PublicId("bkt"), Field(description="A bucket of credit.")]
AccountRef = Annotated[
    Reference, ReferenceTo("acc"), Field(description="An account, by its id or `ext:` and yours.")
]
ComponentId = Annotated[
    str,
    Field(
        pattern="^[a-z][a-z0-9_]{0,62}$",
        description="A component of a plan.",
        examples=["energy"],
    ),
]
Region = Annotated[
    str,
    Field(
        pattern="^[A-Z]{2}-[A-Z0-9]{1,3}$",
        description="A federal state, ISO 3166-2: emergency credit has no limit on its weekends "
        "and public holidays.",
        examples=["DE-BY"],
    ),
]


class WalletIn(In):
    """A wallet to open; its terms never change."""

    account: AccountRef
    external_id: Annotated[
        ExternalId | None, Field(description="Your own id; made from the id if left out.")
    ] = None
    vat_mode: Annotated[
        VatMode,
        Lax,
        Field(
            description="single_purpose: supply and rate are known, VAT is due when money comes; "
            "multi_purpose: VAT is due with the supply.",
            examples=["single_purpose"],
        ),
    ]
    legal_class: Annotated[
        LegalClass,
        Lax,
        Field(
            description="What the credit is in law: for own goods only, within a limited "
            "network, or electronic money.",
            examples=["own_goods"],
        ),
    ]
    tax_class: Annotated[
        TaxCategory,
        Lax,
        Field(description="Which rate its credit carries.", examples=["standard"]),
    ]
    country: Annotated[
        Country | None, Field(description="Whose rate; the tenant's country if left out.")
    ] = None
    emergency_limit: Annotated[
        UnsignedAmount,
        Field(description="How much use may be owed when credit is used up.", examples=["5.00"]),
    ] = ZERO
    protected_region: Annotated[
        Region | None, Field(description="Whose weekends and public holidays are protected.")
    ] = None
    restored_days: Annotated[
        int,
        Field(
            ge=1,
            le=3660,
            description="For how many days credit can be used that is due to an expired bucket.",
            examples=[30],
        ),
    ] = 30
    thresholds: Annotated[
        list[UnsignedAmount],
        Field(
            max_length=10,
            description="Credit at which `wallet.low` is told, once per crossing.",
            examples=[["5.00", "2.00"]],
        ),
    ] = []  # noqa: RUF012

    def draft(self) -> WalletDraft:
        """Return what the service opens."""
        return WalletDraft(
            account=self.account,
            vat_mode=self.vat_mode,
            legal_class=self.legal_class,
            tax_class=self.tax_class,
            external_id=self.external_id,
            country=self.country,
            emergency_limit=self.emergency_limit,
            protected_region=self.protected_region,
            restored_days=self.restored_days,
            thresholds=tuple(self.thresholds),
        )


class WalletOut(Out):
    """A wallet."""

    id: WalletId
    external_id: ExternalId
    account_id: Annotated[UUID, PublicId("acc"), Field(description="Whose it is.")]
    state: Annotated[str, Field(description="open or closed.", examples=["open"])]
    currency: CurrencyCode
    credit: Annotated[MoneyOut, Field(description="What can be used now, gross.")]
    emergency_used: Annotated[
        MoneyOut, Field(description="Emergency credit that the next top-up repays first.")
    ]
    emergency_limit: Annotated[MoneyOut, Field(description="How much of it there may be.")]
    exhausted: Annotated[bool, Field(description="Nothing is left, emergency credit included.")]
    vat_mode: Annotated[
        str, Field(description="single_purpose or multi_purpose.", examples=["single_purpose"])
    ]
    legal_class: Annotated[
        str,
        Field(description="own_goods, limited_network or e_money.", examples=["own_goods"]),
    ]
    country: Country
    vat_rate: Annotated[Rate, Field(description="The VAT rate in its credit.")]
    time_zone: TimeZone
    protected_region: Annotated[Region | None, Field(description="Whose holidays are protected.")]
    restored_days: Annotated[
        int, Field(description="How long restored credit can be used.", examples=[30])
    ]
    thresholds: Annotated[
        list[MoneyOut], Field(description="Credit at which `wallet.low` is told.")
    ]
    created_at: Instant

    @classmethod
    def of(cls, wallet: Wallet) -> WalletOut:
        """Show a wallet."""
        return cls(
            id=wallet.id,
            external_id=wallet.external_id,
            account_id=wallet.account_id,
            state=wallet.state,
            currency=wallet.currency,
            credit=MoneyOut.exact(wallet.credit, wallet.currency),
            emergency_used=MoneyOut.exact(wallet.overdraft, wallet.currency),
            emergency_limit=MoneyOut.exact(wallet.emergency_limit, wallet.currency),
            exhausted=wallet.exhausted,
            vat_mode=wallet.vat_mode,
            legal_class=wallet.legal_class,
            country=wallet.country,
            vat_rate=wallet.vat_rate,
            time_zone=wallet.time_zone,
            protected_region=wallet.protected_region,
            restored_days=wallet.restored_days,
            thresholds=[MoneyOut.exact(one, wallet.currency) for one in wallet.thresholds],
            created_at=wallet.created_at,
        )


class BucketOut(Out):
    """Credit with one origin."""

    id: BucketId
    kind: Annotated[str, Field(description="paid, promo or restored.", examples=["paid"])]
    state: Annotated[str, Field(description="pending, open, expired or closed.", examples=["open"])]
    amount: Annotated[MoneyOut, Field(description="What was put in, gross.")]
    left: Annotated[MoneyOut, Field(description="What is not used.")]
    scope: Annotated[
        list[str],
        Field(description="The components it may pay; empty: all.", examples=[["energy"]]),
    ]
    priority: Annotated[int, Field(description="Lower burns first.", examples=[0])]
    valid_from: Instant
    expires_at: Annotated[Instant | None, Field(description="From then on it cannot be used.")]
    created_at: Instant

    @classmethod
    def of(cls, bucket: BucketRow, currency: str) -> BucketOut:
        """Show a bucket."""
        return cls(
            id=bucket.id,
            kind=bucket.kind,
            state=bucket.state,
            amount=MoneyOut.exact(bucket.amount, currency),
            left=MoneyOut.exact(bucket.left, currency),
            scope=bucket.scope,
            priority=bucket.priority,
            valid_from=bucket.valid_from,
            expires_at=bucket.expires_at,
            created_at=bucket.created_at,
        )


class BucketsOut(Out):
    """The buckets of a wallet."""

    data: Annotated[list[BucketOut], Field(description="Newest first.")]


class MovementOut(Out):
    """What moved a wallet, other than use."""

    id: Annotated[UUID, PublicId("wmv"), Field(description="A movement of a wallet.")]
    kind: Annotated[
        str,
        Field(
            description="credited, repaid, expired, restored, returned or closed.",
            examples=["credited"],
        ),
    ]
    bucket_id: Annotated[BucketId | None, Field(description="The bucket it moved.")]
    amount: Annotated[MoneyOut, Field(description="Positive puts in; negative takes out or ends.")]
    effective_on: LocalDate
    recorded_at: Instant

    @classmethod
    def of(cls, movement: Movement, currency: str) -> MovementOut:
        """Show a movement."""
        return cls(
            id=movement.id,
            kind=movement.kind,
            bucket_id=movement.bucket_id,
            amount=MoneyOut.exact(movement.amount, currency),
            effective_on=movement.effective_on,
            recorded_at=movement.recorded_at,
        )


class GrantIn(In):
    """Credit to give to a customer; nobody pays for it."""

    amount: Annotated[PositiveAmount, Field(description="Gross.", examples=["10.00"])]
    scope: Annotated[
        list[ComponentId],
        Field(max_length=50, description="The components it may pay; empty: all."),
    ] = []  # noqa: RUF012
    priority: Annotated[
        int, Field(ge=-1000, le=1000, description="Lower burns first.", examples=[0])
    ] = 0
    valid_from: Annotated[
        Instant | None, Field(description="From when it can be used; at once if left out.")
    ] = None
    expires_at: Annotated[
        Instant | None, Field(description="From then on it cannot be used; never if left out.")
    ] = None

    def grant(self) -> Grant:
        """Return what the service gives."""
        return Grant(
            amount=self.amount,
            kind=BucketKind.PROMO,
            scope=tuple(sorted(set(self.scope))),
            priority=self.priority,
            valid_from=self.valid_from,
            expires_at=self.expires_at,
        )


class GrantOut(Out):
    """Credit that was given."""

    id: Annotated[UUID, PublicId("top"), Field(description="The grant.")]
    wallet_id: WalletId
    bucket_id: Annotated[BucketId | None, Field(description="The bucket it filled.")]
    amount: Annotated[MoneyOut, Field(description="Gross.")]

    @classmethod
    def of(cls, given: TopUp) -> GrantOut:
        """Show a grant."""
        return cls(
            id=given.id,
            wallet_id=given.wallet_id,
            bucket_id=given.bucket_id,
            amount=MoneyOut.exact(given.amount, given.currency),
        )


class WalletQuoteIn(In):
    """Use to be paid for."""

    component: ComponentId
    amount: Annotated[PositiveAmount, Field(description="Its price, gross.", examples=["3.23"])]


class QuotedBurnOut(Out):
    """What one bucket would pay."""

    bucket_id: BucketId
    kind: Annotated[str, Field(description="paid, promo or restored.", examples=["paid"])]
    amount: Annotated[MoneyOut, Field(description="What it would pay, gross.")]


class WalletQuoteOut(Out):
    """Who would pay; nothing is held."""

    wallet_id: WalletId
    amount: Annotated[MoneyOut, Field(description="The price, gross.")]
    burns: Annotated[list[QuotedBurnOut], Field(description="In the order of burning.")]
    emergency: Annotated[MoneyOut, Field(description="What emergency credit would pay.")]
    receivable: Annotated[MoneyOut, Field(description="What would be invoiced.")]
    credit_after: Annotated[MoneyOut, Field(description="What could be used after that.")]

    @classmethod
    def of(cls, quote: WalletQuote) -> WalletQuoteOut:
        """Show a quote."""
        currency = quote.wallet.currency
        return cls(
            wallet_id=quote.wallet.id,
            amount=MoneyOut.exact(quote.amount, currency),
            burns=[
                QuotedBurnOut(
                    bucket_id=one.bucket.id,
                    kind=one.bucket.kind,
                    amount=MoneyOut.exact(one.amount, currency),
                )
                for one in quote.burns
            ],
            emergency=MoneyOut.exact(quote.emergency, currency),
            receivable=MoneyOut.exact(quote.receivable, currency),
            credit_after=MoneyOut.exact(quote.credit_after, currency),
        )
