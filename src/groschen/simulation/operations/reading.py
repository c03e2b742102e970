"""Readers: the feed of events, orders and their money, the trial balance."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final

from groschen.simulation.faults import SimulationFault
from groschen.simulation.model.exact import ZERO, shown
from groschen.simulation.operations.registry import operation

if TYPE_CHECKING:
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
        more = page["more"]


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
