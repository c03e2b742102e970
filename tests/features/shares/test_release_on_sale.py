"""Under terms that release with the sale, partners are owed at once, whatever the customer pays."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from groschen import audit
from groschen.kit.actor import SYSTEM
from support.alliance import Alliance, new_alliance, ticket_terms

if TYPE_CHECKING:
    from groschen.kit.db import Database
    from groschen.kit.postgres import ServerUrls

pytestmark = pytest.mark.anyio


@pytest.fixture
async def alliance(database: Database, database_urls: ServerUrls) -> Alliance:
    return await new_alliance(database, database_urls, ticket_terms() | {"release": "on_sale"})


async def test_an_unpaid_ticket_is_owed_and_stated(alliance: Alliance) -> None:
    await alliance.sell(10, pay=False)
    statements = await alliance.settle(4)
    assert {name: one.share for name, one in statements.items()} == {
        "op-a": Decimal("31.87"),
        "op-b": Decimal("82.33"),
        "op-c": Decimal("14.80"),
    }
    async with alliance.database.scope(alliance.tenant_id, SYSTEM, write=False) as scope:
        names = ("shares.pending_equals_ledger", "shares.released_equals_ledger")
        checks = {one.name: one for one in await audit.run(scope)}
        assert [checks[name].detail for name in names] == [(), ()]
