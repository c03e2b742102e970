"""A tenant founded before a release has the accounts that the release brings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest
from alembic import command
from psycopg import sql

from groschen.core.ledger import standard_chart
from groschen.kit.ids import new_id
from groschen.kit.migrate import migrate
from groschen.kit.postgres.roles import ensure_database
from support.database import make_tenant

if TYPE_CHECKING:
    from collections.abc import Iterator

    from groschen.kit.postgres import ServerUrls

FIRST_CHART = """
    AR BANK COST_OF_SHARES EMERGENCY_CREDIT EXP_BAD_DEBT EXP_CHARGEBACK_FEE EXP_PSP_FEE
    EXP_RETURN_FEE EXP_SHARES_KEPT PARTNER_CLAIM PARTNER_PAYABLE PREPAID PREPAID_VAT PSP_CLEARING
    REVENUE REV_BASE REV_COMMISSION REV_ENERGY REV_FEES REV_TRANSPORT REV_WHOLESALE ROUNDING
    SHARE_PENDING SHARE_RELEASED TAX_IN TAX_OUT
    """


@pytest.fixture
def empty(server: ServerUrls) -> Iterator[ServerUrls]:
    """Return the URLs of a database without any schema."""
    name = f"empty_{new_id().hex}"
    with psycopg.connect(server.superuser, autocommit=True) as conn:
        ensure_database(conn, name)
        yield server.of_database(name)
        conn.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def test_new_accounts_come_to_tenants_that_are_there(
    empty: ServerUrls, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        upgrade = command.upgrade
        patched.setattr(command, "upgrade", lambda at, _: upgrade(at, "0001"))
        migrate(empty.owner)
    tenants = [make_tenant(empty), make_tenant(empty)]
    migrate(empty.owner)
    first = FIRST_CHART.split()
    new = {
        (one.code, one.type.value, one.normal_side.value, one.needs_party, one.needs_tax_key)
        for one in standard_chart()
        if one.code not in first
    }
    assert "UNBILLED" in {code for code, *_ in new}
    with psycopg.connect(empty.superuser) as conn:
        for tenant_id in tenants:
            rows = conn.execute(
                """
                SELECT code, kind, normal_side, needs_party, needs_tax_key
                  FROM groschen.ledger_accounts
                 WHERE tenant_id = %(tenant_id)s
                """,
                {"tenant_id": tenant_id},
            )
            assert set(rows.fetchall()) == new
