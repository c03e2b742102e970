"""The checks of usage: silent over a true story, and each one hears its own fault."""

from __future__ import annotations

from typing import TYPE_CHECKING, LiteralString

import psycopg
import pytest

from groschen import audit
from groschen.audit.usage import CHECKS
from groschen.kit.actor import SYSTEM
from groschen.kit.db import Scope
from support.metering import event, meter, per_unit, usage
from support.reselling import Seller, new_utility, percent, recurring

if TYPE_CHECKING:
    from fastapi import FastAPI

    from groschen.kit.db import Database
    from groschen.kit.postgres import ServerUrls


@pytest.fixture(scope="module")
async def seller(app: FastAPI, database: Database, database_urls: ServerUrls) -> Seller:
    """Use that credit, emergency credit and an invoice pay; some of it is not posted yet."""
    seller = Seller(await new_utility(app, database, database_urls))
    await seller.partner("one")
    await seller.agree(percent("a", "0.3", "one"))
    await seller.utility.meter(**meter("energy"))
    await seller.plan(
        usage("energy", "energy", per_unit("1")), recurring("base", "0.10"), agreement="supply"
    )
    await seller.wallet(limit="3")
    await seller.top_up("10")
    await seller.subscribe("home", wallet="purse")
    await seller.subscribe("other", name="other")
    await seller.utility.accepted(event("1", 20), event("2", 10, subject="other"))
    await seller.drain()
    [*_, total] = (await seller.total_ids())["energy"]
    await seller.receive({total: "2.38"})
    await seller.utility.accepted(event("3", 5, subject="other"))
    return seller


async def test_a_true_story_has_no_fault(seller: Seller) -> None:
    await seller.balanced()
    assert [day["unposted"] for day in await seller.utility.days()].count(True) == 1


CORRUPTIONS: list[tuple[str, LiteralString]] = [
    ("usage.totals_equal_days", "UPDATE total_days SET quantity = quantity + 1"),
    ("usage.totals_equal_days", "DELETE FROM total_days"),
    ("usage.totals_equal_days", "DELETE FROM item_totals"),
    ("usage.waiting_days_are_marked", "UPDATE total_days SET unposted = true"),
    ("usage.waiting_days_are_marked", "UPDATE total_days SET unposted = false"),
    ("usage.posted_equals_shares", "UPDATE total_days SET posted_gross = posted_gross + 1"),
    ("usage.posted_equals_shares", "DELETE FROM totals"),
    ("usage.revenue_equals_ledger", "UPDATE totals SET net = net + 0.000000000001"),
    ("usage.revenue_equals_ledger", "DELETE FROM postings WHERE account = 'REV_ENERGY'"),
    ("usage.credit_used_equals_ledger", "DELETE FROM postings WHERE account = 'PREPAID'"),
    (
        "usage.credit_used_equals_ledger",
        "UPDATE total_days SET posted_overdraft = posted_overdraft + 1",
    ),
    (
        "usage.unbilled_equals_ledger",
        "UPDATE postings SET amount = amount + 0.000000000001 WHERE account = 'UNBILLED'",
    ),
    ("usage.unbilled_equals_ledger", "DELETE FROM postings WHERE account = 'UNBILLED'"),
    ("usage.released_as_paid", "DELETE FROM total_receipts"),
]


@pytest.mark.parametrize(("name", "corruption"), CORRUPTIONS)
async def test_each_fault_is_heard(
    seller: Seller,
    database: Database,
    database_urls: ServerUrls,
    name: str,
    corruption: LiteralString,
) -> None:
    """Past all walls, in a transaction that is rolled back."""
    tenant_id = seller.utility.api.tenant_id
    async with database.scope(tenant_id, SYSTEM, write=False) as true:
        facts, now, today = true.tenant, true.now, true.today
    async with await psycopg.AsyncConnection.connect(database_urls.superuser) as conn:
        await conn.execute("SET search_path = groschen; SET session_replication_role = replica")
        changed = await conn.execute(corruption)
        assert changed.rowcount > 0
        scope = Scope(conn, tenant_id, facts, SYSTEM, now, today, now, "test", dry_run=True)
        found = {check.name: check for check in await audit.run(scope) if not check.ok}
        await conn.rollback()
    assert name in found
    assert "expected" in found[name].detail[0]


def test_every_check_has_a_fault_it_hears() -> None:
    assert len({name for name, _ in CORRUPTIONS}) == len(CHECKS)
