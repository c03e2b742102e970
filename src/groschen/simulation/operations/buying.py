"""Quotes and orders: single, many at once, twice, crossed."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import TYPE_CHECKING, Final

from groschen.kit.ids import new_id
from groschen.simulation.business import Bought
from groschen.simulation.faults import SimulationFault
from groschen.simulation.operations.pricing import check_quote, check_sold
from groschen.simulation.operations.registry import operation

if TYPE_CHECKING:
    from groschen.simulation.business import Business
    from groschen.simulation.chance import Chance
    from groschen.simulation.client import Answer
    from groschen.simulation.model.sharing import Json
    from groschen.simulation.operations.registry import Turn

METHODS: Final = {
    "tok_visa": 12,
    "sepa_works": 3,
    "sepa_returned": 2,
    "tok_timeout": 2,
    "tok_unavailable": 2,
    "tok_pending": 2,
    "tok_pending_declined": 1,
    "tok_declined": 2,
    "tok_insufficient": 1,
    "tok_nobody_knows": 1,
    "tok_refund_declined": 1,
    "tok_refund_pending": 2,
    "tok_refund_timeout": 2,
}
QUANTITIES: Final = {"1": 8, "2": 2, "3": 1, "1.5": 1, "7": 1}
CREATED: Final = frozenset({201})
MAYBE: Final = frozenset({201, 409, 422})
MOST_AT_ONCE: Final = 25


def lines(chance: Chance, business: Business, most: int = 4) -> list[Json]:
    """One to ``most`` lines of plans on sale."""
    drawn: list[Json] = []
    for _ in range(chance.whole(1, most)):
        offer = chance.pick(sorted(business.offers.values(), key=lambda one: one.plan))
        line: Json = {"plan": offer.plan, "quantity": chance.weighted(QUANTITIES)}
        routes = offer.routes(business.now)
        if routes:
            line["route"] = chance.pick(routes)
        drawn.append(line)
    return drawn


def draft(chance: Chance, business: Business) -> Json:
    """An order that can be placed."""
    return {
        "external_id": business.new_name("order"),
        "account": chance.pick(business.accounts),
        "lines": lines(chance, business),
        "payment": {"provider": "sandbox", "method": chance.weighted(METHODS)},
    }


@operation(weight=6)
async def quote(turn: Turn) -> None:
    """Ask for a price; the split must add up and be what the rules say."""
    asked = lines(turn.chance, turn.business)
    answer = await turn.business.owner.post("/v1/quotes", {"lines": asked}, expect=CREATED)
    quoted = answer.json
    check_quote(turn.business, asked, quoted)
    turn.business.quotes.append(quoted)


@operation(weight=5)
async def order_by_quote(turn: Turn) -> None:
    """Take the prices of a quote, new or old; it may have expired meanwhile."""
    business, chance = turn.business, turn.chance
    if not business.quotes:
        await quote(turn)
    quoted = chance.pick(business.quotes[-5:])
    nothing: list[Json] = []
    body = draft(chance, business) | {"lines": nothing, "quote_id": quoted["id"]}
    answer = await business.owner.post("/v1/orders", body, expect=MAYBE)
    if answer.status == 201:
        if answer.json["gross"] != quoted["gross"]:
            raise SimulationFault(f"order {body['external_id']} costs more or less than its quote")
        remember(business, body, answer.json["id"], answer.json, quoted)


@operation(weight=14)
async def order(turn: Turn) -> None:
    """Buy something."""
    body = draft(turn.chance, turn.business)
    await place(turn.business, body)


@operation(weight=5)
async def bulk(turn: Turn) -> None:
    """Buy a lot at once; some drafts are wrong, some come twice, some were placed before."""
    business, chance = turn.business, turn.chance
    drafts = [draft(chance, business) for _ in range(chance.whole(2, MOST_AT_ONCE))]
    wrong = draft(chance, business) | {"account": "nobody"}
    doubled = chance.pick(drafts)
    again = [one.body for one in list(business.bought.values())[-3:] if one.body["lines"]]
    sent = chance.shuffled([*drafts, doubled, wrong, *again])
    answer = await business.owner.post("/v1/orders/bulk", {"orders": sent}, expect={200})
    results = answer.json["results"]
    for body, result in zip(sent, results, strict=True):
        if (result["outcome"] == "rejected") != (body is wrong):
            raise SimulationFault(f"the draft {body['external_id']} came out as {result}")
        if result["order_id"] is not None:
            remember(business, body, result["order_id"], None, None)
    created = sum(result["outcome"] == "created" for result in results)
    if created != len(drafts):
        raise SimulationFault(f"{len(drafts)} new orders were sent, {created} were created")


@operation(weight=3)
async def crossed(turn: Turn) -> None:
    """The same request twice at once with one key, and the same order once more with another."""
    body = draft(turn.chance, turn.business)
    key = str(new_id())
    sends = [place(turn.business, body, key=one) for one in (key, key, str(new_id()))]
    answers = await asyncio.gather(*sends)
    if len({answer.json["id"] for answer in answers}) != 1:
        raise SimulationFault(f"the order {body['external_id']} was placed more than once")


@operation(weight=2)
async def same_key_other_body(turn: Turn) -> None:
    """Two requests race for one key: one is answered, the other is refused."""
    business, chance = turn.business, turn.chance
    key = str(new_id())
    bodies = [draft(chance, business) for _ in range(2)]
    answers = await asyncio.gather(
        *(business.owner.post("/v1/orders", body, key=key, expect=MAYBE) for body in bodies)
    )
    for body, answer in zip(bodies, answers, strict=True):
        _remember_answer(business, body, answer)
    codes = sorted(answer.code for answer in answers)
    if codes != ["", "idempotency_key_reused"]:
        raise SimulationFault(f"two bodies under one key were answered {codes}")


@operation(weight=2)
async def same_order_other_body(turn: Turn) -> None:
    """Two orders race for one external id: one exists afterwards, the other is refused."""
    business, chance = turn.business, turn.chance
    first = draft(chance, business)
    second = draft(chance, business) | {"external_id": first["external_id"]}
    second["lines"] = [*first["lines"], *second["lines"]]
    answers = await asyncio.gather(
        *(business.owner.post("/v1/orders", body, expect=MAYBE) for body in (first, second))
    )
    for body, answer in zip((first, second), answers, strict=True):
        _remember_answer(business, body, answer)
    codes = sorted(answer.code for answer in answers)
    if codes != ["", "external_id_reused"]:
        raise SimulationFault(f"two orders under one external id were answered {codes}")


async def place(business: Business, body: Json, *, key: str = "") -> Answer:
    """Place one order that must succeed, and remember it."""
    answer = await business.owner.post("/v1/orders", body, key=key, expect=CREATED)
    _remember_answer(business, body, answer)
    return answer


def _remember_answer(business: Business, body: Json, answer: Answer) -> None:
    if answer.status == 201:
        remember(business, body, answer.json["id"], answer.json, None)


def remember(
    business: Business,
    body: Json,
    order_id: str,
    shown: Json | None,
    quoted: Json | None,
) -> None:
    """Remember an answered order; whoever is told of it twice must be told of the same.

    ``shown`` is the order as answered, ``quoted`` the quote whose prices it took.
    """
    name = body["external_id"]
    known = business.bought.get(name)
    if known is not None:
        if known.order_id != order_id:
            raise SimulationFault(f"the order {name} has two ids: {known.order_id} and {order_id}")
        return
    lines_bought = body["lines"] if quoted is None else quoted["lines"]
    bought = Bought(name, order_id, body, lines_bought, body["payment"]["method"])
    business.bought[name] = bought
    if quoted is not None:
        bought.priced_at = datetime.fromisoformat(quoted["created_at"])
    elif shown is not None:
        bought.priced_at = datetime.fromisoformat(shown["placed_at"])
        check_sold(business, body, shown, bought.priced_at)
