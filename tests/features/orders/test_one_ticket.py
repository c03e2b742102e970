"""One ticket from its quote to the operators' bank lines, with the postings of example A."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.tickets import Alliance, found_alliance

if TYPE_CHECKING:
    from uuid import UUID

    from fastapi import FastAPI

    from groschen.kit.db import Database

pytestmark = pytest.mark.anyio


@pytest.fixture
async def alliance(app: FastAPI, database: Database, root_id: UUID) -> Alliance:
    return await found_alliance(app, database, root_id)


async def test_quote_shows_price_and_split(alliance: Alliance) -> None:
    quote = await alliance.quote()
    (line,) = quote["lines"]
    assert line["gross"] == {"amount": "12.90", "currency": "EUR"}
    assert {share["party"]: share["amount"] for share in line["shares"]} == {
        "op-a": "3.187058823529",
        "op-b": "8.233235294118",
        "op-c": "1.479705882353",
    }


async def test_paid_ticket_posts_a1_to_a3(alliance: Alliance) -> None:
    await alliance.sell(["t1"])
    balances = await alliance.balances()
    assert balances["PSP_CLEARING"] == "12.9"
    assert balances.get("AR", "0") == "0"
    assert balances["SHARE_RELEASED"] == "-12.9"
    order = await alliance.order("t1")
    assert order["order"]["state"] == "completed", order["tasks"]
