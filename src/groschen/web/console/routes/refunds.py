"""Refunding an order: ask, check what it would do, confirm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final
from uuid import UUID

from fastapi import Depends, Form, Request, Response

from groschen.core.errors import GroschenError
from groschen.core.money import Money, subtract
from groschen.features.catalog import service as catalog
from groschen.features.orders import service as orders
from groschen.features.orders.model import Order
from groschen.features.orders.service.reading import OrderDetail
from groschen.features.parties import service as parties
from groschen.features.payments import service as payments
from groschen.features.payments.model import Refund
from groschen.kit.db import Scope
from groschen.kit.http import Reader, Writer
from groschen.kit.ids import InvalidId, decode_id, encode_id
from groschen.web.addresses import order_path
from groschen.web.console import refund as refund_page
from groschen.web.fields import number_of
from groschen.web.forms import attempt, see_other, sent
from groschen.web.page import page
from groschen.web.routing import Around, Audience, Looking, PageRouter, path_id
from groschen.web.ui.parts import Choice
from groschen.web.ui.refusals import Refusal

pages: Final = PageRouter(Audience.CONSOLE)
OrderId = Annotated[UUID, Depends(path_id("ord", "order"))]
PaymentId = Annotated[UUID, Depends(path_id("pay", "payment"))]
Text = Annotated[str, Form(max_length=200)]
AT_FIELDS: Final = ("amount", "fee", "reason")


@dataclass(frozen=True, slots=True)
class _Asked:
    """The form as it was sent."""

    item: str = ""
    amount: str = ""
    fee: str = ""
    reason: str = ""


async def _asked(item: Text = "", amount: Text = "", fee: Text = "", reason: Text = "") -> _Asked:
    return _Asked(item.strip(), amount.strip(), fee.strip(), reason.strip())


Asked = Annotated[_Asked, Depends(_asked)]


@pages.form("/orders/{order}/payments/{payment}/give_back", permission="payments:write")
async def give_back(order: OrderId, payment: PaymentId, scope: Writer) -> Response:
    """Try again to give back money that came too late."""
    await payments.give_back(scope, payment)
    return see_other(order_path(order))


@pages.page("/orders/{order}/refund", permission="orders:write")
async def show_refund(request: Request, order: OrderId, scope: Reader) -> Response:
    """The form."""
    return await _answer(request, scope, order, _Asked())


@pages.command("/orders/{order}/refund/check", permission="orders:write")
async def check_refund(
    request: Request, order: OrderId, around: Around, visitor: Looking, asked: Asked
) -> Response:
    """Do everything, show what came of it, and undo it again."""
    async with around.database.scope(visitor.tenant.id, visitor.actor, dry_run=True) as scope:
        async with attempt(scope) as tried:
            made = await _refund(scope, order, asked)
            return await _answer(request, scope, order, asked, made=made)
        return await _answer(request, scope, order, asked, refusal=tried.refusal)


@pages.form("/orders/{order}/refund", permission="orders:write")
async def refund_order(request: Request, order: OrderId, scope: Writer, asked: Asked) -> Response:
    """Ask for the refund."""
    async with attempt(scope) as tried:
        await _refund(scope, order, asked)
        return see_other(f"{order_path(order)}?refunded=1")
    return await _answer(request, scope, order, asked, refusal=tried.refusal)


async def _refund(scope: Scope, order_id: UUID, asked: _Asked) -> Refund:
    order = await orders.find(scope, order_id, None)
    return await orders.refund(
        scope,
        order,
        _item(asked.item),
        number_of(asked.amount, "amount"),
        number_of(asked.fee, "fee"),
        asked.reason,
    )


def _item(text: str) -> UUID | None:
    try:
        return decode_id("itm", text) if text else None
    except InvalidId:
        return UUID(int=0)


async def _answer(
    request: Request,
    scope: Scope,
    order_id: UUID,
    asked: _Asked,
    *,
    made: Refund | None = None,
    refusal: GroschenError | None = None,
) -> Response:
    order = await orders.find(scope, order_id, None)
    detail = await orders.detail(scope, order)
    names = await parties.labels(scope, [order.party_id])
    at_a_field = refusal is not None and refusal.field in AT_FIELDS
    path = order_path(order_id)
    view = refund_page.RefundView(
        number=order.external_id,
        back_href=path,
        customer=names[order.party_id],
        paid=Money(order.paid, order.currency),
        returned=Money(order.returned, order.currency),
        items=await _items(scope, detail, asked.item),
        item=asked.item,
        amount=sent(asked.amount, refusal, "amount"),
        fee=sent(asked.fee, refusal, "fee"),
        reason=sent(asked.reason, refusal, "reason"),
        check_at=f"{path}/refund/check",
        refund_at=f"{path}/refund",
        preview=None if made is None else _preview(order, made),
        refusal=None if refusal is None or at_a_field else Refusal.of(refusal),
    )
    return page(request, refund_page.TEMPLATE, view, status=200 if refusal is None else 422)


def _preview(order: Order, made: Refund) -> refund_page.Preview:
    return refund_page.Preview(
        gross=Money(made.gross, order.currency),
        fee=Money(made.fee, order.currency),
        back=Money(subtract(made.gross, made.fee), order.currency),
    )


async def _items(scope: Scope, detail: OrderDetail, chosen: str) -> tuple[Choice, ...]:
    """All lines together, or one of them."""
    offers = await catalog.offers_by_version(scope, {one.plan_version_id for one in detail.items})
    lines = [
        Choice(
            encode_id("itm", item.id),
            f"{item.position}. {offers[item.plan_version_id].product_name}",
            encode_id("itm", item.id) == chosen,
        )
        for item in detail.items
    ]
    return (Choice("", "", not chosen), *lines)
