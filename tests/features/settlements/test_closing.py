"""Closing a period misses no movement, whoever writes at the same moment."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from groschen.features.settlements import jobs
from groschen.features.settlements.model import (
    PeriodAlreadyClosed,
    PeriodNotOver,
    PeriodStillClosing,
)
from groschen.features.settlements.service import closing, issuing
from support.alliance import Alliance, all_statements, month_start, new_alliance

if TYPE_CHECKING:
    from groschen.features.settlements.model import CloseProgress
    from groschen.kit.db import Database
    from groschen.kit.postgres import ServerUrls


@pytest.fixture
async def alliance(database: Database, database_urls: ServerUrls) -> Alliance:
    return await new_alliance(database, database_urls)


async def close(alliance: Alliance, day: date) -> CloseProgress:
    async with alliance.scope(exclusive=True) as scope:
        return await closing.close_period(scope, day)


async def test_closing_waits_for_a_writer_of_the_period(alliance: Alliance) -> None:
    alliance.move_clock(datetime(2026, 3, 31, 12, tzinfo=UTC))
    async with alliance.scope() as late:
        alliance.move_clock(month_start(4))
        task = asyncio.create_task(close(alliance, month_start(4).date()))
        await asyncio.sleep(0.3)
        assert not task.done()
        change = alliance.ticket()
        await alliance.book(late, [change])
    await task
    await alliance.state()
    found = await alliance.statements(4)
    assert found["op-a"].share_exact == Decimal("3.187058823529")


async def test_a_writer_after_the_closing_books_on_the_first_open_day(alliance: Alliance) -> None:
    await alliance.sell(1)
    await alliance.close(4)
    alliance.move_clock(datetime(2026, 3, 20, tzinfo=UTC))  # a clock that somebody set back
    await alliance.sell(1)
    await alliance.state()
    assert (await alliance.statements(4))["op-a"].line_count == 2
    assert (await alliance.settle(5))["op-a"].line_count == 2


async def test_sellers_and_closings_side_by_side_state_everything_once(
    alliance: Alliance,
) -> None:
    """Sellers never stop while the clock moves on and twelve periods close."""
    stop = asyncio.Event()
    sold = 0

    async def seller() -> None:
        nonlocal sold
        while not stop.is_set():
            sales = await alliance.sell(2)
            sold += len(sales)

    sellers = [asyncio.create_task(seller()) for _ in range(3)]
    day = datetime(2026, 3, 11, 9, tzinfo=UTC)
    for _ in range(12):
        async with alliance.scope(exclusive=True) as scope:
            await scope.conn.execute(
                "UPDATE tenants SET test_now = %s WHERE tenant_id = %s", (day, scope.tenant_id)
            )
        await close(alliance, day.date())
        await alliance.state()
        day += timedelta(days=1)
    stop.set()
    await asyncio.gather(*sellers)
    alliance.move_clock(day)
    await close(alliance, day.date())
    await alliance.state()
    async with alliance.scope() as scope:
        for party_id in alliance.operators.values():
            chain = await all_statements(scope, party_id)
            assert sum(one.line_count for one in chain) == 2 * sold
            for before, after in pairwise(chain):
                assert after.opening == before.closing
                assert after.carried_in == before.carried_out
                assert after.period_from == before.period_to


async def test_a_period_that_is_not_over_cannot_be_closed(alliance: Alliance) -> None:
    with pytest.raises(PeriodNotOver, match="2026-03-10") as refused:
        await close(alliance, date(2026, 3, 11))
    assert refused.value.field == "period_to"


async def test_a_closed_period_stays_closed(alliance: Alliance) -> None:
    alliance.move_clock(month_start(5))
    await close(alliance, date(2026, 5, 1))
    with pytest.raises(PeriodAlreadyClosed):
        await close(alliance, date(2026, 4, 1))


async def test_the_next_period_waits_for_the_statements_of_the_last(alliance: Alliance) -> None:
    await alliance.sell(1)
    await alliance.close(4)
    alliance.move_clock(month_start(5))
    with pytest.raises(PeriodStillClosing):
        await close(alliance, date(2026, 5, 1))
    await alliance.state()
    assert (await close(alliance, date(2026, 5, 1))).done


async def test_progress_is_derived_and_the_job_goes_on_where_it_died(alliance: Alliance) -> None:
    await alliance.sell(1)
    await alliance.close(4)
    day = month_start(4).date()
    async with alliance.scope() as scope:
        due = await closing.due_statements(scope, day)
        await issuing.issue(scope, due[0], day)
    async with alliance.scope(write=False) as scope:
        progress = await closing.progress(scope, day)
    assert (progress.statements_made, progress.statements_left, progress.done) == (1, 2, False)
    await jobs.state_left(alliance.runtime(), alliance.tenant_id)
    async with alliance.scope(write=False) as scope:
        progress = await closing.progress(scope, day)
    assert (progress.statements_made, progress.done) == (3, True)


async def test_two_workers_issue_one_statement(alliance: Alliance) -> None:
    await alliance.sell(3)
    await alliance.close(4)
    await asyncio.gather(alliance.state(), alliance.state(), alliance.state())
    async with alliance.scope() as scope:
        for party_id in alliance.operators.values():
            assert len(await all_statements(scope, party_id)) == 1


async def test_a_rolled_back_statement_gives_its_number_back(alliance: Alliance) -> None:
    await alliance.sell(1)
    await alliance.close(4)
    day = month_start(4).date()
    async with alliance.scope(dry_run=True) as scope:
        (first, *_) = await closing.due_statements(scope, day)
        made = await issuing.issue(scope, first, day)
        assert made is not None
    await alliance.state()
    numbers = {statement.number for statement in (await alliance.statements(4)).values()}
    assert numbers == {"ST-000001", "ST-000002", "ST-000003"}
