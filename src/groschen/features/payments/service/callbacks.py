"""What a provider tells us by itself: late captures, disputes and their end, returns, payouts."""

from hashlib import sha256

from groschen.core.errors import InvariantBroken
from groschen.core.money import CurrencyMismatch
from groschen.core.ports.payments import ChargeResult, ChargeState, ProviderEvent, ProviderEventKind
from groschen.features.payments.model import (
    CallbackContradicts,
    CallbackReused,
    CallbackTooEarly,
    Payment,
)
from groschen.features.payments.queries import disputes as dispute_queries
from groschen.features.payments.queries import payments as payment_queries
from groschen.features.payments.queries import refunds as refund_queries
from groschen.features.payments.service import capture, disputes
from groschen.kit.db import Scope
from groschen.kit.jobs import defer


async def receive_callback(
    scope: Scope, provider: str, event: ProviderEvent, raw_body: bytes
) -> bool:
    """Do what a verified callback says, once; answers False for a repetition.

    The same event id with another body raises CallbackReused; an event that comes before the
    one it builds on raises CallbackTooEarly, so that the provider sends it again; one that says
    the opposite of what was said before raises CallbackContradicts.
    """
    if not await _note(scope, provider, event, sha256(raw_body).hexdigest()):
        return False
    match event.kind:
        case ProviderEventKind.PAYOUT:
            await defer(scope, "payments.book_payouts")
        case ProviderEventKind.REFUNDED:
            await _look_at_refund(scope, provider, event)
        case _:
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


async def _look_at_refund(scope: Scope, provider: str, event: ProviderEvent) -> None:
    """A refund has ended: make it due, so that the job reads back how."""
    if not await refund_queries.make_refund_due(scope, provider, event.reference):
        raise _too_early(f"no refund is known as {event.reference} yet")
    await defer(scope, "payments.refund")


async def _payment_of(scope: Scope, provider: str, event: ProviderEvent) -> Payment:
    payment_id = await payment_queries.payment_id_by_reference(scope, provider, event.reference)
    if payment_id is None:
        raise _too_early(f"no payment is known as {event.reference} yet")
    payment = (await payment_queries.lock_payments(scope, [payment_id]))[0]
    for name, said in (("amount", event.amount), ("fee", event.fee)):
        if said.currency != payment.currency:
            raise CurrencyMismatch(
                f"the {name} is in {said.currency}, the payment in {payment.currency}",
                field=f"{name}.currency",
                hint=f"give the {name} in {payment.currency}",
            )
    return payment


def _too_early(detail: str) -> CallbackTooEarly:
    return CallbackTooEarly(detail, field="reference", hint="send the event again later")


async def _about_payment(scope: Scope, payment: Payment, event: ProviderEvent) -> None:
    match event.kind:
        case ProviderEventKind.CAPTURED | ProviderEventKind.FAILED:
            await capture.settle(scope, [payment], [_as_result(payment, event)])
        case ProviderEventKind.DISPUTE_OPENED:
            await disputes.open_dispute(scope, payment, event)
        case ProviderEventKind.DISPUTE_WON:
            await disputes.win(scope, payment)
        case ProviderEventKind.DISPUTE_LOST:
            await disputes.lose(scope, payment)
        case ProviderEventKind.RETURNED:
            await disputes.take_return(scope, payment, event)
        case ProviderEventKind.REFUNDED | ProviderEventKind.PAYOUT:
            raise InvariantBroken("refunds and payouts name no payment")


def _as_result(payment: Payment, event: ProviderEvent) -> ChargeResult:
    if event.kind is ProviderEventKind.FAILED:
        return ChargeResult(str(payment.id), ChargeState.FAILED, event.reference, event.failure)
    if event.amount.amount != payment.amount:
        raise CallbackContradicts(
            f"{event.amount} were captured, {payment.amount:f} {payment.currency} were asked for",
            field="amount",
            hint="capture a payment as a whole",
        )
    return ChargeResult(str(payment.id), ChargeState.CAPTURED, event.reference)
