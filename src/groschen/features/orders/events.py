"""What orders hear of payments and delivery, in the transaction that publishes it."""

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from groschen.core.errors import invariant
from groschen.core.money import ZERO, add
from groschen.features.orders import queries
from groschen.features.orders.service import progress
from groschen.kit.db import Scope
from groschen.kit.ids import decode_id
from groschen.kit.outbox import Event, listens


@listens("payment.captured")
async def paid(scope: Scope, events: Sequence[Event]) -> None:
    """Paid orders are in progress."""
    paid_orders = _amounts(_of_orders(events), "amount")
    if paid_orders:
        await progress.begin(scope, paid_orders)


@listens("payment.failed")
async def not_paid(scope: Scope, events: Sequence[Event]) -> None:
    """An order that cannot be paid is cancelled."""
    unpaid = {_order_id(event): event.object_id for event in _of_orders(events)}
    if unpaid:
        await progress.cancel(scope, unpaid)


@listens("payment.refunded")
async def refunded(scope: Scope, events: Sequence[Event]) -> None:
    """What was refunded is counted on the order."""
    given_back = _amounts(_of_orders(events), "gross")
    if given_back:
        await progress.count_refunds(scope, given_back)


@listens("delivery_task.done")
@listens("delivery_task.skipped")
async def delivered(scope: Scope, events: Sequence[Event]) -> None:
    """A step is over; it may have been the last of its item, and the item the last of its order."""
    order_ids = sorted({_order_id(event) for event in events})
    await queries.lock_orders(scope, order_ids)
    await progress.settle_delivery(scope, order_ids)


def _of_orders(events: Sequence[Event]) -> list[Event]:
    """The events about payments of orders; others pay invoices or credit."""
    return [event for event in events if "order" in event.data]


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
