"""Example B over two tenants: blocks B5, B6 and B7 for thirty days of 7.35 kWh."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from groschen.features.levels.model import LevelsUnequal
from support.metering import event

if TYPE_CHECKING:
    from support.two_levels import Levels

pytestmark = pytest.mark.anyio
DAYS = 30


async def test_b5_and_b6_thirty_days(levels: Levels) -> None:
    await levels.trade()
    await levels.use(DAYS)
    await levels.settle()
    below, above = await levels.below.books(), await levels.above.books()
    assert below["COST_OF_SHARES"] == Decimal("2.378") * DAYS
    assert below["SHARE_RELEASED"] == Decimal("-71.34")
    assert await levels.below.party_balance("SHARE_RELEASED", "supplier") == Decimal("-71.34")
    assert below["REV_ENERGY"] == Decimal("-2.352") * DAYS
    assert below["REV_BASE"] == Decimal("-0.36") * DAYS
    assert above == {
        "PARTNER_CLAIM": Decimal("71.34"),
        "REV_WHOLESALE": Decimal("-71.34"),
        "COST_OF_SHARES": Decimal("0.76425") * DAYS,
        "SHARE_RELEASED": Decimal("-0.76425") * DAYS,
    }
    for partner, day in (("grid", "0.69825"), ("metering", "0.046"), ("platform", "0.02")):
        owed = await levels.above.party_balance("SHARE_RELEASED", partner)
        assert owed == -Decimal(day) * DAYS
    assert await levels.above.party_balance("PARTNER_CLAIM", "customer") == Decimal("71.34")


async def test_b7_the_month_is_settled(levels: Levels) -> None:
    await levels.trade()
    await levels.use(DAYS)
    await levels.settle()
    statement = await levels.state_january()
    assert statement.share == Decimal("71.34")
    assert statement.supply_vat == Decimal("13.55")
    assert statement.payout == Decimal("84.89")
    below = await levels.below.books()
    assert "SHARE_RELEASED" not in below
    assert below["TAX_IN"] == Decimal("13.55")
    assert below["PARTNER_PAYABLE"] == Decimal("-84.89")


async def test_unequal_books_are_not_settled_but_go_on(levels: Levels) -> None:
    await levels.trade()
    await levels.use(1)
    await levels.settle()
    async with levels.below.utility.scope() as scope:
        await scope.conn.execute(
            "UPDATE level_amounts SET amount = amount + 0.000000000001"
            " WHERE tenant_id = %s AND side = 'wholesale' AND mirror_key ="
            " (SELECT mirror_key FROM level_amounts WHERE tenant_id = %s LIMIT 1)",
            (scope.tenant_id, scope.tenant_id),
        )
    [level] = await levels.shown(levels.below)
    assert level["unequal"] == 1
    with pytest.raises(LevelsUnequal):
        await levels.state_january()
    await levels.below.utility.accepted(event("late", 1, at="2027-01-02T09:00:00Z"))


async def test_what_a_reseller_used_is_not_invoiced_to_it(levels: Levels) -> None:
    await levels.trade()
    await levels.use(1)
    await levels.settle()
    above = await levels.above.utility.rows(
        "SELECT count(*) AS number FROM billables WHERE tenant_id = %(t)s"
    )
    below = await levels.below.utility.rows(
        "SELECT count(*) AS number FROM billables WHERE tenant_id = %(t)s"
    )
    assert above == [{"number": 0}]
    assert below[0]["number"] > 0
