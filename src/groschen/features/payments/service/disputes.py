"""Disputes: the customer's bank takes money back, and decides later whose it is."""

from decimal import Decimal
from uuid import UUID

from groschen.core.money import ZERO, Money, subtract
from groschen.core.ports.payments import ProviderEvent
from groschen.features.payments.model import (
    PAYMENT,
    CallbackTooEarly,
    Dispute,
    DisputeState,
    Payment,
    PaymentState,
)
from groschen.features.payments.queries import disputes as dispute_queries
from groschen.features.payments.queries import payments as payment_queries
from groschen.features.shares import service as shares
from groschen.features.shares.model import Reversal, ReversalEvent
from groschen.kit.db import Scope
from groschen.kit.ids import encode_id, new_id
from groschen.kit.outbox import Event, publish
from groschen.kit.rows import json_rows


async def disputes_of_source(scope: Scope, source_id: UUID) -> list[Dispute]:
    """The disputes about the payments of one order, oldest first."""
    return await dispute_queries.disputes_of_source(scope, source_id)


async def open_dispute(scope: Scope, payment: Payment, event: ProviderEvent) -> None:
    """The customer's bank took money back: A9. Raises IllegalTransition."""
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
    """How much of the sale a dispute undoes: at most what was not given back before.

    A refund that is on its way counts as given back: the provider may have done it already.
    """
    left = subtract(payment.amount, payment.refunded)
    return min(left, dispute.amount)


async def take_the_rest(scope: Scope, payment: Payment, refused_id: UUID) -> None:
    """A refund was refused, so a dispute undoes what had been left for it.

    ``payment`` is as it is without the refund ``refused_id``. Nothing happens without a dispute
    that keeps the money.
    """
    dispute = await dispute_queries.lock_standing_dispute(scope, payment.id)
    if dispute is None:
        return
    undone = await shares.undone_by(scope, dispute.id)
    rest = subtract(_share_of_dispute(payment, dispute), undone)
    if rest > ZERO:
        reversal = Reversal(payment.source_id, None, rest, ReversalEvent.CHARGEBACK, dispute.id)
        await shares.extend_chargeback(scope, reversal, cause_id=refused_id)


async def win(scope: Scope, payment: Payment) -> None:
    """The bank decided for us: A10. Raises CallbackTooEarly when no dispute is open."""
    dispute = await _open_one(scope, payment)
    await dispute_queries.close_dispute(scope, dispute.id, DisputeState.WON)
    await payment_queries.store_state(scope, payment.id, PaymentState.CAPTURED)
    await _move(scope, payment, "chargeback_won", dispute)
    await shares.reinstate(
        scope, payment.source_id, dispute.id, Money(dispute.amount, dispute.currency)
    )
    await publish(scope, [_news("payment.dispute_won", payment, dispute)])


async def lose(scope: Scope, payment: Payment) -> None:
    """The bank decided for the customer; the money stays gone. Raises CallbackTooEarly."""
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
