"""What travels: lost, repeated, out of order, with death in between, it comes to the same."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from decimal import Decimal
from random import Random
from typing import TYPE_CHECKING

import pytest

from groschen.features.levels.service import packing, receiving, relaying
from groschen.features.usage.service import voiding
from groschen.kit.actor import SYSTEM
from support.metering import event, graduated, per_unit, usage
from support.reselling import recurring

if TYPE_CHECKING:
    from groschen.features.levels.service.packing import Packed
    from groschen.kit.config import Settings
    from support.two_levels import Levels

pytestmark = pytest.mark.anyio

DYING = """
import asyncio, os, signal, sys
from uuid import UUID
from groschen.app import wire
from groschen.features.levels.service import packing, receiving, relaying
from groschen.kit.config import Settings
from groschen.kit.db import Database


async def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)


async def main():
    wire()
    place = {"packing": packing, "receiving": receiving}[sys.argv[2]]
    assert hasattr(place, sys.argv[3])
    setattr(place, sys.argv[3], die)
    async with Database(Settings()) as database:
        await relaying.relay(database, UUID(sys.argv[1]))


asyncio.run(main())
"""


async def killed(levels: Levels, settings: Settings, module: str, function: str) -> None:
    """Run the relay in a process of its own that is killed when it comes to a function."""
    assert settings.database_url is not None
    environment = os.environ | {
        "GROSCHEN_DATABASE_URL": settings.database_url.get_secret_value(),
        "GROSCHEN_SECRET_KEY": settings.secret_key.get_secret_value()
        if settings.secret_key
        else "",
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", DYING, str(levels.below_id), module, function, env=environment
    )
    assert await process.wait() == -signal.SIGKILL


async def came_to(levels: Levels) -> tuple[Decimal, Decimal]:
    """Cost below and revenue above; both sides' books are in order and nothing is in transit."""
    await levels.settle()
    await levels.below.balanced()
    await levels.above.balanced()
    [below] = await levels.shown(levels.below)
    [above] = await levels.shown(levels.above)
    for one in (below, above):
        assert (one["in_transit"], one["unequal"], one["refused"]) == (0, 0, 0), one
        assert one["booked_here"] == one["booked_there"]
    cost = (await levels.below.books()).get("COST_OF_SHARES", Decimal(0))
    revenue = (await levels.above.books()).get("REV_WHOLESALE", Decimal(0))
    assert cost == -revenue
    assert Decimal(below["booked_here"]) == cost
    return cost, -revenue


@pytest.mark.parametrize(
    ("module", "function"),
    [("packing", "unpacked"), ("receiving", "_book"), ("receiving", "_note_unchanged")],
)
async def test_death_between_the_two_transactions_is_harmless(
    levels: Levels, settings: Settings, module: str, function: str
) -> None:
    await levels.trade()
    await levels.use(1)
    await killed(levels, settings, module, function)
    [shown] = await levels.shown(levels.below)
    assert shown["in_transit"] > 0
    assert shown["waiting_since"] is not None
    assert (await came_to(levels))[0] == Decimal("7.35") * Decimal("0.28") + 30 * Decimal("0.32")


async def snapshot(levels: Levels) -> Packed:
    """What would travel now; it stays waiting."""
    async with levels.below.utility.scope(write=False) as scope:
        return await packing.pack(scope, None, 500)


async def happened(levels: Levels, chance: Random) -> list[Packed]:
    """Events and voids below; what would have travelled after each of them."""
    sent: list[Packed] = []
    alive: list[str] = []
    for number in range(24):
        if alive and chance.random() < 0.3:
            gone = alive.pop(chance.randrange(len(alive)))
            async with levels.below.utility.scope() as scope:
                await voiding.void(scope, "meters", gone, "wrong")
        else:
            name, day = f"e{number}", chance.randrange(5, 9)
            kwh = chance.choice(["0.123456789012", "3.3", "17", "-2.5"])
            at = f"2027-01-{day:02d}T09:00:00Z"
            await levels.below.utility.accepted(event(name, kwh, at=at))
            alive.append(name)
        sent.append(await snapshot(levels))
        if chance.random() < 0.2:
            await levels.below.post()
    return sent


async def arrive(levels: Levels, chance: Random, sent: list[Packed]) -> None:
    """Some of it comes, some twice, in any order; the note that it came may get lost."""
    arriving = [one for one in sent * 2 if chance.random() < 0.6]
    chance.shuffle(arriving)
    for one in arriving:
        if chance.random() < 0.5:
            async with levels.database.scope(levels.above_id, SYSTEM) as scope:
                await receiving.receive(scope, levels.below_id, one.parcel)
        else:
            await relaying.deliver(levels.database, levels.below_id, one)
        if chance.random() < 0.3:
            await levels.above.post()
            await relaying.relay(levels.database, levels.above_id)


@pytest.mark.parametrize("seed", range(4))
async def test_loss_repetition_and_another_order_change_nothing(levels: Levels, seed: int) -> None:
    """Prices in tiers, so that every difference depends on what was booked before."""
    chance = Random(seed)  # noqa: S311 - a test repeats itself
    await levels.wholesale_plan(graduated(("5", "0.30"), ("20", "0.17"), (None, "0.0333")))
    await levels.publish()
    await levels.relay()
    await levels.below.partner("supplier")
    await levels.accept()
    await levels.retail_plan()
    await levels.use(0)
    await arrive(levels, chance, await happened(levels, chance))
    await came_to(levels)
    below, above = await levels.below.amounts("energy"), await levels.above.amounts("energy")
    assert [quantity for _, quantity, _ in below] == [quantity for _, quantity, _ in above]


async def test_voids_and_late_events_travel_as_lower_and_higher_cells(levels: Levels) -> None:
    await levels.trade()
    await levels.use(3)
    base = 30 * Decimal("0.32")
    assert (await came_to(levels))[0] == 3 * Decimal("2.058") + base
    async with levels.below.utility.scope() as scope:
        await voiding.void(scope, "meters", "day-1", "wrong meter")
    assert (await came_to(levels))[0] == 2 * Decimal("2.058") + base
    await levels.below.utility.accepted(event("late", 10, at="2027-01-01T05:00:00Z"))
    assert (await came_to(levels))[0] == 2 * Decimal("2.058") + Decimal("2.8") + base


async def test_an_item_that_is_refused_waits_with_the_reason(levels: Levels) -> None:
    await levels.trade()
    await levels.use(1)
    async with levels.above.utility.scope() as scope:
        await scope.conn.execute(
            "UPDATE offers SET peer_tenant_id = %s WHERE tenant_id = %s",
            (levels.above_id, scope.tenant_id),
        )
    await relaying.relay(levels.database, levels.below_id)
    [shown] = await levels.shown(levels.below)
    assert shown["refused"] == shown["in_transit"] > 0
    assert shown["refusal"] == "offer_copy_differs"


async def test_two_retail_components_of_one_wholesale_component(levels: Levels) -> None:
    await levels.wholesale_plan()
    await levels.publish()
    await levels.relay()
    await levels.below.partner("supplier")
    await levels.accept(components={"peak": "energy", "rest": "energy", "standing": "base"})
    await levels.below.utility.meter(id="peak", event_type="peak", aggregation="sum", value="kwh")
    await levels.retail_plan(
        usage("peak", "peak", per_unit("0.40"), every="month"),
        usage("rest", "energy", per_unit("0.30"), every="month"),
        recurring("standing", "0", every="day"),
        recurring("monthly", "9.90", every="month"),
    )
    await levels.below.subscribe("home", plan="home")
    at = "2027-01-10T09:00:00Z"
    await levels.below.utility.accepted(event("1", 10, at=at), event("2", 5, at=at, type="peak"))
    await levels.below.charge()
    cost, _ = await came_to(levels)
    bases = cost - 15 * Decimal("0.28")
    assert Decimal("9.4") < bases <= 30 * Decimal("0.32")
