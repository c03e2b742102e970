"""Calls that meet: in any order, at the turn of the month, over the same totals."""

from __future__ import annotations

import asyncio
import random
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from groschen.features.usage import jobs
from groschen.kit import clock
from groschen.kit.worker import drain
from support.metering import event, graduated, meter, per_unit, results, usage

if TYPE_CHECKING:
    from support.metering import Utility

pytestmark = pytest.mark.anyio
TIERS = graduated(("10", "1"), ("20", "0.5"), (None, "0.1"))
HOMES = 12


async def town(utility: Utility) -> None:
    """Many households under one plan with two components."""
    await utility.meter(**meter("energy"))
    await utility.meter(**meter("peak", "max"))
    await utility.plan(
        "energy",
        usage("energy", "energy", TIERS),
        usage("peak", "peak", per_unit("2")),
        basis="net",
    )
    for number in range(HOMES):
        await utility.subscribe("energy", f"home-{number}")


def readings(count: int, seed: int = 7) -> list[dict[str, Any]]:
    """Readings of all households with ugly figures."""
    chance = random.Random(seed)  # noqa: S311 - the same choices in every run
    return [
        event(
            f"r-{number}",
            f"{chance.randint(-50, 900) / 1000:.3f}",
            at=f"2027-01-{chance.randint(1, 20):02d}T0{chance.randint(0, 9)}:00:00Z",
            subject=f"home-{chance.randrange(HOMES)}",
        )
        for number in range(count)
    ]


def figures(totals: list[dict[str, Any]]) -> list[tuple[object, ...]]:
    """What may not depend on how facts came."""
    names = ("component", "quantity", "amount", "gross", "receivable", "event_count", "event_hash")
    return sorted(tuple(one[name] for name in names) for one in totals)


async def test_any_order_batching_and_repetition_gives_the_same(utility: Utility) -> None:
    await town(utility)
    sent = readings(400)
    await utility.accepted(*sent)
    once = figures(await utility.totals())
    chance = random.Random(20270120)  # noqa: S311 - the same choices in every run
    for _ in range(3):
        again = [*sent, *chance.sample(sent, 100)]
        chance.shuffle(again)
        for one in sent:
            await void(utility, one["id"]) if chance.random() < 0.05 else None
        while again:
            size = chance.randint(1, 120)
            batch, again = again[:size], again[size:]
            told = (await utility.send(*batch)).json()
            assert told["rejected"] == 0
        assert figures(await utility.totals()) == once


async def void(utility: Utility, name: str) -> None:
    body = {"source": "meters", "id": name, "reason": "a test"}
    assert (await utility.api.post("/v1/events/void", body)).is_success


async def test_another_order_in_another_tenant_gives_the_same(
    utility: Utility, other_utility: Utility
) -> None:
    await town(utility)
    await town(other_utility)
    sent = readings(300)
    await utility.accepted(*sent)
    for start in range(0, 300, 37):
        await other_utility.accepted(*list(reversed(sent))[start : start + 37])
    assert figures(await utility.totals()) == figures(await other_utility.totals())


async def test_calls_over_the_same_totals_in_opposite_order(utility: Utility) -> None:
    await town(utility)
    sent = readings(600)
    forward = [sent[start : start + 50] for start in range(0, 600, 50)]
    backward = [list(reversed(one)) for one in reversed(forward)]
    answers = await asyncio.gather(*(utility.send(*one) for one in [*forward, *backward]))
    assert {answer.status_code for answer in answers} == {200}
    statuses = [status for answer in answers for status in results(answer.json())]
    assert (statuses.count("accepted"), statuses.count("duplicate")) == (600, 600)
    counted = [one["event_count"] for one in await utility.totals()]
    assert sum(counted) == 1200
    energy = [one for one in await utility.totals() if one["component"] == "energy"]
    assert sum(one["quantity"] for one in energy) == sum(
        Decimal(str(one["data"]["kwh"])) for one in sent
    )


async def test_a_voided_event_sent_again_by_many_counts_once(utility: Utility) -> None:
    await utility.household(per_unit("1"))
    await utility.accepted(event("1", 3))
    await void(utility, "1")
    answers = await asyncio.gather(*(utility.send(event("1", 3)) for _ in range(8)))
    statuses = [results(answer.json())[0] for answer in answers]
    assert sorted(statuses) == ["accepted", *["duplicate"] * 7]
    [total] = await utility.totals()
    assert (total["quantity"], total["event_count"]) == (3, 1)


async def test_two_copies_race_across_the_turn_of_the_month(
    utility: Utility, monkeypatch: pytest.MonkeyPatch
) -> None:
    await utility.household(per_unit("1"))
    chance = random.Random(5)  # noqa: S311 - the same choices in every run
    runtime = utility.api.app.state.runtime
    for number in range(12):
        month = datetime(2027 + number // 12, number % 12 + 1, 1, 0, 0, 1, tzinfo=UTC)
        copies = [event(f"r-{number}-{one}") for one in range(5)]
        doubled = [*copies, *copies]
        chance.shuffle(doubled)
        monkeypatch.setattr(clock, "real_now", lambda month=month: month)
        waits = [chance.random() / 50 for _ in doubled]

        async def later(one: dict[str, Any], wait: float) -> str:
            await asyncio.sleep(wait)
            return results((await utility.send(one)).json())[0]

        statuses, _ = await asyncio.gather(
            asyncio.gather(*(map(later, doubled, waits))),
            jobs.move_on(runtime, utility.api.tenant_id),
        )
        assert (statuses.count("accepted"), statuses.count("duplicate")) == (5, 5)
    [total] = await utility.totals()
    assert (total["quantity"], total["event_count"]) == (60, 60)
    [live] = await utility.rows("SELECT live_month FROM usage_months WHERE tenant_id = %(t)s")
    assert str(live["live_month"]) == "2027-12-01"
    months = await utility.rows(
        "SELECT count(DISTINCT received_month) AS n FROM usage_events WHERE tenant_id = %(t)s"
    )
    assert months[0]["n"] > 5, "the calls met several turns of the month"


async def test_the_month_moves_on_only_when_it_is_over(utility: Utility) -> None:
    await utility.household()
    await utility.accepted(event("1"))
    query = "SELECT live_month FROM usage_months WHERE tenant_id = %(t)s"
    before = await utility.rows(query)
    await jobs.move_on(utility.api.app.state.runtime, utility.api.tenant_id)
    assert await utility.rows(query) == before
    await drain(utility.api.app.state.runtime)
