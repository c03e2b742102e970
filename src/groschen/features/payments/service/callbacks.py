"""What a provider tells us by itself: late captures, disputes and their end, returns, payouts."""

from decimal import Decimal
from hashlib import sha256
from uuid import UUID

from groschen.core.errors import GroschenError, InvariantBroken, Kind
from groschen.core.money import Money, subtract
from groschen.core.ports.payments import ChargeResult, ChargeState, ProviderEvent, ProviderEventKind
from groschen.features.payments.model import (
    PAYMENT,
    CallbackReused,
    Dispute,
    DisputeState,
    Payment,
    PaymentState,
)
from groschen.features.payments.queries import disputes as dispute_queries
from groschen.features.payments.queries import payments as payment_queries
from groschen.features.payments.queries import refunds as refund_queries
from groschen.features.payments.service import capture
from groschen.features.shares import service as shares
from groschen.features.shares.model import Reversal, ReversalEvent
from groschen.kit.db import Scope
from groschen.kit.ids import encode_id, new_id
from groschen.kit.jobs import defer
from groschen.kit.outbox import Event, publish
from groschen.kit.rows import json_rows


class CallbackTooEarly(GroschenError):
    """The callback speaks of something that we have not been told of yet; it must come again."""

    code = "callback_too_early"
    kind = Kind.BUSY


async def receive_callback(
    scope: Scope, provider: str, event: ProviderEvent, raw_body: bytes
) -> bool:
    """Do what a verified callback says, once; answers False for a repetition.

    The same event id with another body raises CallbackReused; an event that comes before the
    one it builds on raises CallbackTooEarly, so that the provider sends it again.
    """
    if not await _note(scope, provider, event, sha256(raw_body).hexdigest()):
        return False
    if event.kind is ProviderEventKind.PAYOUT:
        await defer(scope, "payments.book_payouts")
        return True
    if event.kind is ProviderEventKind.REFUNDED:
        await _look_at_refund(scope, event)
        return True
    await _about_payment(scope, await _payment_of(scope, provider, event), event)
    return True


async def _note(scope: Scope, provider: str, event: ProviderEvent, body_hash: str) -> bool:
    """Remember the event; answers False for a repetition. Raises CallbackReused."""
    if await dispute_queries.note_provider_event(scope, provider, event.id, event.kind, body_hash):
        return True
    if await dispute_queries.noted_body_hash(scope, provider, event.id) != body_hash:
        raise CallbackReused(
            f"event {event.id} came before with another body",
            field="id",
            hint="a new event needs an id of its own",
        )
    return False


async def disputes_of_source(scope: Scope, source_id: UUID) -> list[Dispute]:
    """The disputes about the payments of one order, oldest first."""
    return await dispute_queries.disputes_of_source(scope, source_id)


async def _look_at_refund(scope: Scope, event: ProviderEvent) -> None:
    """A refund has ended: make it due, so that the job reads back how."""
    if not await refund_queries.make_refund_due(scope, event.reference):
        raise CallbackTooEarly(
            f"no refund is known as {event.reference} yet",
            field="reference",
            hint="send the event again later",
        )
    await defer(scope, "payments.refund")


async def _payment_of(scope: Scope, provider: str, event: ProviderEvent) -> Payment:
    payment_id = await payment_queries.payment_id_by_reference(scope, provider, event.reference)
    if payment_id is None:
        raise CallbackTooEarly(
            f"no payment is known as {event.reference} yet",
            field="reference",
            hint="send the event again later",
        )
    return (await payment_queries.lock_payments(scope, [payment_id]))[0]


async def _about_payment(scope: Scope, payment: Payment, event: ProviderEvent) -> None:
    match event.kind:
        case ProviderEventKind.CAPTURED | ProviderEventKind.FAILED:
            await capture.settle(scope, [payment], [_as_result(payment, event)])
        case ProviderEventKind.DISPUTE_OPENED:
            await _open_dispute(scope, payment, event)
        case ProviderEventKind.DISPUTE_WON:
            await _win(scope, payment)
        case ProviderEventKind.DISPUTE_LOST:
            await _lose(scope, payment)
        case ProviderEventKind.RETURNED:
            await _open_dispute(scope, payment, event)
            disputed = (await payment_queries.lock_payments(scope, [payment.id]))[0]
            await _lose(scope, disputed)
        case ProviderEventKind.REFUNDED | ProviderEventKind.PAYOUT:
            raise InvariantBroken("refunds and payouts name no payment")


def _as_result(payment: Payment, event: ProviderEvent) -> ChargeResult:
    captured = event.kind is ProviderEventKind.CAPTURED
    state = ChargeState.CAPTURED if captured else ChargeState.FAILED
    return ChargeResult(str(payment.id), state, event.reference, event.failure)


async def _open_dispute(scope: Scope, payment: Payment, event: ProviderEvent) -> None:
    PAYMENT.check(payment.state, PaymentState.DISPUTED)
    dispute = Dispute(
        id=new_id(),
        payment_id=payment.id,
        provider_reference=event.id,
        currency=payment.currency,
        amount=event.amount.amount,
        fee=event.fee.amount,
        state=DisputeState.OPEN,
        opened_on=scope.today,
        closed_on=None,
    )
    await dispute_queries.insert_dispute(scope, dispute)
    await payment_queries.store_state(scope, payment.id, PaymentState.DISPUTED)
    await _move(scope, payment, "charged_back", dispute)
    reversal = Reversal(
        payment.source_id,
        None,
        _share_of_dispute(payment, dispute),
        ReversalEvent.CHARGEBACK,
        dispute.id,
    )
    await shares.reverse_chargeback(
        scope,
        reversal,
        taken=Money(dispute.amount, dispute.currency),
        fee=Money(dispute.fee, dispute.currency),
    )
    await publish(scope, [_news("payment.disputed", payment, dispute)])


def _share_of_dispute(payment: Payment, dispute: Dispute) -> Decimal:
    """How much of the sale a dispute undoes: at most what was not given back before."""
    left = subtract(payment.amount, payment.refunded)
    return min(left, dispute.amount)


async def _win(scope: Scope, payment: Payment) -> None:
    dispute = await _open_one(scope, payment)
    await dispute_queries.close_dispute(scope, dispute.id, DisputeState.WON)
    await payment_queries.store_state(scope, payment.id, PaymentState.CAPTURED)
    await _move(scope, payment, "chargeback_won", dispute)
    await shares.reinstate(
        scope, payment.source_id, dispute.id, Money(dispute.amount, dispute.currency)
    )
    await publish(scope, [_news("payment.dispute_won", payment, dispute)])


async def _lose(scope: Scope, payment: Payment) -> None:
    dispute = await _open_one(scope, payment)
    await dispute_queries.close_dispute(scope, dispute.id, DisputeState.LOST)
    await payment_queries.store_state(scope, payment.id, PaymentState.LOST)
    await publish(scope, [_news("payment.dispute_lost", payment, dispute)])


async def _open_one(scope: Scope, payment: Payment) -> Dispute:
    dispute = await dispute_queries.lock_open_dispute(scope, payment.id)
    if dispute is None:
        raise CallbackTooEarly(
            "no dispute about this payment is open",
            field="reference",
            hint="send the event again after the one that opens the dispute",
        )
    return dispute


async def _move(scope: Scope, payment: Payment, kind: str, dispute: Dispute) -> None:
    movement = {
        "id": new_id(),
        "payment_id": payment.id,
        "kind": kind,
        "amount": dispute.amount,
        "fee": dispute.fee if kind == "charged_back" else 0,
        "source": str(dispute.id),
    }
    await payment_queries.insert_movements(scope, json_rows([movement]))


def _news(kind: str, payment: Payment, dispute: Dispute) -> Event:
    data = {
        "order": encode_id("ord", payment.source_id),
        "dispute": encode_id("dsp", dispute.id),
        "amount": dispute.amount,
    }
    return Event(kind, payment.id, data)
