"""Refunds of whole orders, of items, of amounts; also such as must be refused."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from groschen.simulation.business import Asked
from groschen.simulation.model.exact import CENT
from groschen.simulation.operations.pricing import amount
from groschen.simulation.operations.registry import operation

if TYPE_CHECKING:
    from fractions import Fraction

    from groschen.simulation.business import Bought, Business
    from groschen.simulation.chance import Chance
    from groschen.simulation.model.sharing import Json
    from groschen.simulation.operations.registry import Turn

MAYBE: Final = frozenset({201, 409, 422})
REFUSED: Final = frozenset({409, 422})


@operation(weight=7)
async def refund(turn: Turn) -> None:
    """Give back an order, one of its lines, or some cents."""
    bought = _paid(turn)
    if bought is not None:
        await ask(turn.business, bought, _body(turn.chance, turn.business, bought))


@operation(weight=2)
async def refunds_crossed(turn: Turn) -> None:
    """Two refunds of one order race; together they never give back more than was paid."""
    bought = _paid(turn)
    if bought is not None:
        chances = [turn.chance.below(index) for index in range(2)]
        bodies = [_body(chance, turn.business, bought) for chance in chances]
        await asyncio.gather(*(ask(turn.business, bought, body) for body in bodies))


@operation(weight=1)
async def refund_too_much(turn: Turn) -> None:
    """More than was paid is refused."""
    bought = _paid(turn)
    if bought is not None:
        body = {"amount": in_cents(bought.gross + 1), "reason": "too much"}
        await turn.business.owner.post(_path(bought), body, expect=REFUSED)


@operation(weight=1)
async def refund_unpaid(turn: Turn) -> None:
    """Money that never came cannot be given back."""
    failed = turn.business.in_state("failed")
    if failed:
        body = {"reason": "never paid"}
        await turn.business.owner.post(_path(turn.chance.pick(failed)), body, expect={409})


async def ask(business: Business, bought: Bought, body: Json) -> bool:
    """Ask for a refund and remember it if it was taken on."""
    answer = await business.owner.post(_path(bought), body, expect=MAYBE)
    if answer.status != 201:
        return False
    said = answer.json
    business.refunds[said["id"]] = Asked(
        said["id"],
        bought.external_id,
        body.get("item_id"),
        amount(said["gross"]),
        amount(said["fee"]),
    )
    return True


def _paid(turn: Turn) -> Bought | None:
    """A paid order; recent ones more often, so that some are refunded before they are stated."""
    paid = turn.business.in_state("captured")
    if not paid:
        return None
    return turn.chance.pick(paid[-8:] if turn.chance.one_in(2) else paid)


def _body(chance: Chance, business: Business, bought: Bought) -> Json:
    body: Json = {"reason": "journey cancelled"}
    items = sorted(bought.sale.lines) if bought.sale else []
    if items and chance.one_in(3):
        body["item_id"] = chance.pick(items)
    if chance.one_in(2):
        cents = max(int(bought.gross / CENT), 1)
        body["amount"] = chance.decimal(1, chance.pick((cents, max(cents // 3, 1))), 2)
    if chance.one_in(2):
        body["fee"] = chance.pick(("0", "0.00", "0" if business.is_plain else "0.33"))
    return body


def in_cents(gross: Fraction) -> str:
    """Whole cents as the API wants them."""
    digits = f"{int(gross / CENT):03d}"
    return f"{digits[:-2]}.{digits[-2:]}"


def _path(bought: Bought) -> str:
    return f"/v1/orders/{bought.order_id}/refund"
