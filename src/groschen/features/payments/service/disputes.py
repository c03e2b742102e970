"""Disputes: the customer's bank takes money back (A9), and sometimes it comes again (A10)."""

from decimal import Decimal
from typing import Final
from uuid import UUID

from groschen.core.ledger.chart import EXP_CHARGEBACK_FEE, EXP_RETURN_FEE
from groschen.core.money import ZERO, Money
from groschen.core.ports.payments import ProviderEvent
from groschen.features.payments.model import (
    PAYMENT,
    CallbackTooEarly,
    Dispute,
    DisputeState,
    Payment,
    PaymentPurpose,
    PaymentState,
    ReturnNotBooked,
)
from groschen.features.payments.queries import disputes as dispute_queries
from groschen.features.payments.queries import payments as payment_queries
from groschen.features.payments.service.news import dispute_news
from groschen.features.shares import service as shares
from groschen.features.shares.model import Reversal, ReversalEvent
from groschen.kit.db import Scope
from groschen.kit.ids import new_id
from groschen.kit.outbox import publish
from groschen.kit.rows import json_rows

RETURNED: Final = "returned"


async def open_dispute(scope: Scope, payment: Payment, event: ProviderEvent) -> None:
    """Book a chargeback at its notice: the money is gone, the shares are taken back (A9).

    Raises ReturnNotBooked unless it pays an order, CallbackTooEarly before the payment is captured,
    IllegalTransition when a dispute is open already or nothing is left.
    """
    await _take(scope, payment, event, "charged_back", EXP_CHARGEBACK_FEE)


async def take_return(scope: Scope, payment: Payment, event: ProviderEvent) -> None:
    """Book a direct debit that the customer's bank returned: like a dispute lost at once.

    While a dispute about a part of it is open, the bank can still return the rest.
    """
    dispute = await _take(scope, payment, event, RETURNED, EXP_RETURN_FEE)
    await _close(scope, payment, dispute, DisputeState.LOST)


async def win(scope: Scope, payment: Payment) -> None:
    """The money comes back, and with it the shares (A10); the fee stays lost."""
    dispute = await _open_one(scope, payment)
    await payment_queries.insert_movements(
        scope, _movement(payment, "chargeback_won", dispute.amount, ZERO, dispute.id)
    )
    await shares.reinstate(
        scope, payment.source_id, dispute.id, Money(dispute.amount, dispute.currency)
    )
    await _close(scope, payment, dispute, DisputeState.WON)


async def lose(scope: Scope, payment: Payment) -> None:
    """What was taken stays gone."""
    await _close(scope, payment, await _open_one(scope, payment), DisputeState.LOST)


async def disputes_of_source(scope: Scope, source_id: UUID) -> list[Dispute]:
    """The disputes about the payments of one order, oldest first."""
    return await dispute_queries.disputes_of_source(scope, source_id)


async def _take(
    scope: Scope, payment: Payment, event: ProviderEvent, kind: str, fee_account: str
) -> Dispute:
    if payment.purpose is not PaymentPurpose.ORDER:
        raise ReturnNotBooked(
            f"the bank took back the money of a payment for a {payment.purpose}",
            field="reference",
            hint="settle it by hand; a later release books it when it is sent again",
        )
    if payment.state is PaymentState.REQUESTED:
        raise _too_early("the payment is not known to be captured yet")
    if kind != RETURNED or payment.state is not PaymentState.DISPUTED:
        PAYMENT.check(payment.state, PaymentState.DISPUTED)
    dispute = Dispute(
        id=new_id(),
        payment_id=payment.id,
        provider_reference=f"{payment.provider}:{event.id}",
        currency=event.amount.currency,
        amount=event.amount.amount,
        fee=event.fee.amount,
        state=DisputeState.OPEN,
        opened_on=scope.today,
        closed_on=None,
        opened_at=scope.now,
        closed_at=None,
    )
    await dispute_queries.insert_dispute(scope, dispute)
    await payment_queries.store_state(scope, payment.id, PaymentState.DISPUTED)
    movement = _movement(payment, kind, dispute.amount, dispute.fee, dispute.id)
    await payment_queries.insert_movements(scope, movement)
    reversal = Reversal(
        payment.source_id, None, dispute.amount, ReversalEvent.CHARGEBACK, dispute.id
    )
    await shares.reverse_chargeback(
        scope, reversal, taken=event.amount, fee=event.fee, fee_account=fee_account
    )
    await publish(scope, [dispute_news("payment.disputed", payment, dispute)])
    return dispute


async def _close(scope: Scope, payment: Payment, dispute: Dispute, state: DisputeState) -> None:
    """Store the end of a dispute; the payment is lost when nothing of the sale is left."""
    await dispute_queries.close_dispute(scope, dispute.id, state)
    after = await _state_after(scope, payment, state)
    await payment_queries.store_state(scope, payment.id, after)
    await publish(scope, [dispute_news(f"payment.dispute_{state}", payment, dispute)])


async def _state_after(scope: Scope, payment: Payment, ended: DisputeState) -> PaymentState:
    """Where a payment stands when a dispute about it has ended so."""
    if await dispute_queries.lock_open_dispute(scope, payment.id) is not None:
        return PaymentState.DISPUTED
    left = await shares.left(scope, payment.source_id, None)
    is_lost = ended is DisputeState.LOST and not left
    return PaymentState.LOST if is_lost else PaymentState.CAPTURED


async def _open_one(scope: Scope, payment: Payment) -> Dispute:
    dispute = await dispute_queries.lock_open_dispute(scope, payment.id)
    if dispute is None:
        raise _too_early("no dispute about this payment is open")
    return dispute


def _too_early(detail: str) -> CallbackTooEarly:
    return CallbackTooEarly(
        detail,
        field="reference",
        hint="send the event again after the one that it builds on",
    )


def _movement(payment: Payment, kind: str, amount: Decimal, fee: Decimal, dispute_id: UUID) -> str:
    row = {
        "id": new_id(),
        "payment_id": payment.id,
        "kind": kind,
        "amount": amount,
        "fee": fee,
        "source": str(dispute_id),
    }
    return json_rows([row])
