"""Everything that happened on an account, the newest first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from groschen.core.money import Money
from groschen.features.invoices.model import Invoice
from groschen.features.orders.model import Order, OrderState
from groschen.features.payments.model import Payment
from groschen.features.subscriptions.model import Subscription
from groschen.features.wallets.model import TopUp, TopUpKind, TopUpState, Wallet
from groschen.kit.db import Scope
from groschen.web.addresses import invoice_path, order_path, subscription_path, wallet_path
from groschen.web.ui.parts import Link, Step
from groschen.web.values import local

MOST_STEPS = 30


@dataclass(frozen=True, slots=True)
class Happenings:
    """The newest things of an account, of each kind newest first."""

    orders: Sequence[Order]
    subscriptions: Sequence[Subscription]
    payments: Sequence[Payment]
    wallets: Sequence[Wallet] = ()
    top_ups: Sequence[TopUp] = ()
    invoices: Sequence[Invoice] = ()


def account_steps(scope: Scope, happened: Happenings) -> tuple[Step, ...]:
    """What happened as the steps of a timeline; what is still to come is left out."""
    told = [
        *_orders(happened),
        *_subscriptions(happened),
        *_payments(happened),
        *_wallets(happened),
        *_invoices(happened),
    ]
    past = [(at, step) for at, step in told if at <= scope.now]
    newest = sorted(past, key=lambda one: one[0], reverse=True)[:MOST_STEPS]
    return tuple(
        Step(step.kind, local(scope, at), step.by, step.link, step.amount, step.failed)
        for at, step in newest
    )


def _orders(happened: Happenings) -> Iterator[tuple[datetime, Step]]:
    for order in happened.orders:
        link = Link(order.external_id, order_path(order.id))
        gross = Money(order.gross, order.currency)
        yield order.placed_at, Step("order_accepted", link=link, amount=gross)
        if order.state is OrderState.CANCELLED:
            yield order.updated_at, Step("order_cancelled", link=link, failed=True)


def _subscriptions(happened: Happenings) -> Iterator[tuple[datetime, Step]]:
    for one in happened.subscriptions:
        link = Link(one.external_id, subscription_path(one.id))
        yield one.starts_at, Step("subscription_started", link=link)
        if one.ends_at is not None:
            yield one.ends_at, Step("subscription_ended", link=link)


def _payments(happened: Happenings) -> Iterator[tuple[datetime, Step]]:
    for one in happened.payments:
        amount = Money(one.amount, one.currency)
        if one.captured_at is not None:
            yield one.captured_at, Step("payment_captured", amount=amount)
        if one.failed_at is not None:
            yield (
                one.failed_at,
                Step("payment_failed", by=one.failure_code, amount=amount, failed=True),
            )


def _wallets(happened: Happenings) -> Iterator[tuple[datetime, Step]]:
    links = {one.id: Link(one.external_id, wallet_path(one.id)) for one in happened.wallets}
    for wallet in happened.wallets:
        yield wallet.created_at, Step("wallet_opened", link=links[wallet.id])
    for one in happened.top_ups:
        link, amount = links[one.wallet_id], Money(one.amount, one.currency)
        if one.credited_at is not None:
            kind = "credit_granted" if one.kind is TopUpKind.GRANT else "top_up_credited"
            yield one.credited_at, Step(kind, link=link, amount=amount)
        elif one.state is TopUpState.FAILED:
            note = one.failure_code
            yield one.requested_at, Step("top_up_failed", None, note, link, amount, failed=True)


def _invoices(happened: Happenings) -> Iterator[tuple[datetime, Step]]:
    for one in happened.invoices:
        kind = "credit_note_issued" if one.is_credit_note else "invoice_issued"
        link = Link(one.number, invoice_path(one.id))
        yield one.issued_at, Step(kind, link=link, amount=Money(one.owed, one.currency))
