"""The checks of levels: silent over a true story, and each one hears its own fault."""

from __future__ import annotations

from typing import TYPE_CHECKING, LiteralString

import psycopg
import pytest

from groschen import audit
from groschen.audit.levels import CHECKS
from groschen.kit.actor import SYSTEM
from groschen.kit.db import Scope
from support.metering import event
from support.two_levels import two_levels

if TYPE_CHECKING:
    from fastapi import FastAPI

    from groschen.kit.db import Database
    from groschen.kit.postgres import ServerUrls
    from support.two_levels import Levels


@pytest.fixture(scope="module")
async def levels(app: FastAPI, database: Database, database_urls: ServerUrls) -> Levels:
    """Two days that both sides booked, and an event that is still in transit."""
    levels = await two_levels(app, database, database_urls)
    await levels.trade()
    await levels.use(2)
    await levels.settle()
    await levels.below.utility.accepted(event("late", 1, at="2027-01-20T09:00:00Z"))
    return levels


async def test_a_true_story_has_no_fault(levels: Levels) -> None:
    await levels.above.balanced()
    await levels.below.balanced()
    [below] = await levels.shown(levels.below)
    assert below["in_transit"] == 1


CORRUPTIONS: list[tuple[str, LiteralString]] = [
    (
        "levels.mirror",
        "UPDATE level_amounts SET amount = amount + 0.000000000001 WHERE side = 'retail'",
    ),
    ("levels.mirror", "UPDATE level_amounts SET quantity = 0 WHERE side = 'wholesale'"),
    (
        "levels.states_are_booked",
        'UPDATE level_states SET cells = \'{"2027-01-01": "99"}\'',
    ),
    ("levels.states_are_booked", "UPDATE level_states SET total_id = NULL"),
    (
        "levels.amounts_are_posted",
        "UPDATE level_amounts SET amount = amount + 1 WHERE side = 'wholesale'",
    ),
    (
        "levels.claims_equal_totals",
        "UPDATE postings SET amount = amount + 0.000000000001 WHERE account = 'PARTNER_CLAIM'",
    ),
    ("levels.claims_equal_totals", "DELETE FROM postings WHERE account = 'PARTNER_CLAIM'"),
    ("levels.claims_equal_totals", "UPDATE subscriptions SET funding = 'invoice'"),
]


@pytest.mark.parametrize(("name", "corruption"), CORRUPTIONS)
async def test_each_fault_is_heard(
    levels: Levels,
    database: Database,
    database_urls: ServerUrls,
    name: str,
    corruption: LiteralString,
) -> None:
    """Past all walls, in a transaction that is rolled back."""
    async with database.scope(levels.above_id, SYSTEM, write=False) as true:
        facts, now, today = true.tenant, true.now, true.today
    async with await psycopg.AsyncConnection.connect(database_urls.superuser) as conn:
        await conn.execute("SET search_path = groschen; SET session_replication_role = replica")
        changed = await conn.execute(corruption)
        assert changed.rowcount > 0
        scope = Scope(conn, levels.above_id, facts, SYSTEM, now, today, now, "test", dry_run=True)
        found = {check.name: check for check in await audit.run(scope) if not check.ok}
        await conn.rollback()
    assert name in found
    assert "expected" in found[name].detail[0]


def test_every_check_has_a_fault_it_hears() -> None:
    assert len({name for name, _ in CORRUPTIONS}) == len(CHECKS)
