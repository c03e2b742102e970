"""One order may hold lines sold for others and lines sold in the seller's own name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from groschen.kit.ids import new_id
from support.tickets import LEGS, Alliance, agree, found_alliance, publish

if TYPE_CHECKING:
    from uuid import UUID

    from fastapi import FastAPI

    from groschen.kit.db import Database

pytestmark = pytest.mark.anyio


@pytest.fixture
async def alliance(app: FastAPI, database: Database, root_id: UUID) -> Alliance:
    alliance = await found_alliance(app, database, root_id)
    await agree(alliance, "principal", "resale")
    await publish(alliance, "10.00", LEGS, "resold", "resale")
    return alliance


async def buy_both(alliance: Alliance, method: str) -> str:
    """Buy a line of each sort and run the jobs; returns the order's id."""
    draft = alliance.draft(f"both-{new_id().hex}", method)
    draft["lines"] = [{"plan": plan, "route": "CENTRE-HARBOUR"} for plan in ("single", "resold")]
    order = await alliance.ask("POST", "/v1/orders", draft, status=201)
    await alliance.drain()
    return str(order["id"])


async def test_a_refund_undoes_both(alliance: Alliance) -> None:
    order_id = await buy_both(alliance, "tok_visa")
    sold = await alliance.balances()
    # 12.90 for others, and 94 % of the 9.35 net
    assert (sold["SHARE_RELEASED"], sold["COST_OF_SHARES"]) == ("-21.689", "8.789")
    body = {"fee": "0", "reason": "journey cancelled"}
    await alliance.ask("POST", f"/v1/orders/{order_id}/refund", body, status=201)
    await alliance.drain()
    balances = await alliance.balances()
    assert {name for name, balance in balances.items() if balance != "0"} == set(), balances


async def test_a_payment_that_fails_undoes_both(alliance: Alliance) -> None:
    order_id = await buy_both(alliance, "tok_declined")
    order = await alliance.ask("GET", f"/v1/orders/{order_id}", status=200)
    assert order["order"]["state"] == "cancelled"
    balances = await alliance.balances()
    assert {name for name, balance in balances.items() if balance != "0"} == set(), balances
