"""Readers: the feed of events, orders and their money, the trial balance."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final
from uuid import UUID

from groschen.kit.ids import encode_id
from groschen.simulation.faults import SimulationFault
from groschen.simulation.model.exact import ZERO, shown
from groschen.simulation.operations.registry import operation

if TYPE_CHECKING:
    from groschen.simulation.business import Business
    from groschen.simulation.model.sharing import Json
    from groschen.simulation.operations.registry import Turn

PAGE: Final = 200


@operation(weight=4, once=True)
async def feed(turn: Turn) -> None:
    """Pull the next events: no gap, no repetition, whatever is written meanwhile."""
    business = turn.business
    more = True
    while more:
        path = f"/v1/event_feed?after={business.feed_after}&limit={PAGE}"
        page = await business.owner.get(path)
        for event in page["data"]:
            business.feed_after += 1
            if event["sequence"] != business.feed_after:
                raise SimulationFault(
                    f"the feed of {business.name} jumps to {event['sequence']} where"
                    f" {business.feed_after} should come"
                )
            _check_order(business, event)
        more = page["more"]


def _check_order(business: Business, event: Json) -> None:
    """Nobody hears of an order's payment or delivery before the order itself."""
    order = event["data"].get("order")
    if event["type"] == "order.accepted":
        business.heard_of.add(encode_id("ord", UUID(event["object_id"])))
    elif order is not None and order not in business.heard_of:
        raise SimulationFault(f"the feed tells {event['type']} of {order} before the order")


@operation(weight=3)
async def read_order(turn: Turn) -> None:
    """Read an order by its external id, and where its money went."""
    business = turn.business
    if not business.bought:
        return
    bought = turn.chance.pick(list(business.bought.values()))
    found = await business.owner.get(f"/v1/orders/ext:{bought.external_id}")
    if found["order"]["id"] != bought.order_id:
        raise SimulationFault(f"the order {bought.external_id} has another id when it is read")
    await business.owner.get(f"/v1/orders/{bought.order_id}/money")


@operation(weight=2)
async def trial_balance(turn: Turn) -> None:
    """Debit is credit at any moment."""
    page = await turn.business.owner.get("/v1/ledger/trial_balance")
    rest = sum((Fraction(row["balance"]) for row in page["data"]), start=ZERO)
    if rest:
        raise SimulationFault(f"the trial balance of {turn.business.name} is {shown(rest)}")
