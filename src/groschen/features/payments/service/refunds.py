"""Asking for money to go back: checked and noted at once, done by a job after commit."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from uuid import UUID

from groschen.core.money import ZERO, add, add_all, subtract
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
from groschen.features.payments.service.news import refund_news
from groschen.features.shares import service as shares
from groschen.features.shares.model import KeptFee
from groschen.kit.db import Scope
from groschen.kit.ids import new_id
from groschen.kit.jobs import defer
from groschen.kit.outbox import publish
from groschen.kit.rows import json_rows


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
    PaymentNotFound, PaymentNotRefundable, RefundTooLarge.
    """
    payment = await _lock(scope, payment_id)
    _check(payment, gross, fee, await _left(scope, payment, total_id))
    asked = _asked(scope, payment, payment.source_id, gross, reason)
    if fee is not None:
        asked = replace(asked, fee=fee.gross, fee_tax_key=fee.tax_key, fee_tax_rate=fee.tax_rate)
    return await _ask(scope, payment, replace(asked, total_id=total_id))


async def lock_captured(scope: Scope, payment_ids: Sequence[UUID]) -> list[Payment]:
    """Those of the payments whose money is there, in id order, locked until the commit."""
    locked = await payment_queries.lock_payments(scope, sorted(payment_ids))
    return [one for one in locked if one.state is PaymentState.CAPTURED]


async def refund_invoice(
    scope: Scope, payment: Payment, invoice_id: UUID, gross: Decimal, reason: str
) -> Refund:
    """Ask for ``gross`` of a captured payment to go back for an invoice.

    ``payment`` is locked, and the caller knows that it paid as much of the invoice. Whoever
    hears ``payment.refunded`` undoes the sale. Raises RefundTooLarge.
    """
    left = subtract(payment.amount, payment.refunded)
    if gross > left:
        raise too_large(left, payment.currency)
    return await _ask(scope, payment, _asked(scope, payment, invoice_id, gross, reason))


async def refunds_of_source(scope: Scope, source_id: UUID) -> list[Refund]:
    """The refunds of one order or invoice, oldest first."""
    return await refund_queries.refunds_of_source(scope, source_id)


async def find_refund(scope: Scope, refund_id: UUID) -> Refund:
    """A refund that exists."""
    return (await refund_queries.lock_refunds(scope, [refund_id]))[0]


def too_large(left: Decimal, currency: str) -> RefundTooLarge:
    """More was asked back than the ``left`` that can be given."""
    return RefundTooLarge(
        f"{left:f} {currency} can still be refunded",
        field="amount",
        hint="refund at most what was paid and not given back yet",
        left=left,
        currency=currency,
    )


def _asked(scope: Scope, payment: Payment, source_id: UUID, gross: Decimal, reason: str) -> Refund:
    return Refund(
        id=new_id(),
        payment_id=payment.id,
        source_id=source_id,
        total_id=None,
        currency=payment.currency,
        gross=gross,
        fee=ZERO,
        fee_tax_key=None,
        fee_tax_rate=None,
        reason=reason,
        state=RefundState.REQUESTED,
        provider_reference=None,
        failure_code=None,
        attempts=0,
        created_at=scope.now,
        ended_at=None,
    )


async def _ask(scope: Scope, payment: Payment, asked: Refund) -> Refund:
    """Note a refund; the provider is called after commit, by a job."""
    await refund_queries.insert_refund(scope, asked)
    refunded = [{"id": payment.id, "refunded": add(payment.refunded, asked.gross)}]
    await payment_queries.store_refunded(scope, json_rows(refunded))
    await defer(scope, "payments.refund")
    await publish(scope, [refund_news("payment.refund_requested", asked, payment)])
    return asked


async def refundable(scope: Scope, payment_id: UUID, total_id: UUID | None) -> Decimal:
    """How much gross of a payment, or of one order line, can still be refunded.

    Locks the payment. Raises PaymentNotFound, PaymentNotRefundable.
    """
    payment = await _lock(scope, payment_id)
    return await _left(scope, payment, total_id)


async def _lock(scope: Scope, payment_id: UUID) -> Payment:
    locked = await payment_queries.lock_payments(scope, [payment_id])
    if not locked:
        raise PaymentNotFound(
            "there is no such payment",
            field="payment_id",
            hint="list the payments with GET /v1/payments",
        )
    return locked[0]


async def _left(scope: Scope, payment: Payment, total_id: UUID | None) -> Decimal:
    """What is left of the sale, or of one line, when all refunds on their way are done.

    A refund of the whole order and one of a line cannot be on their way together: what the
    first takes from the line is only known when it is booked.
    """
    on_its_way = [
        one
        for one in await refund_queries.refunds_of_source(scope, payment.source_id)
        if one.state is RefundState.REQUESTED
    ]
    if any((one.total_id is None) != (total_id is None) for one in on_its_way):
        raise PaymentNotRefundable(
            "another refund of this order is on its way",
            field="order",
            hint="wait until it is done, then ask again",
        )
    left = await shares.left(scope, payment.source_id, total_id)
    return subtract(left, add_all(one.gross for one in on_its_way if one.total_id == total_id))


def _check(payment: Payment, gross: Decimal, fee: KeptFee | None, left: Decimal) -> None:
    if payment.state is not PaymentState.CAPTURED:
        raise PaymentNotRefundable(
            f"the payment is {payment.state}",
            field="order",
            hint="only captured money can be refunded; a disputed payment is decided by the bank",
        )
    if gross > left:
        raise too_large(left, payment.currency)
    if fee is not None and fee.gross > gross:
        raise RefundTooLarge(
            f"a fee of {fee.gross:f} {payment.currency} is more than the {gross:f} to be refunded",
            field="fee",
            hint='give a smaller fee, such as "0.00", or refund more of the order',
        )
