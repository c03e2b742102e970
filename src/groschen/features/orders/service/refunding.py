"""Refunding an order or one of its items, less the fee that its plan keeps."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from groschen.core.currencies import currency_digits
from groschen.core.money import ZERO, add_all, round_currency, subtract
from groschen.features.catalog import service as catalog
from groschen.features.catalog.terms import RefundTerms
from groschen.features.delivery.model import ReasonMissing
from groschen.features.orders import queries
from groschen.features.orders.model import ItemNotFound, Order, OrderItem, OrderNotRefundable
from groschen.features.payments import service as payments
from groschen.features.payments.model import Payment, PaymentState, Refund, RefundState
from groschen.features.shares import service as shares
from groschen.features.shares.model import KeptFee
from groschen.kit.actor import PermissionMissing
from groschen.kit.db import Scope


@dataclass(frozen=True, slots=True)
class FeeTerms:
    """What the plans keep: of the items that are refunded, and of the whole order."""

    of_wanted: Sequence[RefundTerms]
    of_order: Sequence[RefundTerms]


async def refund(
    scope: Scope,
    order: Order,
    item_id: UUID | None,
    amount: Decimal | None,
    fee: Decimal | None,
    reason: str,
) -> Refund:
    """Ask for ``amount`` (gross) of an order, or of one item, to be undone.

    None as ``amount`` means all whole cents that are left of it, None as ``fee`` what the plans
    keep and no earlier refund has kept. The customer gets the amount less the fee. Raises
    PermissionMissing for a customer or partner, ReasonMissing, ItemNotFound, OrderNotRefundable,
    and what payments refuse.
    """
    if scope.actor.party_id is not None:
        raise PermissionMissing(
            "money is given back by the seller", hint="ask the seller for a refund"
        )
    if not reason:
        raise ReasonMissing("money is given back for a reason", field="reason", hint="say why")
    terms = await _fee_terms(scope, order, item_id)
    payment = await _paid_by(scope, order)
    total_id = None if item_id is None else (await shares.total_ids(scope, order.id))[item_id]
    left = await payments.refundable(scope, payment.id, total_id)
    wanted = _whole_cents(left, order.currency) if amount is None else amount
    gross = _whole(wanted, left, order.currency)
    kept = await _fee(scope, order, total_id, terms, fee)
    return await payments.refund(scope, payment.id, gross, kept, total_id=total_id, reason=reason)


async def _fee_terms(scope: Scope, order: Order, item_id: UUID | None) -> FeeTerms:
    items = await queries.items_of_orders(scope, [order.id])
    wanted = _wanted(items, item_id)
    offers = await catalog.offers_by_version(scope, {item.plan_version_id for item in items})
    terms = {item.id: offers[item.plan_version_id].terms.refund for item in items}
    for item in wanted:
        if terms[item.id] is None:
            raise OrderNotRefundable(
                f"the plan of line {item.position} allows no refund",
                field="order" if item_id is None else "item_id",
                hint="refund other lines one by one; publish a plan version with refund terms for "
                "future orders",
            )
    return FeeTerms(
        of_wanted=[one for item in wanted if (one := terms[item.id]) is not None],
        of_order=[one for one in terms.values() if one is not None],
    )


def _wanted(items: Sequence[OrderItem], item_id: UUID | None) -> list[OrderItem]:
    wanted = [item for item in items if item_id in (None, item.id)]
    if not wanted:
        raise ItemNotFound(
            "the order has no such item", field="item_id", hint="read the order to see its items"
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


def _whole_cents(left: Decimal, currency: str) -> Decimal:
    """What of ``left`` can be paid; a refund of the whole order leaves fractions to its lines."""
    rounded = round_currency(left, currency)
    coin = Decimal(1).scaleb(-currency_digits(currency))
    return rounded if rounded <= left else subtract(rounded, coin)


def _whole(gross: Decimal, left: Decimal, currency: str) -> Decimal:
    """``gross`` if it can be given back: above zero, in currency digits."""
    if gross <= 0 or gross != round_currency(gross, currency):
        raise OrderNotRefundable(
            f"{gross:f} {currency} cannot be refunded",
            field="amount",
            hint="nothing is left to refund" if left <= 0 else "give whole cents above zero",
        )
    return gross


async def _fee(
    scope: Scope, order: Order, total_id: UUID | None, terms: FeeTerms, fee: Decimal | None
) -> KeptFee | None:
    """The fee that is kept: the one asked for, else what the plans say and was not kept before."""
    gross = await _left_of_fee(scope, order, total_id, terms) if fee is None else fee
    if gross < 0 or gross != round_currency(gross, order.currency):
        raise OrderNotRefundable(
            f"a fee of {gross:f} {order.currency} cannot be kept",
            field="fee",
            hint="give whole cents, zero or more",
        )
    if not gross:
        return None
    with_fee = [one for one in terms.of_wanted if one.fee.amount] or terms.of_wanted
    tax_classes = {one.fee_tax_class for one in with_fee}
    if len(tax_classes) > 1:
        raise OrderNotRefundable(
            "the fees of the lines are taxed differently",
            field="order",
            hint="refund the lines one by one",
        )
    rate = await catalog.tax_rate(scope, tax_classes.pop(), scope.today)
    return KeptFee(gross, rate.key, rate.rate)


async def _left_of_fee(
    scope: Scope, order: Order, total_id: UUID | None, terms: FeeTerms
) -> Decimal:
    """What refunds of this order, or of one of its lines, have not kept yet of the plans' fees."""
    kept = [
        one
        for one in await payments.refunds_of_source(scope, order.id)
        if one.state is not RefundState.FAILED
    ]
    left = _less(terms.of_order, kept)
    if total_id is not None:
        left = min(left, _less(terms.of_wanted, [one for one in kept if one.total_id == total_id]))
    return max(left, ZERO)


def _less(terms: Sequence[RefundTerms], kept: Sequence[Refund]) -> Decimal:
    return subtract(add_all(one.fee.amount for one in terms), add_all(one.fee for one in kept))
