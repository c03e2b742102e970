"""Wrong input: each is refused with its own code, and nothing is half done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from groschen.simulation.faults import SimulationFault
from groschen.simulation.operations.buying import draft
from groschen.simulation.operations.registry import operation

if TYPE_CHECKING:
    from groschen.simulation.operations.registry import Turn

REFUSED: Final = frozenset({400, 404, 409, 422})
WRONG_LINES: Final[tuple[tuple[dict[str, Any], str], ...]] = (
    ({"plan": "merchandise", "quantity": "0"}, ""),
    ({"plan": "merchandise", "quantity": "-1"}, ""),
    ({"plan": "merchandise", "quantity": "1.0000000000001"}, ""),
    ({"plan": "merchandise", "quantity": 1}, ""),
    ({"plan": "merchandise", "quantity": "10000000000000000"}, ""),
    ({"plan": "nothing"}, "plan_unknown"),
)


@operation(weight=3)
async def wrong_line(turn: Turn) -> None:
    """A line that cannot be bought."""
    line, code = turn.chance.pick(WRONG_LINES)
    body = draft(turn.chance, turn.business)
    body["lines"].append(line)
    await _refused(turn, "/v1/orders", body, code)


@operation(weight=3)
async def wrong_order(turn: Turn) -> None:
    """An order that cannot be placed."""
    business, chance = turn.business, turn.chance
    offer = next(one for one in business.offers.values() if one.agreement is not None)
    changes: list[tuple[dict[str, Any], str]] = [
        ({"account": "nobody"}, "customer_account_unknown"),
        ({"payment": {"provider": "nobody", "method": "tok_visa"}}, "provider_unknown"),
        ({"lines": []}, "lines_missing"),
        ({"lines": [{"plan": offer.plan}]}, ""),
        ({"lines": [{"plan": offer.plan, "route": "NOWHERE"}]}, "route_unknown"),
        ({"lines": "many"}, ""),
        ({"surprise": True}, ""),
    ]
    change, code = chance.pick(changes)
    await _refused(turn, "/v1/orders", draft(chance, business) | change, code)


@operation(weight=1)
async def no_key(turn: Turn) -> None:
    """An order needs an idempotency key, and the key of somebody."""
    owner = turn.business.owner
    await owner.send("POST", "/v1/orders", content=b"{}", expect={400})
    headers = {"authorization": "Bearer gk_test_nobody"}
    await owner.send("GET", "/v1/orders", headers=headers, expect={401})
    await owner.send("GET", "/v1/orders/ext:no-such-order", expect={404})


async def _refused(turn: Turn, path: str, body: object, code: str) -> None:
    answer = await turn.business.owner.post(path, body, expect=REFUSED)
    if code and answer.code != code:
        raise SimulationFault(f"{body} was refused with {answer.code} instead of {code}")
