"""What the endpoints of payments give."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated
from uuid import UUID

from pydantic import Field

from groschen.features.payments.model import PaymentPurpose
from groschen.kit.http import (
    In,
    Instant,
    LocalDate,
    MoneyOut,
    Out,
    PositiveAmount,
    Reference,
    ReferenceTo,
)
from groschen.kit.ids import PublicId

if TYPE_CHECKING:
    from groschen.features.payments.model import Payment, PspPayout
    from groschen.features.wallets.model import TopUp

TopUpId = Annotated[UUID, PublicId("top"), Field(description="A top-up of a wallet.")]
WalletRef = Annotated[
    Reference, ReferenceTo("wal"), Field(description="A wallet, by its id or `ext:` and yours.")
]
PaymentId = Annotated[UUID, PublicId("pay"), Field(description="A payment.")]


class PaymentOut(Out):
    """A payment."""

    id: PaymentId
    account_id: Annotated[UUID, PublicId("acc"), Field(description="Who pays.")]
    purpose: Annotated[
        str,
        Field(description="order, invoice, collective_statement or top_up.", examples=["order"]),
    ]
    order_id: Annotated[
        Annotated[UUID, PublicId("ord")] | None, Field(description="The order it pays.")
    ]
    invoice_id: Annotated[
        Annotated[UUID, PublicId("inv")] | None, Field(description="The invoice it pays.")
    ]
    top_up_id: Annotated[TopUpId | None, Field(description="The top-up it pays.")]
    provider: Annotated[str, Field(description="The provider.", examples=["sandbox"])]
    provider_reference: Annotated[
        str | None, Field(description="The provider's name of it.", examples=["ch_1"])
    ]
    state: Annotated[
        str,
        Field(description="requested, captured, failed, disputed or lost.", examples=["captured"]),
    ]
    amount: MoneyOut
    refunded: Annotated[MoneyOut, Field(description="Gross refunded or on its way back.")]
    failure_code: Annotated[
        str | None, Field(description="Why it failed.", examples=["card_declined"])
    ]
    attempts: Annotated[int, Field(description="How often it was tried.", examples=[1])]
    created_at: Instant
    captured_at: Instant | None

    @classmethod
    def of(cls, payment: Payment) -> PaymentOut:
        """Show a payment."""
        return cls(
            id=payment.id,
            account_id=payment.account_id,
            purpose=payment.purpose,
            order_id=payment.source_id if payment.purpose is PaymentPurpose.ORDER else None,
            invoice_id=payment.source_id if payment.purpose is PaymentPurpose.INVOICE else None,
            top_up_id=payment.source_id if payment.purpose is PaymentPurpose.TOP_UP else None,
            provider=payment.provider,
            provider_reference=payment.provider_reference,
            state=payment.state,
            amount=MoneyOut.exact(payment.amount, payment.currency),
            refunded=MoneyOut.exact(payment.refunded, payment.currency),
            failure_code=payment.failure_code,
            attempts=payment.attempts,
            created_at=payment.created_at,
            captured_at=payment.captured_at,
        )


class TopUpIn(In):
    """Credit to pay for."""

    wallet: WalletRef
    amount: Annotated[
        PositiveAmount, Field(description="Gross, in the wallet's currency.", examples=["20.00"])
    ]
    provider: Annotated[
        str, Field(description="A connected provider.", examples=["sandbox"], max_length=32)
    ]
    method: Annotated[
        str,
        Field(
            description="The provider's token of the customer's means; never card data.",
            examples=["tok_visa"],
            min_length=1,
            max_length=200,
        ),
    ]


class TopUpOut(Out):
    """Credit that is paid for, or was given."""

    id: TopUpId
    wallet_id: Annotated[UUID, PublicId("wal"), Field(description="Where the credit goes.")]
    kind: Annotated[str, Field(description="payment or grant.", examples=["payment"])]
    state: Annotated[
        str, Field(description="requested, credited, failed or returned.", examples=["credited"])
    ]
    amount: Annotated[MoneyOut, Field(description="Gross.")]
    emergency_repaid: Annotated[MoneyOut, Field(description="What of it repaid emergency credit.")]
    failure_code: Annotated[
        str | None, Field(description="Why it failed.", examples=["card_declined"])
    ]
    requested_at: Instant
    credited_at: Instant | None

    @classmethod
    def of(cls, one: TopUp) -> TopUpOut:
        """Show a top-up."""
        return cls(
            id=one.id,
            wallet_id=one.wallet_id,
            kind=one.kind,
            state=one.state,
            amount=MoneyOut.exact(one.amount, one.currency),
            emergency_repaid=MoneyOut.exact(one.emergency_repaid, one.currency),
            failure_code=one.failure_code,
            requested_at=one.requested_at,
            credited_at=one.credited_at,
        )


class PspPayoutOut(Out):
    """What a provider paid to our bank; negative when it took money."""

    id: Annotated[UUID, PublicId("ppo"), Field(description="A provider's payout.")]
    provider: Annotated[str, Field(description="The provider.", examples=["sandbox"])]
    reference: Annotated[str, Field(description="The provider's name of it.", examples=["po_1"])]
    gross: Annotated[MoneyOut, Field(description="What left the clearing account.")]
    fees: Annotated[MoneyOut, Field(description="What the provider kept.")]
    net: Annotated[MoneyOut, Field(description="What arrived at the bank.")]
    paid_on: LocalDate

    @classmethod
    def of(cls, payout: PspPayout) -> PspPayoutOut:
        """Show a provider's payout."""
        return cls(
            id=payout.id,
            provider=payout.provider,
            reference=payout.reference,
            gross=MoneyOut.exact(payout.gross, payout.currency),
            fees=MoneyOut.exact(payout.fees, payout.currency),
            net=MoneyOut.exact(payout.net, payout.currency),
            paid_on=payout.paid_on,
        )


class ImportOut(Out):
    """That a payout report was asked for."""

    requested: Annotated[bool, Field(description="A job reads the report now.")]


class ReceivedOut(Out):
    """That a callback was taken."""

    duplicate: Annotated[bool, Field(description="Whether it had come before.")]
