"""Filling the view of one order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from uuid import UUID

from groschen.core.money import Money
from groschen.features.catalog import service as catalog
from groschen.features.catalog.model import Offer
from groschen.features.orders import service as orders
from groschen.features.orders.model import OrderItem
from groschen.features.orders.service.euro import Columns, EuroRow, RowKind, WhereItWent
from groschen.features.orders.service.reading import OrderDetail
from groschen.features.parties import service as parties
from groschen.features.payments.model import Payment, PaymentState
from groschen.features.shares.standing_model import Parts
from groschen.kit.db import Scope
from groschen.kit.ids import encode_id
from groschen.web.addresses import order_path, partner_path, run_path, statement_path, task_path
from groschen.web.console import order as order_page
from groschen.web.console.routes.flow import flow_of
from groschen.web.console.routes.timeline import order_steps
from groschen.web.ui.parts import Link
from groschen.web.values import local, local_or_none
from groschen.web.words import words_of_factors


async def order_view(
    scope: Scope, detail: OrderDetail, *, is_refunded: bool
) -> order_page.OrderView:
    """Read and put together everything the order page shows."""
    order = detail.order
    money = await orders.money(scope, order)
    went = await orders.where_it_went(scope, detail, money)
    offers = await catalog.offers_by_version(scope, {one.plan_version_id for one in detail.items})
    partners = {row.standing.beneficiary_id for row in went.rows if row.standing}
    names = await parties.labels(scope, partners | {order.party_id})
    first = offers[detail.items[0].plan_version_id]
    customer = names[order.party_id]
    return order_page.OrderView(
        number=order.external_id,
        public_id=encode_id("ord", order.id),
        state=order.state,
        created_at=local(scope, order.placed_at),
        customer=customer,
        total=Money(order.gross, order.currency),
        plan=first.plan_name,
        plan_version=first.version,
        rule_hash=first.hash,
        items=await _items(scope, detail, offers),
        payments=_payments(scope, detail),
        deliveries=_deliveries(scope, detail),
        tickets=_tickets(detail, offers),
        steps=order_steps(scope, detail, money),
        flow=flow_of(went, names, customer, first.product_name),
        euro=tuple(_euro_row(row, names, order.currency) for row in went.rows),
        totals=_totals(went),
        seller_costs=_costs(went),
        trail=_trail(went, names),
        refund_at=_refund_at(scope, detail),
        is_refunded=is_refunded,
    )


async def _items(
    scope: Scope, detail: OrderDetail, offers: Mapping[UUID, Offer]
) -> tuple[order_page.ItemRow, ...]:
    rows: list[order_page.ItemRow] = []
    for item in detail.items:
        offer = offers[item.plan_version_id]
        rate = await catalog.tax_rate(scope, offer.tax_class, item.service_on)
        rows.append(_item(item, offer, rate.rate, detail.order.currency))
    return tuple(rows)


def _item(item: OrderItem, offer: Offer, rate: Decimal, currency: str) -> order_page.ItemRow:
    return order_page.ItemRow(
        product=offer.product_name,
        detail=_route(item),
        quantity=item.quantity,
        net=Money(item.net, currency),
        tax=Money(item.tax, currency),
        total=Money(item.gross, currency),
        tax_rate=rate,
        state=item.state,
    )


def _route(item: OrderItem) -> str | None:
    route = item.attributes.get("route")
    return None if route is None else str(route)


def _payments(scope: Scope, detail: OrderDetail) -> tuple[order_page.PaymentRow, ...]:
    provider = {one.id: one.provider for one in detail.payments}
    payments = [
        order_page.PaymentRow(
            "payment",
            one.provider,
            one.provider_reference,
            one.state,
            Money(one.amount, one.currency),
            local_or_none(scope, one.captured_at),
            _give_back_at(scope, one),
        )
        for one in detail.payments
    ]
    refunds = [
        order_page.PaymentRow(
            "refund",
            provider[one.payment_id],
            one.reason,
            one.state,
            Money(one.gross, one.currency),
            local(scope, one.created_at),
        )
        for one in detail.refunds
    ]
    disputes = [
        order_page.PaymentRow(
            "dispute",
            provider[one.payment_id],
            None,
            one.state,
            Money(one.amount, one.currency),
            None,
        )
        for one in detail.disputes
    ]
    return (*payments, *refunds, *disputes)


def _give_back_at(scope: Scope, payment: Payment) -> str | None:
    is_kept = payment.state is PaymentState.LATE and not payment.refunded
    if not is_kept or not scope.actor.may("payments:write"):
        return None
    return f"{order_path(payment.source_id)}/payments/{encode_id('pay', payment.id)}/give_back"


def _deliveries(scope: Scope, detail: OrderDetail) -> tuple[order_page.DeliveryRow, ...]:
    return tuple(
        order_page.DeliveryRow(
            name=task.step,
            adapter=task.adapter,
            state=task.state,
            at=local_or_none(scope, task.done_at),
            task=task_path(task.id) if scope.actor.may("delivery:read") else None,
        )
        for task in detail.tasks
    )


def _tickets(detail: OrderDetail, offers: Mapping[UUID, Offer]) -> tuple[order_page.TicketRow, ...]:
    items = {item.id: item for item in detail.items}
    rows: list[order_page.TicketRow] = []
    for task in detail.tasks:
        if task.result is None or "ticket" not in task.result or task.done_at is None:
            continue
        item = items[task.item_id]
        address = f"{order_path(detail.order.id)}/tickets/{encode_id('tsk', task.id)}"
        product = offers[item.plan_version_id].product_name
        rows.append(order_page.TicketRow(product, _route(item), f"{address}.svg", f"{address}.txt"))
    return tuple(rows)


def _euro_row(row: EuroRow, names: Mapping[UUID, str], currency: str) -> order_page.EuroRow:
    amounts = _amounts(row.parts, currency)
    one = row.standing
    if row.kind is not RowKind.PARTNER or one is None:
        return order_page.EuroRow(row.kind, amounts)
    changed = one.booked.share != one.holds.share
    return order_page.EuroRow(
        row.kind,
        amounts,
        recipient=Link(names[one.beneficiary_id], partner_path(one.beneficiary_id)),
        rule=words_of_factors(one.factors, currency),
        state=one.state,
        booked=Money(one.booked.share, currency) if changed else None,
    )


def _amounts(parts: Parts, currency: str) -> order_page.EuroAmounts:
    return order_page.EuroAmounts(
        Money(parts.share, currency),
        Money(parts.commission, currency),
        Money(parts.vat, currency),
        Money(parts.net, currency),
    )


def _totals(went: WhereItWent) -> order_page.EuroTotals:
    currency = went.order.currency
    return order_page.EuroTotals(_amounts(went.sums, currency), _columns(went.rounding, currency))


def _columns(columns: Columns, currency: str) -> order_page.EuroAmounts:
    return order_page.EuroAmounts(
        Money(columns.share, currency),
        Money(columns.commission, currency),
        Money(columns.vat, currency),
        Money(columns.net, currency),
    )


def _costs(went: WhereItWent) -> tuple[order_page.SellerCost, ...]:
    if not went.chargeback_fees:
        return ()
    fee = Money(went.chargeback_fees, went.order.currency)
    return (order_page.SellerCost("chargeback_fee", fee),)


def _trail(went: WhereItWent, names: Mapping[UUID, str]) -> tuple[order_page.TrailRow, ...]:
    currency = went.order.currency
    return tuple(
        order_page.TrailRow(
            recipient=names[step.beneficiary_id],
            net=Money(step.parts.net, currency),
            statement=Link(step.statement.number, statement_path(step.statement.id)),
            payout=None if step.statement.run_id is None else run_path(step.statement.run_id),
            end_to_end_id=step.statement.end_to_end_id,
            payout_state=step.statement.payout_state,
            booked_on=step.statement.booked_on,
        )
        for step in went.trail
    )


def _refund_at(scope: Scope, detail: OrderDetail) -> str | None:
    """The refund form, for who may use it while something is left to give back."""
    paid: Sequence[object] = [
        one
        for one in detail.payments
        if one.state is PaymentState.CAPTURED and one.refunded < one.amount
    ]
    if not paid or not scope.actor.may("orders:write"):
        return None
    return f"{order_path(detail.order.id)}/refund"
