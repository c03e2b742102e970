"""How orders go on: begun when paid, completed when delivered, cancelled when never paid.

Everything takes many orders at once and locks them in id order.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from uuid import UUID

from groschen.core.errors import invariant
from groschen.core.money import add
from groschen.features.delivery import service as delivery
from groschen.features.orders import queries
from groschen.features.orders.model import ORDER, ItemState, Order, OrderState
from groschen.features.receivables import service as receivables
from groschen.features.receivables.model import Allocation, AllocationKind
from groschen.features.shares import service as shares
from groschen.features.shares.model import Reversal, ReversalEvent
from groschen.kit.db import Scope
from groschen.kit.outbox import Event, publish
from groschen.kit.rows import json_rows

Step = Callable[[Order], Order]


async def begin(scope: Scope, paid: Mapping[UUID, Decimal]) -> None:
    """Orders of which ``paid`` (gross) came in are in progress; their delivery starts."""
    orders = await _move(scope, paid, lambda order: _begun(order, paid[order.id]))
    order_ids = [order.id for order in orders]
    items = await queries.items_of_orders(scope, order_ids)
    await queries.move_items(scope, [item.id for item in items], ItemState.DELIVERING)
    await delivery.start(scope, order_ids)
    await settle_delivery(scope, order_ids)


async def cancel(scope: Scope, unpaid: Mapping[UUID, UUID]) -> None:
    """Cancel orders that were never paid, each for its payment: sale and shares are undone."""
    orders = await _move(scope, unpaid, lambda order: replace(order, state=OrderState.CANCELLED))
    order_ids = [order.id for order in orders]
    open_items = await receivables.of_sources(scope, order_ids)
    await receivables.allocate(
        scope,
        [
            Allocation(item.id, unpaid[item.source_id], AllocationKind.CREDIT, item.open_amount)
            for item in open_items
        ],
    )
    await shares.cancel_sales(scope, [_cancelled(order, unpaid[order.id]) for order in orders])
    items = await queries.items_of_orders(scope, order_ids)
    await queries.move_items(scope, [item.id for item in items], ItemState.CANCELLED)
    await delivery.cancel(scope, order_ids)
    await publish(scope, [order_news("order.cancelled", order) for order in orders])


async def count_refunds(scope: Scope, refunded: Mapping[UUID, Decimal]) -> None:
    """Note what gross of orders was undone by refunds; their state stays as it is."""
    orders = await _move(
        scope,
        refunded,
        lambda order: replace(order, returned=add(order.returned, refunded[order.id])),
    )
    await publish(scope, [order_news("order.refunded", order) for order in orders])


async def settle_delivery(scope: Scope, order_ids: Sequence[UUID]) -> None:
    """Items with nothing left to deliver are delivered; orders of such items are completed.

    The caller holds the locks of the orders.
    """
    items = await queries.items_of_orders(scope, order_ids)
    undelivered = await delivery.open_items(scope, order_ids)
    done = {
        item.id
        for item in items
        if item.state is ItemState.DELIVERING and item.id not in undelivered
    }
    if not done:
        return
    await queries.move_items(scope, sorted(done), ItemState.DELIVERED)
    unfinished = {item.order_id for item in items if item.id in undelivered}
    finished = {item.order_id for item in items if item.id in done} - unfinished
    orders = await _move(scope, finished, lambda order: replace(order, state=OrderState.COMPLETED))
    await publish(scope, [order_news("order.completed", order) for order in orders])


def order_news(kind: str, order: Order) -> Event:
    """Something happened to an order."""
    data = {"external_id": order.external_id, "gross": order.gross, "state": order.state}
    return Event(kind, order.id, data)


async def _move(scope: Scope, ids: Collection[UUID], step: Step) -> list[Order]:
    """Lock the orders, take each one step further, and store them; answers them as they are now."""
    before = await queries.lock_orders(scope, sorted(ids))
    invariant(len(before) == len(ids), "news speaks of an order that does not exist")
    after = [step(order) for order in before]
    for old, new in zip(before, after, strict=True):
        if old.state is not new.state:
            ORDER.check(old.state, new.state)
    rows = [
        {"id": one.id, "state": one.state, "paid": one.paid, "returned": one.returned}
        for one in after
    ]
    if rows:
        await queries.store_progress(scope, json_rows(rows))
    return after


def _begun(order: Order, amount: Decimal) -> Order:
    return replace(order, state=OrderState.IN_PROGRESS, paid=add(order.paid, amount))


def _cancelled(order: Order, payment_id: UUID) -> Reversal:
    return Reversal(order.id, None, order.gross, ReversalEvent.CANCELLATION, payment_id)
