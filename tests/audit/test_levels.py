"""The checks of levels: silent over a true story, and each one hears its own fault."""

from __future__ import annotations

from typing import TYPE_CHECKING, LiteralString

import psycopg
import pytest

from groschen import audit
from groschen.audit.levels import CHECKS
from groschen.kit.actor import SYSTEM
from groschen.kit.db import Scope
from support.two_levels import Levels, two_levels

if TYPE_CHECKING:
    from uuid import UUID

    from fastapi import FastAPI

    from groschen.kit.db import Database
    from groschen.kit.postgres import ServerUrls

DAYS = 2


@pytest.fixture(scope="module")
async def levels(app: FastAPI, database: Database, database_urls: ServerUrls) -> Levels:
    """A wholesaler and a reseller, with two days of use booked and posted on both sides."""
    levels = await two_levels(app, database, database_urls)
    await levels.trade()
    await levels.use(DAYS)
    await levels.settle()
    return levels


async def faults(conn: psycopg.AsyncConnection, database: Database, tenant_id: UUID) -> list[str]:
    """What the audit of a tenant finds on a connection."""
    async with database.scope(tenant_id, SYSTEM, write=False) as true:
        facts, now, today = true.tenant, true.now, true.today
    scope = Scope(conn, tenant_id, facts, SYSTEM, now, today, now, "test", dry_run=True)
    return [check.name for check in await audit.run(scope) if not check.ok]


async def test_a_true_story_has_no_fault(levels: Levels) -> None:
    await levels.above.balanced()
    await levels.below.balanced()


CORRUPTIONS: list[tuple[str, LiteralString]] = [
    ("levels.mirror", "UPDATE level_amounts SET amount = amount + 1 WHERE side = 'wholesale'"),
    ("levels.mirror", "UPDATE level_amounts SET quantity = quantity + 1 WHERE side = 'retail'"),
    ("levels.states_are_booked", "UPDATE level_states SET cells = '{}'"),
    ("levels.states_are_booked", "DELETE FROM item_totals"),
    (
        "levels.amounts_are_posted",
        "UPDATE level_amounts SET amount = amount + 1 WHERE side = 'wholesale'",
    ),
    ("levels.claims_equal_totals", "DELETE FROM postings WHERE account = 'PARTNER_CLAIM'"),
    ("levels.claims_equal_totals", "UPDATE total_days SET posted_amount = posted_amount + 1"),
]


@pytest.mark.parametrize(("name", "corruption"), CORRUPTIONS)
async def test_each_fault_is_heard(
    levels: Levels,
    database: Database,
    database_urls: ServerUrls,
    name: str,
    corruption: LiteralString,
) -> None:
    """Past all walls, in a transaction that is rolled back, by one side or the other."""
    async with await psycopg.AsyncConnection.connect(database_urls.superuser) as conn:
        await conn.execute("SET search_path = groschen; SET session_replication_role = replica")
        changed = await conn.execute(corruption)
        assert changed.rowcount > 0
        found = await faults(conn, database, levels.above_id)
        found += await faults(conn, database, levels.below_id)
        await conn.rollback()
    assert name in found


def test_every_check_has_a_fault_it_hears() -> None:
    assert len({name for name, _ in CORRUPTIONS}) == len(CHECKS)
