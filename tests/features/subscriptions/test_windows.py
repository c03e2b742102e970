"""Windows are rows, made once, the same whoever makes them."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest

from groschen.core.errors import InvariantBroken
from groschen.core.period import Cadence, window_at
from groschen.features.subscriptions import service
from groschen.kit.ids import new_id

from .samples import fee, open_account, publish, subscribe

if TYPE_CHECKING:
    from uuid import UUID

    from groschen.features.subscriptions.model import WindowRow
    from groschen.features.subscriptions.service import WindowKey
    from support.database import ScopeFactory

pytestmark = pytest.mark.anyio


async def items(scope_factory: ScopeFactory) -> tuple[UUID, UUID]:
    """An item with calendar windows, and one whose windows start on the 31st."""
    async with scope_factory() as scope:
        await open_account(scope)
        await publish(scope, "power", fee())
        calendar = await subscribe(scope)
        anchored = await subscribe(scope, anchor_on=date(2026, 1, 31))
        return calendar.items[0].id, anchored.items[0].id


async def test_windows_follow_zone_and_anchor(scope_factory: ScopeFactory) -> None:
    calendar, anchored = await items(scope_factory)
    async with scope_factory() as scope:
        at = datetime(2026, 2, 20, tzinfo=UTC)
        contracts = await service.contracts(scope, [calendar, anchored])
        asked: list[WindowKey] = []
        for item_id, one in contracts.items():
            ordinal = window_at(Cadence.MONTH, one.zone, one.anchor_on, at).ordinal
            asked += [(item_id, Cadence.MONTH, ordinal), (item_id, Cadence.DAY, ordinal)]
        found = await service.windows(scope, asked)
        assert set(found) == set(asked)
        first, second = (found[key] for key in sorted(asked) if key[1] is Cadence.MONTH)
        starts = {first.period.start, second.period.start}
        assert starts == {
            datetime(2026, 1, 31, 23, tzinfo=UTC),  # midnight of February 1st in Berlin
            datetime(2026, 1, 30, 23, tzinfo=UTC),
        }
        for key, row in found.items():
            assert row == service.window_of(contracts[key[0]], key[1], key[2])
            assert row.id == service.window_id(*key)
            assert row.zone.key == "Europe/Berlin"
        assert await service.windows(scope, asked) == found
        assert await service.windows(scope, []) == {}


async def test_two_processes_make_the_same_windows(scope_factory: ScopeFactory) -> None:
    calendar, _ = await items(scope_factory)
    asked = [(calendar, Cadence.DAY, ordinal) for ordinal in range(9600, 9640)]

    async def make() -> dict[WindowKey, WindowRow]:
        async with scope_factory() as scope:
            return await service.windows(scope, asked)

    made = await asyncio.gather(*(make() for _ in range(4)))
    assert all(one == made[0] for one in made)
    days = [made[0][key].period for key in asked]
    assert [one.end for one in days[:-1]] == [one.start for one in days[1:]]


async def test_there_is_no_window_of_nothing(scope_factory: ScopeFactory) -> None:
    async with scope_factory() as scope:
        with pytest.raises(InvariantBroken):
            await service.windows(scope, [(new_id(), Cadence.DAY, 1)])
