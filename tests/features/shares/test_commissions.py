"""Commission on the statement is taken of every share that its rule names."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from support.alliance import Alliance, new_alliance, ticket_terms

if TYPE_CHECKING:
    from groschen.kit.db import Database
    from groschen.kit.postgres import ServerUrls

pytestmark = pytest.mark.anyio


def with_agency() -> dict[str, Any]:
    """op-a gets a tenth of the fare for selling, besides its part of what is left."""
    terms: dict[str, Any] = ticket_terms()
    agency = {
        "id": "agency",
        "kind": "percent",
        "params": {"rate": "0.1"},
        "base": "gross",
        "beneficiary": "op-a",
    }
    fare, commission = terms["rules"]
    return terms | {"rules": [agency, fare | {"base": "left"}, commission]}


@pytest.fixture
async def alliance(database: Database, database_urls: ServerUrls) -> Alliance:
    return await new_alliance(database, database_urls, with_agency())


async def test_each_share_of_a_partner_bears_its_commission(alliance: Alliance) -> None:
    await alliance.sell(1, fare=Decimal("34.00"))
    async with alliance.scope(write=False) as scope:
        cursor = await scope.conn.execute(
            """
            SELECT factors ->> 'of', amount
              FROM share_lines
             WHERE tenant_id = %s AND beneficiary_id = %s AND kind = 'commission'
             ORDER BY 1
            """,
            (scope.tenant_id, alliance.operators["op-a"]),
        )
        taken = await cursor.fetchall()
    # 6 % of 3.40, and of 8.4/34 of the 30.60 that are left
    assert taken == [("agency", Decimal("0.204")), ("fare", Decimal("0.4536"))]


async def test_the_statement_deducts_all_of_it(alliance: Alliance) -> None:
    await alliance.sell(100, fare=Decimal("34.00"))
    statement = (await alliance.settle(4))["op-a"]
    assert (statement.share, statement.commission) == (Decimal("1096.00"), Decimal("65.76"))
