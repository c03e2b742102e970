"""The list of orders, one order, and its tickets."""

from __future__ import annotations

from typing import Annotated, Final
from uuid import UUID

from fastapi import Depends, Query, Request, Response

from groschen.core.money import Money
from groschen.features.delivery.model import Task, TaskState
from groschen.features.orders import service as orders
from groschen.features.orders.model import Order, OrderFilter, OrderState
from groschen.features.parties import service as parties
from groschen.kit.db import Scope
from groschen.kit.http import Pages, Reader, Slice
from groschen.kit.ids import encode_id
from groschen.web.addresses import order_path
from groschen.web.console import orders as list_page
from groschen.web.console.routes.order_view import order_view
from groschen.web.forms import see_other
from groschen.web.page import page
from groschen.web.ports import QR_CODES
from groschen.web.routing import Around, Audience, PageNotFound, PageRouter, path_id
from groschen.web.values import local, page_of_rows

pages: Final = PageRouter(Audience.CONSOLE)
OrderId = Annotated[UUID, Depends(path_id("ord", "order"))]
TaskId = Annotated[UUID, Depends(path_id("tsk", "task"))]
SVG: Final = "image/svg+xml"


@pages.page("/orders", permission="orders:read")
async def show_orders(
    request: Request,
    scope: Reader,
    asked: Pages,
    q: Annotated[str, Query(max_length=200)] = "",
    state: str = "",
) -> Response:
    """The list, narrowed by what is searched for; an order's id leads to it."""
    named = await orders.by_public_id(scope, q)
    if named is not None:
        return see_other(order_path(named.id))
    chosen = OrderState(state) if state in set(OrderState) else None
    found = await orders.page(scope, await orders.filter_by(scope, q, chosen), asked)
    shown, pager = page_of_rows(request, asked, found, lambda order: order.id)
    view = list_page.OrdersView(
        rows=await order_rows(scope, list(shown)),
        filter=list_page.OrderFilter(text=q, state=state if chosen else ""),
        pager=pager,
    )
    return page(request, list_page.TEMPLATE, view)


@pages.page("/orders/{order}", permission="orders:read")
async def show_order(
    request: Request, order: OrderId, scope: Reader, refunded: str | None = None
) -> Response:
    """One order, with everything that happened to it and to its money."""
    detail = await orders.detail(scope, await orders.find(scope, order, None))
    view = await order_view(scope, detail, is_refunded=refunded is not None)
    return page(request, list_page.ORDER_TEMPLATE, view)


@pages.page("/orders/{order}/tickets/{task}.svg", permission="delivery:read")
async def show_ticket_code(order: OrderId, task: TaskId, scope: Reader, around: Around) -> Response:
    """The QR code of a signed ticket."""
    text = await _ticket(scope, order, task)
    return Response(around.ports[QR_CODES](text), media_type=SVG)


@pages.page("/orders/{order}/tickets/{task}.txt", permission="delivery:read")
async def download_ticket(order: OrderId, task: TaskId, scope: Reader) -> Response:
    """The signed ticket as a text file, which ``groschen ticket verify`` checks."""
    text = await _ticket(scope, order, task)
    name = f"{encode_id('tsk', task)}.txt"
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(text, media_type="text/plain; charset=utf-8", headers=headers)


async def latest_orders(scope: Scope, count: int) -> tuple[list_page.OrderRow, ...]:
    """The newest orders."""
    found = await orders.page(scope, OrderFilter(), Slice(limit=count))
    return await order_rows(scope, found[:count])


async def order_rows(scope: Scope, found: list[Order]) -> tuple[list_page.OrderRow, ...]:
    """Orders as rows of a list, with the names of customers and products read at once."""
    products = await orders.products_of(scope, found)
    names = await parties.labels(scope, [order.party_id for order in found])
    return tuple(
        list_page.OrderRow(
            number=order.external_id,
            href=order_path(order.id),
            created_at=local(scope, order.placed_at),
            customer=names[order.party_id],
            products=products[order.id],
            state=order.state,
            total=Money(order.gross, order.currency),
        )
        for order in found
    )


async def _ticket(scope: Scope, order_id: UUID, task_id: UUID) -> str:
    order = await orders.find(scope, order_id, None)
    for task in (await orders.detail(scope, order)).tasks:
        if task.id == task_id and (text := ticket_of(task)) is not None:
            return text
    raise PageNotFound("there is no such ticket")


def ticket_of(task: Task) -> str | None:
    """The signed ticket that a task delivered, if it did."""
    if task.state is not TaskState.DONE or task.result is None:
        return None
    text = task.result.get("ticket")
    return None if text is None else str(text)
