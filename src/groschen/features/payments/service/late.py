"""Money that comes for a payment that had failed: what it was for is gone, so it goes back."""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from groschen.core.ledger import payment_unallocated
from groschen.core.ledger.chart import BANK, PSP_CLEARING
from groschen.core.money import ZERO, subtract
from groschen.core.ports.payments import ChargeResult, ChargeState
from groschen.features.ledger import service as ledger
from groschen.features.ledger.model import NewJournal
from groschen.features.payments.model import (
    Payment,
    PaymentNotFound,
    PaymentNotRefundable,
    PaymentState,
    Refund,
    RefundState,
)
from groschen.features.payments.queries import payments as queries
from groschen.features.payments.queries import refunds as refund_queries
from groschen.features.payments.service.news import payment_news
from groschen.features.payments.service.top_ups import money_account
from groschen.kit.db import Scope
from groschen.kit.ids import new_id
from groschen.kit.jobs import defer
from groschen.kit.outbox import publish
from groschen.kit.rows import json_rows

REASON: Final = "captured after the payment had failed"


async def take(scope: Scope, failed: Sequence[Payment], said: Mapping[UUID, ChargeResult]) -> None:
    """Book what was captured of ``failed`` (locked) payments, and have it given back."""
    captured = [one for one in failed if said[one.id].state is ChargeState.CAPTURED]
    if not captured:
        return
    places = [{"id": one.id, "on_bank": said[one.id].on_bank} for one in captured]
    await queries.mark_late(scope, json_rows(places))
    movements = [
        {
            "id": new_id(),
            "payment_id": one.id,
            "kind": "captured",
            "amount": one.amount,
            "fee": ZERO,
            "source": "late_capture",
        }
        for one in captured
    ]
    await queries.insert_movements(scope, json_rows(movements))
    journals = [
        NewJournal(
            id=new_id(),
            journal=payment_unallocated(
                one.currency, one.party_id, one.amount, money_account(said[one.id])
            ),
            reference=f"late_capture:{one.id}",
            source_id=one.source_id,
        )
        for one in captured
    ]
    await ledger.post_new(scope, journals)
    for one in captured:
        await _give_back(scope, one)
    await publish(scope, [payment_news("payment.late", one) for one in captured])


async def give_back(scope: Scope, payment_id: UUID) -> Payment:
    """Try again to give back money that came too late, after the provider had refused it.

    Raises PaymentNotFound and PaymentNotRefundable.
    """
    locked = await queries.lock_payments(scope, [payment_id])
    if not locked:
        raise PaymentNotFound(
            "there is no such payment",
            field="payment_id",
            hint="list the payments with GET /v1/payments",
        )
    payment = locked[0]
    if payment.state is not PaymentState.LATE or payment.refunded:
        raise PaymentNotRefundable(
            "this money is on its way back" if payment.refunded else "this money is not too late",
            field="payment_id",
            hint="refund what was paid through its order",
        )
    await _give_back(scope, payment)
    return (await queries.payments(scope, [payment_id]))[0]


async def stranded(scope: Scope) -> list[Payment]:
    """Payments that came too late and whose money the provider refused to give back."""
    return await queries.late_payments_kept(scope)


async def given_back(scope: Scope, done: Sequence[tuple[Refund, Payment]]) -> None:
    """Book money that the provider has given back."""
    if not done:
        return
    journals = [
        NewJournal(
            id=new_id(),
            journal=payment_unallocated(
                one.currency,
                payment.party_id,
                subtract(ZERO, one.back),
                BANK if payment.on_bank else PSP_CLEARING,
            ),
            reference=f"late_capture_back:{one.id}",
            source_id=one.source_id,
        )
        for one, payment in done
    ]
    await ledger.post_new(scope, journals)
    for _, payment in done:
        await queries.store_state(scope, payment.id, PaymentState.GIVEN_BACK)
    await publish(scope, [payment_news("payment.given_back", payment) for _, payment in done])


async def _give_back(scope: Scope, payment: Payment) -> None:
    """Ask the provider, by a job after commit, to give all of it back."""
    asked = Refund(
        id=new_id(),
        payment_id=payment.id,
        source_id=payment.source_id,
        total_id=None,
        currency=payment.currency,
        gross=payment.amount,
        fee=ZERO,
        fee_tax_key=None,
        fee_tax_rate=None,
        reason=REASON,
        state=RefundState.REQUESTED,
        provider_reference=None,
        failure_code=None,
        attempts=0,
        created_at=scope.now,
        ended_at=None,
    )
    await refund_queries.insert_refund(scope, asked)
    refunded = [{"id": payment.id, "refunded": payment.amount}]
    await queries.store_refunded(scope, json_rows(refunded))
    await defer(scope, "payments.refund")
