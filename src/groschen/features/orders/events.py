"""How an order goes on: paid, delivered, completed, or cancelled because it was never paid.

News of payments and delivery comes up through the outbox and is handled in the transaction that
publishes it, many events at once.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from uuid import UUID

from groschen.core.errors import invariant
from groschen.core.money import ZERO, add
from groschen.features.delivery import service as delivery
from groschen.features.orders import queries
from groschen.features.orders.model import ORDER, ItemState, Order, OrderState
from groschen.features.receivables import service as receivables
from groschen.features.receivables.model import Allocation, AllocationKind
from groschen.features.shares import service as shares
from groschen.features.shares.model import Reversal, ReversalEvent
from groschen.kit.db import Scope
from groschen.kit.ids import decode_id
from groschen.kit.outbox import Event, listens, publish
from groschen.kit.rows import json_rows

Step = Callable[[Order], Order]


@listens("payment.captured")
async def paid(scope: Scope, events: Sequence[Event]) -> None:
    """Paid orders are in progress; their delivery starts."""
    amounts = _amounts(events, "amount")
    orders = await _move(scope, amounts, lambda order: _paid(order, amounts[order.id]))
    items = await queries.items_of_orders(scope, [order.id for order in orders])
    await queries.move_items(scope, [item.id for item in items], ItemState.DELIVERING)
    order_ids = [order.id for order in orders]
    await delivery.start(scope, order_ids)
    await _settle_delivery(scope, order_ids)


@listens("payment.failed")
async def not_paid(scope: Scope, events: Sequence[Event]) -> None:
    """An order that cannot be paid is cancelled: the sale and its shares are undone."""
    failed = {_order_id(event): event.object_id for event in events}
    cancelled = await _move(scope, failed, lambda order: replace(order, state=OrderState.CANCELLED))
    for order in cancelled:
        await _cancel(scope, order, failed[order.id])
    items = await queries.items_of_orders(scope, [order.id for order in cancelled])
    await queries.move_items(scope, [item.id for item in items], ItemState.CANCELLED)
    await delivery.cancel(scope, [order.id for order in cancelled])
    await publish(scope, [_news("order.cancelled", order) for order in cancelled])


@listens("payment.refunded")
async def refunded(scope: Scope, events: Sequence[Event]) -> None:
    """What was refunded is counted on the order; its state stays as it is."""
    amounts = _amounts(events, "gross")
    orders = await _move(
        scope,
        amounts,
        lambda order: replace(order, returned=add(order.returned, amounts[order.id])),
    )
    await publish(scope, [_news("order.refunded", order) for order in orders])


@listens("delivery_task.done")
@listens("delivery_task.skipped")
async def delivered(scope: Scope, events: Sequence[Event]) -> None:
    """A step is over; it may have been the last of its item, and the item the last of its order."""
    order_ids = sorted({_order_id(event) for event in events})
    await queries.lock_orders(scope, order_ids)
    await _settle_delivery(scope, order_ids)


async def _settle_delivery(scope: Scope, order_ids: Sequence[UUID]) -> None:
    """Items with nothing left to deliver are delivered; orders of such items are completed."""
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
    await publish(scope, [_news("order.completed", order) for order in orders])


async def _move(scope: Scope, ids: Mapping[UUID, object] | set[UUID], step: Step) -> list[Order]:
    """Lock the orders, take each one step further, and store them; answers them as they are now."""
    before = await queries.lock_orders(scope, sorted(ids))
    invariant(len(before) == len(ids), "an event speaks of an order that does not exist")
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


def _paid(order: Order, amount: Decimal) -> Order:
    return replace(order, state=OrderState.IN_PROGRESS, paid=add(order.paid, amount))


async def _cancel(scope: Scope, order: Order, payment_id: UUID) -> None:
    items = await receivables.of_source(scope, order.id)
    await receivables.allocate(
        scope,
        [
            Allocation(item.id, payment_id, AllocationKind.CREDIT, item.open_amount)
            for item in items
        ],
    )
    reversal = Reversal(order.id, None, order.gross, ReversalEvent.CANCELLATION, payment_id)
    await shares.cancel_sales(scope, [reversal])


def _amounts(events: Sequence[Event], name: str) -> dict[UUID, Decimal]:
    """What the events say of each order, added up."""
    amounts: dict[UUID, Decimal] = defaultdict(lambda: ZERO)
    for event in events:
        amount = event.data[name]
        invariant(isinstance(amount, Decimal), f"an event carries no {name}")
        amounts[_order_id(event)] = add(amounts[_order_id(event)], Decimal(str(amount)))
    return dict(amounts)


def _order_id(event: Event) -> UUID:
    return decode_id("ord", str(event.data["order"]))


def _news(kind: str, order: Order) -> Event:
    data = {"external_id": order.external_id, "gross": order.gross, "state": order.state}
    return Event(kind, order.id, data)
