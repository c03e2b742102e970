"""The checks of invoices: silent over a true story, and each one hears its own fault."""

from __future__ import annotations

from typing import TYPE_CHECKING, LiteralString

import psycopg
import pytest

from groschen.audit.invoices import CHECKS
from groschen.kit.actor import SYSTEM
from groschen.kit.db import Scope
from support.app_fixtures import new_tenant_api
from support.billing import Billing

if TYPE_CHECKING:
    from uuid import UUID

    from fastapi import FastAPI

    from groschen.kit.db import Database
    from groschen.kit.postgres import ServerUrls


@pytest.fixture(scope="module")
async def billing(app: FastAPI, database: Database, root_id: UUID) -> Billing:
    """Bill two customers, give back part, cancel one."""
    api = await new_tenant_api(app, database, root_id)
    made = Billing(api, database, app.state.runtime)
    await made.seller()
    for name in ("acme", "bolt"):
        await made.customer(name)
        await made.charge(name, "10.125")
        await made.charge(name, "3.00", basis="gross")
    await made.run()
    first, second, *_ = await made.invoices()
    given = {"effect": "concede", "reason": "x", "lines": [{"position": 1, "amount": "1.00"}]}
    await made.ask("POST", f"/v1/invoices/{first['id']}/credit_notes", given, 201)
    await made.ask("POST", f"/v1/invoices/{second['id']}/cancel", {"reason": "x"}, 201)
    return made


async def test_a_true_story_has_no_fault(billing: Billing) -> None:
    await billing.check_books()


CORRUPTIONS: list[tuple[str, LiteralString]] = [
    ("invoices.billed_equals_entries", "UPDATE billables SET billed = billed + 0.01"),
    ("invoices.billed_equals_entries", "UPDATE billables SET billed_net = billed_net + 0.01"),
    ("invoices.billed_equals_entries", "DELETE FROM billables"),
    ("invoices.lines_equal_entries", "DELETE FROM billed_entries"),
    ("invoices.lines_equal_entries", "UPDATE invoice_lines SET unbilled = unbilled + 1"),
    ("invoices.totals_add_up", "DELETE FROM invoice_taxes"),
    ("invoices.totals_add_up", "UPDATE invoices SET gross = gross + 0.01"),
    ("invoices.equal_ledger", "DELETE FROM journals WHERE kind = 'invoice_issued'"),
    ("invoices.numbers_have_no_gap", "UPDATE number_series SET last_number = last_number + 1"),
]


@pytest.mark.parametrize(("name", "corruption"), CORRUPTIONS)
async def test_a_fault_is_heard(
    billing: Billing, database_urls: ServerUrls, name: str, corruption: LiteralString
) -> None:
    async with (
        billing.database.scope(billing.api.tenant_id, SYSTEM, write=False) as scope,
        await psycopg.AsyncConnection.connect(database_urls.superuser) as conn,
    ):
        await conn.execute("SET search_path = groschen")
        await conn.execute(corruption)
        faulty = Scope(
            conn, scope.tenant_id, scope.tenant, scope.actor, scope.now, scope.today,
            scope.real_now, scope.request_id, scope.dry_run,
        )  # fmt: skip
        found = {check.name for check in [await check(faulty) for check in CHECKS] if not check.ok}
        await conn.rollback()
    assert name in found


def test_every_check_is_tested() -> None:
    assert len({name for name, _ in CORRUPTIONS}) == len(CHECKS)
