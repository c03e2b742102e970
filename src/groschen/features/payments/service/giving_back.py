"""Refunds on their way: taken by a job, booked (A7, A8) when the provider has done them."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from uuid import UUID

from groschen.core.errors import invariant
from groschen.core.ledger import credit_paid_out
from groschen.core.money import Money, subtract
from groschen.core.ports.payments import RefundResult
from groschen.core.ports.payments import RefundState as ProviderSays
from groschen.features.ledger import service as ledger
from groschen.features.ledger.model import NewJournal
from groschen.features.payments.model import (
    Payment,
    PaymentPurpose,
    PaymentState,
    Refund,
    RefundState,
)
from groschen.features.payments.queries import payments as payment_queries
from groschen.features.payments.queries import refunds as refund_queries
from groschen.features.payments.service import late
from groschen.features.payments.service.capture import (
    BATCH,
    LEASE_SECONDS,
    MOST_ATTEMPTS,
    retry_after,
)
from groschen.features.payments.service.news import refund_news
from groschen.features.shares import service as shares
from groschen.features.shares.model import KeptFee, RefundMade, Reversal, ReversalEvent
from groschen.kit.db import Scope
from groschen.kit.ids import new_id
from groschen.kit.outbox import publish
from groschen.kit.rows import json_rows


async def claim_refunds(scope: Scope, provider: str) -> list[tuple[Refund, Payment]]:
    """Take due refunds with their payments; a claim lapses when its owner dies."""
    claimed = await refund_queries.claim_refunds(scope, provider, BATCH, LEASE_SECONDS)
    found = await payment_queries.payments(scope, sorted({one.payment_id for one in claimed}))
    payments = {payment.id: payment for payment in found}
    return [(one, payments[one.payment_id]) for one in claimed]


async def settle_refunds(
    scope: Scope, claimed: Sequence[Refund], results: Sequence[RefundResult]
) -> None:
    """Store what the provider said of ``claimed``, in the same order; book what was refunded."""
    said = dict(zip((one.id for one in claimed), results, strict=True))
    locked = await payment_queries.lock_payments(scope, sorted({one.payment_id for one in claimed}))
    refunds = await refund_queries.lock_refunds(scope, list(said))
    waiting = [one for one in refunds if one.state is RefundState.REQUESTED]
    if not waiting:
        return
    states = {one.id: _state_after(one, said[one.id]) for one in waiting}
    rows = [_outcome_row(scope, one, said[one.id], states[one.id]) for one in waiting]
    await refund_queries.store_refund_outcomes(scope, json_rows(rows))
    payments = {payment.id: payment for payment in locked}
    done = [one for one in waiting if states[one.id] is RefundState.DONE]
    await _note_refunded(scope, done)
    unowed = [one for one in done if payments[one.payment_id].state is PaymentState.LATE]
    await late.given_back(scope, [(one, payments[one.payment_id]) for one in unowed])
    await _book(scope, payments, [one for one in done if one not in unowed])
    refused = [one for one in waiting if states[one.id] is RefundState.FAILED]
    await _give_up(scope, payments, refused)


async def _note_refunded(scope: Scope, done: Sequence[Refund]) -> None:
    if not done:
        return
    movements = [
        {
            "id": new_id(),
            "payment_id": one.payment_id,
            "kind": "refunded",
            "amount": one.back,
            "fee": 0,
            "source": str(one.id),
        }
        for one in done
    ]
    new = await payment_queries.insert_movements(scope, json_rows(movements))
    invariant(len(new) == len(done), "a refund was booked twice")


async def _book(scope: Scope, payments: Mapping[UUID, Payment], done: Sequence[Refund]) -> None:
    """Book refunds that the provider has done, and tell who listens.

    An order's undoes its sale (A7). An invoice's is owed to the customer by the credit note
    that whoever listens issues for it.
    """
    if not done:
        return
    of_orders = [one for one in done if payments[one.payment_id].purpose is PaymentPurpose.ORDER]
    of_invoices = [one for one in done if one not in of_orders]
    await shares.reverse_refunds(scope, [_made(one) for one in of_orders])
    await ledger.post_new(
        scope, [_paid_out(one, payments[one.payment_id].party_id) for one in of_invoices]
    )
    news = [refund_news("payment.refunded", one, payments[one.payment_id]) for one in done]
    await publish(scope, news)


def _paid_out(done: Refund, party_id: UUID) -> NewJournal:
    journal = credit_paid_out(done.currency, party_id, done.back)
    return NewJournal(new_id(), journal, f"refund:{done.id}", done.source_id)


def _made(done: Refund) -> RefundMade:
    return RefundMade(
        Reversal(done.source_id, done.total_id, done.gross, ReversalEvent.REFUND, done.id),
        Money(done.back, done.currency),
        _fee(done),
    )


def _fee(done: Refund) -> KeptFee | None:
    if done.fee_tax_key is None or done.fee_tax_rate is None:
        return None
    return KeptFee(done.fee, done.fee_tax_key, done.fee_tax_rate)


async def _give_up(
    scope: Scope, payments: Mapping[UUID, Payment], refused: Sequence[Refund]
) -> None:
    """What a refused refund would have undone can be refunded again."""
    if not refused:
        return
    refunded: dict[UUID, Decimal] = {}
    for one in refused:
        before = refunded.get(one.payment_id, payments[one.payment_id].refunded)
        refunded[one.payment_id] = subtract(before, one.gross)
    rows = [{"id": payment_id, "refunded": amount} for payment_id, amount in refunded.items()]
    await payment_queries.store_refunded(scope, json_rows(rows))
    news = [refund_news("payment.refund_failed", one, payments[one.payment_id]) for one in refused]
    await publish(scope, news)


def _state_after(one: Refund, result: RefundResult) -> RefundState:
    """A refusal that may pass is tried again, but not for ever; what is in doubt is read back."""
    match result.state:
        case ProviderSays.REFUNDED:
            return RefundState.DONE
        case ProviderSays.FAILED:
            is_final = result.failure is None or result.failure.is_final
            is_tired = one.attempts >= MOST_ATTEMPTS
            return RefundState.FAILED if is_final or is_tired else RefundState.REQUESTED
        case ProviderSays.PENDING | ProviderSays.UNKNOWN:
            return RefundState.REQUESTED


def _outcome_row(
    scope: Scope, one: Refund, result: RefundResult, state: RefundState
) -> dict[str, object]:
    waits = state is RefundState.REQUESTED
    return {
        "id": one.id,
        "state": state,
        "provider_reference": result.reference,
        "failure_code": result.failure.code if result.failure else None,
        "next_attempt_at": scope.real_now + retry_after(one.attempts) if waits else None,
        "ended_at": None if waits else scope.now,
    }
