"""Requesting payments, and what their outcome does: A2, the release of the shares (A3), news."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from groschen.core.errors import invariant
from groschen.core.ledger import payment_received
from groschen.core.money import subtract
from groschen.core.ports.payments import ChargeResult, ChargeState
from groschen.features.ledger import service as ledger
from groschen.features.ledger.model import NewJournal
from groschen.features.payments.model import (
    CallbackContradicts,
    Payment,
    PaymentNotFound,
    PaymentPurpose,
    PaymentRequest,
    PaymentState,
)
from groschen.features.payments.queries import payments as queries
from groschen.features.payments.service import late, top_ups
from groschen.features.payments.service.news import payment_news
from groschen.features.payments.service.top_ups import money_account
from groschen.features.receivables import service as receivables
from groschen.features.receivables.model import Allocation, AllocationKind, OpenItem
from groschen.features.shares import service as shares
from groschen.features.shares.model import Release
from groschen.kit.db import Scope
from groschen.kit.http import Slice
from groschen.kit.ids import new_id
from groschen.kit.jobs import defer
from groschen.kit.outbox import publish
from groschen.kit.rows import json_rows

LEASE_SECONDS = 30
BATCH = 1_000
FIRST_RETRY_SECONDS = 5
LAST_RETRY_SECONDS = 3_600
MOST_ATTEMPTS = 12
PENDING_CHECK = timedelta(hours=1)


async def request(scope: Scope, requests: Sequence[PaymentRequest]) -> None:
    """Ask for payments; the provider is called after commit, by a job."""
    if requests:
        await queries.insert_payments(scope, json_rows(requests))
        await defer(scope, "payments.capture")


async def claim_payments(scope: Scope, provider: str) -> list[Payment]:
    """Take up to BATCH due payments; a claim lapses by itself when its owner dies."""
    return await queries.claim_payments(scope, provider, BATCH, LEASE_SECONDS)


async def payment(scope: Scope, payment_id: UUID) -> Payment:
    """Read one payment; a customer sees its own, a partner none. Raises PaymentNotFound."""
    found = await queries.payments(scope, [payment_id])
    if not found or scope.actor.party_id not in (None, found[0].party_id):
        raise PaymentNotFound(
            "there is no such payment",
            field="payment_id",
            hint="list the payments with GET /v1/payments",
        )
    return found[0]


async def of_source(scope: Scope, source_id: UUID) -> list[Payment]:
    """The payments of one order, oldest first."""
    return await queries.payments_of_source(scope, source_id)


async def page(scope: Scope, asked: Slice, account_id: UUID | None = None) -> list[Payment]:
    """Payments, newest first, of one account if given; a customer's own, none for a partner."""
    return await queries.page_of_payments(scope, account_id, scope.actor.party_id, asked)


async def settle(scope: Scope, claimed: Sequence[Payment], results: Sequence[ChargeResult]) -> None:
    """Store what the provider said of ``claimed``, in the same order.

    Captured money is booked (A2), allocated, and releases the shares (A3); that of a top-up
    becomes credit (B1, B11); all in this transaction. A payment that a callback has settled
    meanwhile is left alone. Money that comes after the payment had failed goes back. Raises
    CallbackContradicts when the provider denies money that it had taken.
    """
    said = dict(zip((payment.id for payment in claimed), results, strict=True))
    locked = await queries.lock_payments(scope, list(said))
    for payment in locked:
        _check_agrees(payment, said[payment.id])
    failed_before = [payment for payment in locked if payment.state is PaymentState.FAILED]
    await late.take(scope, failed_before, said)
    waiting = [payment for payment in locked if payment.state is PaymentState.REQUESTED]
    if not waiting:
        return
    rows = [_outcome_row(scope, payment, said[payment.id]) for payment in waiting]
    await queries.store_outcomes(scope, json_rows(rows))
    state_of = {row["id"]: row["state"] for row in rows}
    captured = [one for one in waiting if state_of[one.id] is PaymentState.CAPTURED]
    failed = [one for one in waiting if state_of[one.id] is PaymentState.FAILED]
    await _note_captured(scope, captured)
    await top_ups.settle(scope, captured, failed, said)
    await _book_owed(
        scope,
        [one for one in captured if one.purpose is not PaymentPurpose.TOP_UP],
        said,
    )
    await publish(scope, [payment_news("payment.captured", one) for one in captured])
    await publish(scope, [payment_news("payment.failed", one) for one in failed])


def _check_agrees(payment: Payment, result: ChargeResult) -> None:
    """Refuse loudly that money was not taken for what is paid."""
    is_taken = payment.state not in (PaymentState.REQUESTED, PaymentState.FAILED)
    if is_taken and result.state is ChargeState.FAILED:
        raise CallbackContradicts(
            f"the payment is {payment.state}, now the provider says {result.state}",
            field="type",
            hint="look at the payment with the provider and settle it by hand",
            reference=result.reference,
        )


async def _note_captured(scope: Scope, captured: Sequence[Payment]) -> None:
    if not captured:
        return
    movements = [
        {
            "id": new_id(),
            "payment_id": payment.id,
            "kind": "captured",
            "amount": payment.amount,
            "fee": 0,
            "source": "capture",
        }
        for payment in captured
    ]
    new = await queries.insert_movements(scope, json_rows(movements))
    invariant(len(new) == len(captured), "a payment was captured twice")


async def _book_owed(
    scope: Scope, captured: Sequence[Payment], said: Mapping[UUID, ChargeResult]
) -> None:
    """Book what was paid of what was owed; what invoices were paid, invoices set against them."""
    if not captured:
        return
    orders = [one for one in captured if one.purpose is PaymentPurpose.ORDER]
    items = await receivables.allocate(
        scope,
        [Allocation(_open_item(one), one.id, AllocationKind.PAYMENT, one.amount) for one in orders],
    )
    await ledger.post_new(scope, [_received(one, said[one.id]) for one in captured])
    await shares.release(scope, [_release(one, items) for one in orders])


def _open_item(payment: Payment) -> UUID:
    invariant(payment.open_item_id is not None, "a payment of what is owed names no open item")
    return payment.open_item_id or payment.source_id


def _received(payment: Payment, result: ChargeResult) -> NewJournal:
    account = money_account(result)
    return NewJournal(
        id=new_id(),
        journal=payment_received(payment.currency, payment.party_id, payment.amount, account),
        reference=f"capture:{payment.id}",
        source_id=payment.source_id,
    )


def _release(payment: Payment, items: Mapping[UUID, OpenItem]) -> Release:
    item = items[_open_item(payment)]
    paid = subtract(item.amount, item.open_amount)
    return Release(payment.source_id, paid, item.amount, payment.id)


def _outcome_row(scope: Scope, payment: Payment, result: ChargeResult) -> dict[str, object]:
    state = _state_after(payment, result)
    return {
        "id": payment.id,
        "state": state,
        "provider_reference": result.reference,
        "failure_code": result.failure.code if result.failure else None,
        "next_attempt_at": _next_attempt(scope.real_now, payment, result)
        if state is PaymentState.REQUESTED
        else None,
        "captured_at": scope.now if state is PaymentState.CAPTURED else None,
        "failed_at": scope.now if state is PaymentState.FAILED else None,
        "on_bank": result.on_bank and state is PaymentState.CAPTURED,
    }


def _state_after(payment: Payment, result: ChargeResult) -> PaymentState:
    match result.state:
        case ChargeState.CAPTURED:
            return PaymentState.CAPTURED
        case ChargeState.FAILED:
            is_final = result.failure is None or result.failure.is_final
            tired = payment.attempts >= MOST_ATTEMPTS
            return PaymentState.FAILED if is_final or tired else PaymentState.REQUESTED
        case ChargeState.PENDING | ChargeState.UNKNOWN | ChargeState.AUTHORISED:
            return PaymentState.REQUESTED


def _next_attempt(real_now: datetime, payment: Payment, result: ChargeResult) -> datetime:
    if result.state is ChargeState.PENDING:
        return real_now + PENDING_CHECK
    return real_now + retry_after(payment.attempts)


def retry_after(attempts: int) -> timedelta:
    """How long to wait after the n-th attempt: 5 s, doubled each time, at most an hour."""
    seconds = FIRST_RETRY_SECONDS * 2 ** min(attempts - 1, 20)
    return timedelta(seconds=min(seconds, LAST_RETRY_SECONDS))
