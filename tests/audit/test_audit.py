"""The checks of the books: silent over a true story, and each one hears its own fault."""

from __future__ import annotations

from typing import TYPE_CHECKING, LiteralString

import psycopg
import pytest

from groschen import audit
from groschen.audit import invoices, levels, usage, wallets
from groschen.kit.actor import SYSTEM
from groschen.kit.db import Scope
from support.tickets import Alliance, found_alliance

if TYPE_CHECKING:
    from uuid import UUID

    from fastapi import FastAPI

    from groschen.kit.db import Database
    from groschen.kit.postgres import ServerUrls

FEBRUARY = "2027-02-01T08:00:00Z"


@pytest.fixture(scope="module")
async def alliance(app: FastAPI, database: Database, root_id: UUID) -> Alliance:
    """Sell four tickets in January, one of them unpaid and one refunded, and close the month."""
    alliance = await found_alliance(app, database, root_id)
    await alliance.sell(["t1", "t2", "t3"])
    await alliance.sell(["t4"], method="tok_declined")
    path = "/v1/orders/ext:t3/refund"
    await alliance.ask("POST", path, {"reason": "customer"}, status=201)
    await alliance.drain()
    await alliance.advance(FEBRUARY)
    await alliance.sell(["t5"])
    await alliance.ask("POST", "/v1/settlements/close", {"period_to": "2027-02-01"}, status=202)
    await alliance.drain()
    await alliance.ask("GET", "/v1/event_feed", status=200)
    return alliance


async def faults(scope: Scope) -> dict[str, audit.Check]:
    return {check.name: check for check in await audit.run(scope) if not check.ok}


async def test_a_true_story_has_no_fault(alliance: Alliance, database: Database) -> None:
    async with database.scope(alliance.api.tenant_id, SYSTEM, write=False) as scope:
        checks = await audit.run(scope)
        cursor = await scope.conn.execute(
            """
            SELECT (SELECT count(*) FROM statements WHERE tenant_id = %(tenant_id)s),
                   (SELECT count(*) FROM total_reversals WHERE tenant_id = %(tenant_id)s)
            """,
            {"tenant_id": scope.tenant_id},
        )
        assert await cursor.fetchone() == (3, 2)
    assert [check for check in checks if not check.ok] == []
    assert len({check.name for check in checks}) == len(checks) == len(audit.CHECKS)


CORRUPTIONS: list[tuple[str, LiteralString]] = [
    ("ledger.journals_balance", "UPDATE postings SET currency = 'CHF' WHERE account = 'AR'"),
    (
        "ledger.journals_balance",
        "UPDATE postings SET amount = amount + 0.000000000001 WHERE account = 'PSP_CLEARING'",
    ),
    ("ledger.trial_balance_is_zero", "UPDATE postings SET amount = amount * 2 WHERE amount > 0"),
    ("ledger.journals_have_postings", "DELETE FROM postings"),
    ("ledger.postings_have_journal", "DELETE FROM journals"),
    ("ledger.accounts_fit", "UPDATE postings SET account = 'POCKET' WHERE account = 'AR'"),
    ("ledger.accounts_fit", "UPDATE postings SET party_id = NULL WHERE account = 'AR'"),
    ("ledger.accounts_fit", "UPDATE postings SET tax_key = NULL WHERE account = 'TAX_OUT'"),
    ("ledger.days_agree", "UPDATE postings SET effective_on = effective_on + 1"),
    ("ledger.days_agree", "UPDATE journals SET recorded_at = recorded_at + interval '1 second'"),
    ("ledger.reversed_journals_exist", "UPDATE journals SET reverses = gen_random_uuid()"),
    (
        "ledger.posting_parties_exist",
        "UPDATE postings SET party_id = gen_random_uuid() WHERE account = 'SHARE_PENDING'",
    ),
    ("orders.equal_items", "UPDATE orders SET gross = gross + 1"),
    ("orders.equal_items", "DELETE FROM order_items"),
    ("orders.items_equal_totals", "UPDATE totals SET gross = gross + 1"),
    ("orders.items_equal_totals", "DELETE FROM totals"),
    ("totals.returned_equals_reversals", "UPDATE totals SET returned = returned + 1"),
    ("totals.returned_equals_reversals", "DELETE FROM total_reversals"),
    ("receivables.open_items_follow_allocations", "DELETE FROM allocations"),
    ("receivables.open_items_follow_allocations", "DELETE FROM open_items"),
    ("receivables.open_items_equal_ledger", "UPDATE open_items SET open_amount = 1"),
    ("shares.lines_have_total", "UPDATE share_lines SET total_id = gen_random_uuid()"),
    ("shares.lines_have_total", "UPDATE share_lines SET sale_id = gen_random_uuid()"),
    ("shares.movements_have_line", "DELETE FROM share_lines"),
    ("shares.movements_have_line", "UPDATE share_movements SET beneficiary_id = sale_id"),
    (
        "shares.lines_equal_movements",
        "UPDATE share_lines SET amount = amount + 0.000000000001 WHERE kind = 'share'",
    ),
    ("shares.lines_equal_movements", "UPDATE share_lines SET vat_amount = vat_amount + 1"),
    ("shares.equal_base", "UPDATE totals SET tax = tax + 0.000000000001"),
    ("shares.released_as_paid", "UPDATE orders SET paid = round(paid / 3, 2)"),
    ("shares.pending_equals_ledger", "DELETE FROM share_movements WHERE kind = 'released'"),
    (
        "shares.pending_equals_ledger",
        "UPDATE postings SET amount = amount * 2 WHERE account = 'SHARE_PENDING' AND amount > 0",
    ),
    ("shares.released_equals_ledger", "DELETE FROM share_movements WHERE kind = 'released'"),
    ("shares.released_equals_ledger", "UPDATE statements SET carried_out = carried_out + 0.001"),
    ("shares.released_equals_ledger", "DELETE FROM postings WHERE account = 'SHARE_RELEASED'"),
    ("shares.sums_equal_movements", "UPDATE share_sums SET amount = amount + 1"),
    ("shares.sums_equal_movements", "DELETE FROM share_sums WHERE state = 'released'"),
    ("payments.movements_have_payment", "DELETE FROM payment_movements WHERE kind = 'captured'"),
    ("payments.movements_have_payment", "UPDATE payments SET captured_at = NULL"),
    ("payments.refunded_equals_refunds", "UPDATE payments SET refunded = refunded + 1"),
    ("payments.clearing_equals_ledger", "UPDATE payment_movements SET amount = amount + 1"),
    (
        "payments.clearing_equals_ledger",
        "UPDATE postings SET amount = amount * 2 WHERE account = 'PSP_CLEARING'",
    ),
    (
        "payments.late_equals_ledger",
        "UPDATE postings SET account = 'UNALLOCATED' WHERE account = 'AR' AND amount > 0",
    ),
    ("settlements.statements_chain", "UPDATE statements SET opening = 1"),
    ("settlements.statements_chain", "UPDATE statements SET sequence = sequence + 1"),
    ("settlements.statements_add_up", "UPDATE statements SET vat = vat + 0.01"),
    ("settlements.residue_is_small", "UPDATE statements SET carried_out = 0.0051"),
    ("settlements.statements_equal_lines", "DELETE FROM share_movements WHERE kind = 'stated'"),
    ("settlements.line_files_match", "UPDATE statement_files SET content = content || 'x'"),
    ("settlements.line_files_match", "DELETE FROM statement_files"),
    (
        "settlements.runs_equal_payouts",
        """
     INSERT INTO payout_runs (tenant_id, id, message_id, currency, total, count, state, schema,
                              execute_on, file, file_hash, created_by, created_at)
     SELECT tenant_id, gen_random_uuid(), 'lonely', 'EUR', 1, 1, 'draft', 'x', '2027-02-01', '',
            'x', gen_random_uuid(), created_at
       FROM tenants
     """,
    ),
    ("settlements.payable_equals_ledger", "UPDATE statements SET closing = closing + 1"),
    ("settlements.payable_equals_ledger", "DELETE FROM postings WHERE account = 'PARTNER_PAYABLE'"),
    ("settlements.numbers_have_no_gap", "UPDATE number_series SET last_number = last_number + 1"),
    ("events.have_no_gap", "UPDATE event_counters SET last_sequence = last_sequence + 1"),
    ("events.have_no_gap", "DELETE FROM events WHERE sequence = 2"),
]


@pytest.mark.parametrize(("name", "corruption"), CORRUPTIONS)
async def test_each_fault_is_heard(
    alliance: Alliance,
    database: Database,
    database_urls: ServerUrls,
    name: str,
    corruption: LiteralString,
) -> None:
    """Past all walls, in a transaction that is rolled back."""
    async with database.scope(alliance.api.tenant_id, SYSTEM, write=False) as true:
        facts, now, today = true.tenant, true.now, true.today
    async with await psycopg.AsyncConnection.connect(database_urls.superuser) as conn:
        await conn.execute("SET search_path = groschen; SET session_replication_role = replica")
        changed = await conn.execute(corruption)
        assert changed.rowcount > 0
        tenant_id = alliance.api.tenant_id
        scope = Scope(conn, tenant_id, facts, SYSTEM, now, today, now, "test", dry_run=True)
        found = await faults(scope)
        await conn.rollback()
    assert name in found
    check = found[name]
    assert 1 <= len(check.detail) <= 5
    assert "expected" in check.detail[0]
    assert check.actual != check.expected


def test_every_check_has_a_fault_it_hears() -> None:
    heard = {name for name, _ in CORRUPTIONS}
    # test_wallets.py, test_usage.py, test_levels.py, test_invoices.py
    others = {*wallets.CHECKS, *usage.CHECKS, *levels.CHECKS, *invoices.CHECKS}
    assert len(heard) == len(audit.CHECKS) - len(others)
