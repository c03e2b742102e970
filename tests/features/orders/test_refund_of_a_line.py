"""A line can be refunded after part of the whole order was, which leaves it fractions of a cent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from support.tickets import Alliance

pytestmark = pytest.mark.anyio


async def test_all_that_is_left_of_a_line_is_whole_cents(alliance: Alliance) -> None:
    draft = alliance.draft("three")
    draft["lines"] = [{"plan": "single", "route": "CENTRE-HARBOUR"}] * 3
    await alliance.ask("POST", "/v1/orders", draft, status=201)
    await alliance.drain()
    path = "/v1/orders/ext:three/refund"
    body = {"amount": "1.00", "fee": "0", "reason": "late"}
    await alliance.ask("POST", path, body, status=201)
    await alliance.drain()
    items = (await alliance.order("three"))["items"]
    for item in items:  # 12.566666666667 are left of the first
        body = {"item_id": item["id"], "fee": "0", "reason": "journey cancelled"}
        refund = await alliance.ask("POST", path, body, status=201)
        assert refund["gross"]["amount"] == "12.56"
        await alliance.drain()
    body = {"fee": "0", "reason": "the rest"}
    refund = await alliance.ask("POST", path, body, status=201)
    assert refund["gross"]["amount"] == "0.02"
    await alliance.drain()
    assert (await alliance.order("three"))["order"]["returned"]["amount"] == "38.70"
