"""What the endpoints of payments give."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated
from uuid import UUID

from pydantic import Field

from groschen.kit.http import Instant, LocalDate, MoneyOut, Out
from groschen.kit.ids import PublicId

if TYPE_CHECKING:
    from groschen.features.payments.model import Payment, PspPayout

PaymentId = Annotated[UUID, PublicId("pay"), Field(description="A payment.")]


class PaymentOut(Out):
    """A payment."""

    id: PaymentId
    account_id: Annotated[UUID, PublicId("acc"), Field(description="Who pays.")]
    order_id: Annotated[UUID, PublicId("ord"), Field(description="What is paid.")]
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
            order_id=payment.source_id,
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
