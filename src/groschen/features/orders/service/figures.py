"""Figures over many orders, and what lists say of each."""

from collections.abc import Sequence
from uuid import UUID

from groschen.core.period import Period
from groschen.features.catalog import service as catalog
from groschen.features.orders import queries
from groschen.features.orders.model import Order, OrderFilter, OrderState, Sold
from groschen.features.parties import service as parties
from groschen.kit.db import Scope
from groschen.kit.ids import InvalidId, decode_id


async def sold(scope: Scope, period: Period) -> list[Sold]:
    """What was sold in a period, by currency; nobody but the tenant itself sees it."""
    if scope.actor.party_id is not None:
        return []
    return await queries.sold(scope, period.start, period.end)


async def products_of(scope: Scope, orders: Sequence[Order]) -> dict[UUID, tuple[str, ...]]:
    """The names of the products of each order, in the order of its lines."""
    items = await queries.items_of_orders(scope, [order.id for order in orders])
    offers = await catalog.offers_by_version(scope, {item.plan_version_id for item in items})
    named: dict[UUID, dict[str, None]] = {order.id: {} for order in orders}
    for item in items:
        named[item.order_id][offers[item.plan_version_id].product_name] = None
    return {order_id: tuple(names) for order_id, names in named.items()}


async def filter_by(scope: Scope, text: str, state: OrderState | None) -> OrderFilter:
    """What a search for ``text`` means: an account's external id, or how a number begins."""
    wanted = text.strip()
    if not wanted:
        return OrderFilter(state)
    account = (await parties.accounts_by_external_id(scope, [wanted])).get(wanted)
    if account is not None:
        return OrderFilter(state, account_id=account.id)
    return OrderFilter(state, number=wanted)


async def by_public_id(scope: Scope, text: str) -> Order | None:
    """The order that ``text`` names by its public id, if it is one and there is one."""
    try:
        order_id = decode_id("ord", text.strip())
    except InvalidId:
        return None
    found = await queries.orders_by_id(scope, [order_id])
    return found[0] if found and scope.actor.party_id is None else None
