"""Reading orders: lists, one order with all that belongs to it, and where its money went.

Who sees what: the seller everything; a customer its own orders, but not how the house delivers or
shares them; a partner the orders it has a share in, of these what was sold and its own share.
"""

from dataclasses import dataclass
from uuid import UUID

from groschen.features.delivery import service as delivery
from groschen.features.delivery.model import Task, TaskState
from groschen.features.orders import queries
from groschen.features.orders.model import Order, OrderFilter, OrderItem, OrderNotFound
from groschen.features.payments import service as payments
from groschen.features.payments.model import Dispute, Payment, Refund
from groschen.features.settlements.model import PaidStatement
from groschen.features.settlements.service import tracing as settlements
from groschen.features.shares import service as shares
from groschen.features.shares.model import MovementKind, SaleTrace
from groschen.kit.db import Scope
from groschen.kit.http import Slice


@dataclass(frozen=True, slots=True)
class OrderDetail:
    """An order with its items, payments, refunds, disputes and delivery tasks."""

    order: Order
    items: tuple[OrderItem, ...]
    payments: tuple[Payment, ...] = ()
    refunds: tuple[Refund, ...] = ()
    disputes: tuple[Dispute, ...] = ()
    tasks: tuple[Task, ...] = ()


@dataclass(frozen=True, slots=True)
class MoneyTrace:
    """Where an order's money went: the shares, the statements and transfers that paid them."""

    order: Order
    shares: SaleTrace
    statements: tuple[PaidStatement, ...]


async def find(scope: Scope, order_id: UUID | None, external_id: str | None) -> Order:
    """Read one order by either id; raises OrderNotFound, also for one the actor may not see."""
    if order_id is None and external_id is not None:
        order_id = await queries.order_id_by_external_id(scope, external_id)
    found = await queries.orders_by_id(scope, [order_id]) if order_id else []
    if not found or not await _may_see(scope, found[0]):
        raise OrderNotFound(
            "there is no such order", field="order", hint="list the orders with GET /v1/orders"
        )
    return found[0]


async def page(scope: Scope, wanted: OrderFilter, asked: Slice) -> list[Order]:
    """Orders, newest first. A customer sees only its own, a partner those it bought itself."""
    return await queries.page_of_orders(scope, wanted, asked)


async def detail(scope: Scope, order: Order) -> OrderDetail:
    """Everything that belongs to an order and that the actor may see."""
    items = tuple(await queries.items_of_orders(scope, [order.id]))
    if not is_a_side(scope, order):
        return OrderDetail(order, items)
    return OrderDetail(
        order,
        items,
        tuple(await payments.of_source(scope, order.id)),
        tuple(await payments.refunds_of_source(scope, order.id)),
        tuple(await payments.disputes_of_source(scope, order.id)),
        tuple(await tasks(scope, order)),
    )


async def tasks(scope: Scope, order: Order) -> list[Task]:
    """How an order is delivered; only the seller sees it."""
    if scope.actor.party_id is not None:
        return []
    return await delivery.of_orders(scope, [order.id])


async def tickets(scope: Scope, order: Order) -> list[tuple[UUID, str]]:
    """The signed tickets of an order by item; for the seller and the customer."""
    if not is_a_side(scope, order):
        return []
    return [
        (task.item_id, str(task.result["ticket"]))
        for task in await delivery.of_orders(scope, [order.id])
        if task.state is TaskState.DONE and task.result is not None and "ticket" in task.result
    ]


async def money(scope: Scope, order: Order) -> MoneyTrace:
    """Follow the money of an order to the partners' bank lines; a partner sees its own."""
    trace = await shares.trace(scope, order.id)
    statement_ids = {one.source_id for one in trace.movements if one.kind is MovementKind.STATED}
    return MoneyTrace(order, trace, tuple(await settlements.paid_by(scope, statement_ids)))


def is_a_side(scope: Scope, order: Order) -> bool:
    """Whether the actor is the seller or the customer of an order."""
    return scope.actor.party_id in (None, order.party_id)


async def _may_see(scope: Scope, order: Order) -> bool:
    return is_a_side(scope, order) or bool((await shares.trace(scope, order.id)).lines)
