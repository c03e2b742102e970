"""Refunding an order or one of its items, less the fee that its plan keeps."""

from decimal import Decimal
from uuid import UUID

from groschen.core.money import Money, add_all, round_currency, subtract
from groschen.features.catalog import service as catalog
from groschen.features.orders import queries
from groschen.features.orders.model import (
    ItemState,
    Order,
    OrderItem,
    OrderNotFound,
    OrderNotRefundable,
)
from groschen.features.payments import service as payments
from groschen.features.payments.model import PaymentState, Refund
from groschen.features.payments.service.refunds import KeptFee
from groschen.features.shares import service as shares
from groschen.kit.db import Scope

FEE_TAX_CLASS = "standard"


async def refund(
    scope: Scope,
    order_id: UUID,
    item_id: UUID | None,
    amount: Decimal | None,
    fee: Decimal | None,
    reason: str,
) -> Refund:
    """Ask for ``amount`` (gross) of an order, or of one item, to be undone.

    None as ``amount`` means all that is left, None as ``fee`` what the plan says. The customer
    gets the amount less the fee. Raises OrderNotFound, OrderNotRefundable, and what payments
    refuse.
    """
    order, items = await _read(scope, order_id)
    wanted = _wanted(items, item_id)
    paid = [
        payment
        for payment in await payments.of_source(scope, order_id)
        if payment.state is PaymentState.CAPTURED
    ]
    if not paid:
        raise OrderNotRefundable(
            f"order {order.external_id} has no captured payment",
            field="order",
            hint="wait until it is paid; an unpaid order is cancelled by itself",
        )
    payment = paid[-1]
    gross = amount
    if gross is None:
        gross = await _left(scope, order, wanted, subtract(payment.amount, payment.refunded))
    if gross <= 0 or gross != round_currency(gross, order.currency):
        raise OrderNotRefundable(
            f"{gross:f} {order.currency} cannot be refunded",
            field="amount",
            hint="nothing is left of the order" if gross <= 0 else "give whole cents above zero",
        )
    total_id = await _total_of(scope, order, item_id)
    kept = await _fee(scope, wanted, fee, order.currency)
    return await payments.refund(
        scope, payment.id, gross, kept, total_id=total_id, reason=reason
    )
