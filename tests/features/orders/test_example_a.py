"""Example A of the specification, one ticket of 12.90 EUR, through API, jobs and provider.

The journals in the books are compared with the printed rows, to the sixth decimal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from golden.printed import assert_agrees, example
from groschen.kit.ids import decode_id
from support.journals import journals_of, journals_of_source
from support.tickets import Alliance, found_alliance

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from fastapi import FastAPI

    from groschen.core.ledger import Journal
    from groschen.kit.db import Database
    from support.provider import Provider

pytestmark = pytest.mark.anyio

BLOCKS = example("a_ticket").blocks


def one(journals: Iterable[Journal] | None) -> Journal:
    found = list(journals or [])
    assert len(found) == 1, found
    return found[0]


async def test_a_paid_ticket_posts_a1_to_a3(alliance: Alliance) -> None:
    order = await alliance.buy("t1")
    assert order["order"]["state"] == "completed"
    journals = await journals_of(alliance, "t1")
    assert_agrees(one(journals.pop("sale_agent")), BLOCKS["A1"])
    assert_agrees(one(journals.pop("payment_received")), BLOCKS["A2"])
    assert_agrees(one(journals.pop("shares_released")), BLOCKS["A3"])
    assert journals == {}


async def test_the_payout_of_the_provider_posts_a4(alliance: Alliance, provider: Provider) -> None:
    await alliance.buy("t1")
    await provider.world.pay_out()
    await provider.deliver()
    [payout] = (await alliance.ask("GET", "/v1/psp_payouts", status=200))["data"]
    assert [payout[name]["amount"] for name in ("gross", "fees", "net")] == [
        "12.90",
        "0.43",
        "12.47",
    ]
    journals = await journals_of_source(alliance, decode_id("ppo", payout["id"]))
    assert_agrees(one(journals["psp_payout"]), BLOCKS["A4"])


async def test_a_refund_after_the_statement_posts_a7_and_a8(alliance: Alliance) -> None:
    await alliance.buy("t1")
    await alliance.close("2027-02-01")
    refund = await alliance.refunded("t1")
    assert [refund[name]["amount"] for name in ("gross", "fee", "back")] == [
        "12.90",
        "2.00",
        "10.90",
    ]
    journals = await journals_of(alliance, "t1")
    assert_agrees(one(journals["refund"]), BLOCKS["A7"])
    assert_agrees(one(journals["commission_returned"]), BLOCKS["A8"])
    assert (await alliance.order("t1"))["order"]["returned"]["amount"] == "12.90"


async def test_a_refund_before_the_statement_posts_a7_alone(alliance: Alliance) -> None:
    await alliance.buy("t1")
    await alliance.refunded("t1")
    journals = await journals_of(alliance, "t1")
    assert_agrees(one(journals["refund"]), BLOCKS["A7"])
    assert "commission_returned" not in journals


async def test_a_chargeback_posts_a9_and_winning_it_a10(
    alliance: Alliance, provider: Provider
) -> None:
    await alliance.buy("t1")
    await alliance.close("2027-02-01")
    await provider.told("t1", open_dispute=())
    order = await alliance.order("t1")
    assert order["payments"][0]["state"] == "disputed"
    assert order["disputes"][0]["fee"]["amount"] == "15.00"
    await provider.told("t1", win=())
    assert (await alliance.order("t1"))["disputes"][0]["state"] == "won"
    journals = await journals_of(alliance, "t1")
    assert_agrees(one(journals["chargeback"]), BLOCKS["A9"])
    assert_agrees(one(journals["chargeback_won"]), BLOCKS["A10"])
    assert "commission_returned" not in journals  # the rule keeps it for a chargeback


async def test_a_lost_chargeback_stays_a9(alliance: Alliance, provider: Provider) -> None:
    await alliance.buy("t1")
    await provider.told("t1", open_dispute=())
    await provider.told("t1", lose=())
    order = await alliance.order("t1")
    assert order["payments"][0]["state"] == "lost"
    assert order["disputes"][0]["state"] == "lost"
    journals = await journals_of(alliance, "t1")
    assert_agrees(one(journals["chargeback"]), BLOCKS["A9"])
    assert "chargeback_won" not in journals


async def test_a_sale_in_the_own_name_posts_a1p(
    app: FastAPI, database: Database, root_id: UUID
) -> None:
    alliance = await found_alliance(app, database, root_id, role="principal")
    await alliance.buy("t1")
    journals = await journals_of(alliance, "t1")
    assert_agrees(one(journals["sale_principal"]), BLOCKS["A1p"])
    await alliance.refunded("t1", fee="0")
    assert set(await alliance.outstanding()) == set()
    await alliance.audit()
