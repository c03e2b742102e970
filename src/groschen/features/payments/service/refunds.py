"""Giving money back: asked for, done by a job, booked (A7, A8) when the provider has done it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from uuid import UUID

from groschen.core.errors import invariant
from groschen.core.money import Money, add, add_all, subtract
from groschen.core.ports.payments import RefundResult
from groschen.core.ports.payments import RefundState as ProviderSays
from groschen.features.payments.model import (
    Payment,
    PaymentNotFound,
    PaymentNotRefundable,
    PaymentState,
    Refund,
    RefundState,
    RefundTooLarge,
)
from groschen.features.payments.queries import payments as payment_queries
from groschen.features.payments.queries import refunds as refund_queries
from groschen.features.payments.service import capture, disputes
from groschen.features.shares import service as shares
from groschen.features.shares.model import Reversal, ReversalEvent
from groschen.kit.db import Scope
from groschen.kit.ids import encode_id, new_id
from groschen.kit.jobs import defer
from groschen.kit.outbox import Event, publish
from groschen.kit.rows import json_rows


@dataclass(frozen=True, slots=True)
class KeptFee:
    """What the seller keeps of a refund: ``gross``, with the VAT of ``tax_rate`` (0.19) inside."""

    gross: Decimal
    tax_key: str
    tax_rate: Decimal


async def refund(
    scope: Scope,
    payment_id: UUID,
    gross: Decimal,
    fee: KeptFee | None,
    *,
    total_id: UUID | None,
    reason: str,
) -> Refund:
    """Ask for ``gross`` of the sale to be undone; the customer gets it back less ``fee``.

    ``total_id`` names the order line it concerns, None means all of them. Raises
    PaymentNotRefundable, RefundTooLarge.
    """
    payment = await _lock(scope, payment_id)
    _check(payment, gross, await _left(scope, payment, total_id))
    kept = fee.gross if fee else Decimal(0)
    if kept > gross:
        raise RefundTooLarge(
            "the fee is larger than what is undone",
            field="fee",
            hint="lower the fee or undo more of the order",
        )
    asked = Refund(
        id=new_id(),
        payment_id=payment.id,
        source_id=payment.source_id,
        total_id=total_id,
        currency=payment.currency,
        gross=gross,
        fee=kept,
        fee_tax_key=fee.tax_key if fee else None,
        fee_tax_rate=fee.tax_rate if fee else None,
        reason=reason,
        state=RefundState.REQUESTED,
        provider_reference=None,
        failure_code=None,
        attempts=0,
        created_at=scope.now,
    )
    await refund_queries.insert_refund(scope, asked)
    await payment_queries.store_refunded(scope, payment.id, add(payment.refunded, gross))
    await defer(scope, "payments.refund")
    await publish(scope, [_news("payment.refund_requested", asked)])
    return asked


async def refunds_of_source(scope: Scope, source_id: UUID) -> list[Refund]:
    """The refunds of one order, oldest first."""
    return await refund_queries.refunds_of_source(scope, source_id)


async def claim_refunds(scope: Scope, provider: str) -> list[tuple[Refund, Payment]]:
    """Take due refunds with their payments; a claim lapses when its owner dies."""
    claimed = await refund_queries.claim_refunds(
        scope, provider, capture.BATCH, capture.LEASE_SECONDS
    )
    found = await payment_queries.payments(scope, sorted({one.payment_id for one in claimed}))
    payments = {payment.id: payment for payment in found}
    return [(one, payments[one.payment_id]) for one in claimed]


async def settle_refunds(
    scope: Scope, claimed: Sequence[Refund], results: Sequence[RefundResult]
) -> None:
    """Store what the provider said of ``claimed``, in the same order; book what was refunded."""
    said = dict(zip((one.id for one in claimed), results, strict=True))
    locked_payments = await payment_queries.lock_payments(
        scope, sorted({one.payment_id for one in claimed})
    )
    payments = {payment.id: payment for payment in locked_payments}
    locked = await refund_queries.lock_refunds(scope, list(said))
    waiting = [one for one in locked if one.state is RefundState.REQUESTED]
    await refund_queries.store_refund_outcome(
        scope, json_rows([_outcome_row(scope, one, said[one.id]) for one in waiting])
    )
    for one in waiting:
        result = said[one.id]
        if result.state is ProviderSays.REFUNDED:
            await book_refund(scope, one)
        elif _is_refused(result):
            payments[one.payment_id] = await _give_up(scope, payments[one.payment_id], one)


async def book_refund(scope: Scope, done: Refund) -> None:
    """Book a refund the provider has done: A7, and A8 for commission that was billed before."""
    back = subtract(done.gross, done.fee)
    movement = {
        "id": new_id(),
        "payment_id": done.payment_id,
        "kind": "refunded",
        "amount": back,
        "fee": 0,
        "source": str(done.id),
    }
    new = await payment_queries.insert_movements(scope, json_rows([movement]))
    invariant(bool(new), "a refund was booked twice")
    reversal = Reversal(done.source_id, done.total_id, done.gross, ReversalEvent.REFUND, done.id)
    await shares.reverse_refund(scope, reversal, fee=_fee(done))
    await publish(scope, [_news("payment.refunded", done)])


def _fee(done: Refund) -> tuple[Money, str, Decimal] | None:
    if done.fee_tax_key is None or done.fee_tax_rate is None:
        return None
    return Money(done.fee, done.currency), done.fee_tax_key, done.fee_tax_rate


async def _give_up(scope: Scope, payment: Payment, refused: Refund) -> Payment:
    """Count the refund out of its payment; answers the payment as it is now."""
    after = replace(payment, refunded=subtract(payment.refunded, refused.gross))
    await payment_queries.store_refunded(scope, after.id, after.refunded)
    await disputes.take_the_rest(scope, after, refused.id)
    await publish(scope, [_news("payment.refund_failed", refused)])
    return after


async def _lock(scope: Scope, payment_id: UUID) -> Payment:
    locked = await payment_queries.lock_payments(scope, [payment_id])
    if not locked:
        raise PaymentNotFound("there is no such payment", field="payment_id")
    return locked[0]


async def refundable(scope: Scope, payment_id: UUID, total_id: UUID | None) -> Decimal:
    """How much gross of a payment, or of one order line, can still be refunded."""
    payment = await _lock(scope, payment_id)
    return await _left(scope, payment, total_id)


async def _left(scope: Scope, payment: Payment, total_id: UUID | None) -> Decimal:
    """What is left when everything asked for so far is done.

    A refund of the whole order and one of a line cannot be on their way together: what the
    first takes from the line is only known when it is booked.
    """
    asked = [
        one
        for one in await refund_queries.refunds_of_source(scope, payment.source_id)
        if one.state is RefundState.REQUESTED
    ]
    if any((one.total_id is None) != (total_id is None) for one in asked):
        raise PaymentNotRefundable(
            "another refund of this order is on its way",
            field="payment",
            hint="wait until it is done, then ask again",
        )
    left = subtract(payment.amount, payment.refunded)
    if total_id is None:
        return left
    of_line = await shares.left_of_total(scope, payment.source_id, total_id)
    on_its_way = add_all(one.gross for one in asked if one.total_id == total_id)
    return min(left, subtract(of_line, on_its_way))


def _check(payment: Payment, gross: Decimal, left: Decimal) -> None:
    if payment.state is not PaymentState.CAPTURED:
        raise PaymentNotRefundable(
            f"the payment is {payment.state}",
            field="payment",
            hint="only captured money can be refunded; a disputed payment is decided by the bank",
        )
    if gross > left:
        raise RefundTooLarge(
            f"{left:f} {payment.currency} can still be refunded",
            field="amount",
            hint="refund at most what was paid and not given back yet",
            left=left,
        )


def _is_refused(result: RefundResult) -> bool:
    final = result.failure is None or result.failure.is_final
    return result.state is ProviderSays.FAILED and final


def _outcome_row(scope: Scope, one: Refund, result: RefundResult) -> dict[str, object]:
    if result.state is ProviderSays.REFUNDED:
        state = RefundState.DONE
    elif _is_refused(result):
        state = RefundState.FAILED
    else:
        state = RefundState.REQUESTED
    waits = state is RefundState.REQUESTED
    return {
        "id": one.id,
        "state": state,
        "provider_reference": result.reference,
        "failure_code": result.failure.code if result.failure else None,
        "next_attempt_at": scope.real_now + capture.retry_after(one.attempts) if waits else None,
    }


def _news(kind: str, one: Refund) -> Event:
    data = {
        "order": encode_id("ord", one.source_id),
        "refund": encode_id("rfd", one.id),
        "gross": one.gross,
    }
    return Event(kind, one.payment_id, data)
