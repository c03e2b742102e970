"""Refunding an order or one of its items, less the fee that its plan keeps."""

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from groschen.core.money import add_all, round_currency
from groschen.features.catalog import service as catalog
from groschen.features.orders import queries
from groschen.features.orders.model import (
    ItemNotFound,
    Order,
    OrderItem,
    OrderNotFound,
    OrderNotRefundable,
)
from groschen.features.payments import service as payments
from groschen.features.payments.model import Payment, PaymentState, Refund
from groschen.features.payments.service.refunds import KeptFee
from groschen.features.shares import service as shares
from groschen.kit.db import Scope


async def refund(
    scope: Scope,
    order_id: UUID,
    item_id: UUID | None,
    amount: Decimal | None,
    fee: Decimal | None,
    reason: str,
) -> Refund:
    """Ask for ``amount`` (gross) of an order, or of one item, to be undone.

    None as ``amount`` means all that is left of it, None as ``fee`` what the plans keep. The
    customer gets the amount less the fee. Raises OrderNotFound, ItemNotFound, OrderNotRefundable,
    and what payments refuse.
    """
    order, items = await _read(scope, order_id)
    wanted = _wanted(items, item_id)
    payment = await _paid_by(scope, order)
    total_id = await _total_of(scope, order, item_id)
    left = await payments.refundable(scope, payment.id, total_id)
    gross = left if amount is None else amount
    if gross <= 0 or gross != round_currency(gross, order.currency):
        raise OrderNotRefundable(
            f"{gross:f} {order.currency} cannot be refunded",
            field="amount",
            hint="nothing is left to refund" if left <= 0 else "give whole cents above zero",
        )
    kept = await _fee(scope, wanted, fee, order.currency)
    return await payments.refund(scope, payment.id, gross, kept, total_id=total_id, reason=reason)


async def _read(scope: Scope, order_id: UUID) -> tuple[Order, list[OrderItem]]:
    found = await queries.orders_by_id(scope, [order_id])
    if not found:
        raise OrderNotFound("there is no such order", field="order")
    return found[0], await queries.items_of_orders(scope, [order_id])


def _wanted(items: Sequence[OrderItem], item_id: UUID | None) -> list[OrderItem]:
    wanted = [item for item in items if item_id in (None, item.id)]
    if not wanted:
        raise ItemNotFound(
            "the order has no such item", field="item", hint="read the order to see its items"
        )
    return wanted


async def _paid_by(scope: Scope, order: Order) -> Payment:
    captured = [
        payment
        for payment in await payments.of_source(scope, order.id)
        if payment.state is PaymentState.CAPTURED
    ]
    if not captured:
        raise OrderNotRefundable(
            f"order {order.external_id} has no captured payment",
            field="order",
            hint="wait until it is paid; an unpaid order is cancelled by itself, a disputed "
            "payment is decided by the bank",
        )
    return captured[-1]


async def _total_of(scope: Scope, order: Order, item_id: UUID | None) -> UUID | None:
    if item_id is None:
        return None
    return (await shares.total_ids(scope, order.id))[item_id]


async def _fee(
    scope: Scope, wanted: Sequence[OrderItem], fee: Decimal | None, currency: str
) -> KeptFee | None:
    """The fee that is kept: the one asked for, else the sum of what the items' plans say."""
    offers = await catalog.offers_by_version(scope, {item.plan_version_id for item in wanted})
    terms = [offers[item.plan_version_id].terms.refund for item in wanted]
    allowed = [one for one in terms if one is not None]
    if len(allowed) < len(terms):
        raise OrderNotRefundable(
            "a plan of this order cannot be refunded",
            field="order",
            hint="publish a plan version with refund terms for future orders",
        )
    gross = add_all(one.fee.amount for one in allowed) if fee is None else fee
    if gross < 0 or gross != round_currency(gross, currency):
        raise OrderNotRefundable(
            f"a fee of {gross:f} {currency} cannot be kept",
            field="fee",
            hint="give whole cents, zero or more",
        )
    if not gross:
        return None
    rate = await catalog.tax_rate(scope, allowed[0].fee_tax_class, scope.today)
    return KeptFee(gross, rate.key, rate.rate)
