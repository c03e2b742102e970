"""The checks of wallets: silent over a true story, and each one hears its own fault."""

from __future__ import annotations

from typing import TYPE_CHECKING, LiteralString

import psycopg
import pytest

from groschen import audit
from groschen.audit.wallets import CHECKS
from groschen.kit.actor import SYSTEM
from groschen.kit.db import Scope
from groschen.kit.ids import new_id
from support.household import Household, found_household

if TYPE_CHECKING:
    from uuid import UUID

    from fastapi import FastAPI

    from groschen.kit.db import Database
    from groschen.kit.postgres import ServerUrls


@pytest.fixture(scope="module")
async def home(app: FastAPI, database: Database, root_id: UUID) -> Household:
    """Top up, use, fall into emergency credit, repay part of it, take use back."""
    home = await found_household(app, database, root_id)
    await home.top_up("10.00")
    await home.grant("2.00", expires_at="2027-03-02T00:00:00Z")
    total = new_id()
    await home.use("14", total_id=total)
    await home.top_up("1.00")
    await home.advance("2027-03-03T08:00:00Z")
    await home.use("-13", total_id=total)
    await home.use("-1")
    await home.use("0.50")
    await home.use("40")
    await home.top_up(method="tok_declined")
    return home


async def test_a_true_story_has_no_fault(home: Household) -> None:
    await home.audit()


CORRUPTIONS: list[tuple[str, LiteralString]] = [
    ("wallets.credit_equals_buckets", "UPDATE wallets SET credit = credit + 0.000000000001"),
    ("wallets.credit_equals_buckets", "UPDATE wallet_buckets SET spent = 0"),
    ("wallets.overdraft_equals_burns", "UPDATE wallets SET overdraft = overdraft + 1"),
    ("wallets.overdraft_equals_burns", "UPDATE burns SET repaid = 0, amount = amount + 1"),
    ("wallets.spent_equals_burns", "DELETE FROM burns"),
    ("wallets.spent_equals_burns", "UPDATE wallet_buckets SET spent_vat = spent_vat + 1"),
    ("wallets.buckets_equal_movements", "DELETE FROM wallet_movements"),
    ("wallets.buckets_equal_movements", "UPDATE wallet_buckets SET amount = amount + 1"),
    (
        "wallets.totals_equal_burns",
        "UPDATE item_totals SET funded_wallet = funded_wallet + 1, gross = gross + 1",
    ),
    ("wallets.totals_equal_burns", "DELETE FROM burns"),
    (
        "wallets.credit_equals_ledger",
        "UPDATE postings SET amount = amount * 2 WHERE account = 'PREPAID'",
    ),
    (
        "wallets.credit_equals_ledger",
        "UPDATE total_days SET posted_overdraft = posted_overdraft + 1",
    ),
    ("wallets.vat_equals_ledger", "UPDATE wallet_buckets SET vat = vat + 0.000000000001"),
    ("wallets.vat_equals_ledger", "DELETE FROM postings WHERE account = 'PREPAID_VAT'"),
    ("wallets.top_ups_equal_payments", "UPDATE top_ups SET state = 'requested'"),
    ("wallets.top_ups_equal_payments", "DELETE FROM payments"),
    ("wallets.top_ups_equal_payments", "DELETE FROM top_ups"),
]


@pytest.mark.parametrize(("name", "corruption"), CORRUPTIONS)
async def test_each_fault_is_heard(
    home: Household,
    database: Database,
    database_urls: ServerUrls,
    name: str,
    corruption: LiteralString,
) -> None:
    """Past all walls, in a transaction that is rolled back."""
    async with database.scope(home.api.tenant_id, SYSTEM, write=False) as true:
        facts, now, today = true.tenant, true.now, true.today
    async with await psycopg.AsyncConnection.connect(database_urls.superuser) as conn:
        await conn.execute("SET search_path = groschen; SET session_replication_role = replica")
        changed = await conn.execute(corruption)
        assert changed.rowcount > 0
        tenant_id = home.api.tenant_id
        scope = Scope(conn, tenant_id, facts, SYSTEM, now, today, now, "test", dry_run=True)
        found = {check.name: check for check in await audit.run(scope) if not check.ok}
        await conn.rollback()
    assert name in found
    assert "expected" in found[name].detail[0]


def test_every_check_has_a_fault_it_hears() -> None:
    assert len({name for name, _ in CORRUPTIONS}) == len(CHECKS)
