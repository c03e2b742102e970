"""Example B over two tenants: blocks B5, B6 and B7 for thirty days of 7.35 kWh."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

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
