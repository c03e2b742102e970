"""The timeline of an order: dated facts in the order they happened."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from groschen.features.orders import service as orders
from groschen.web.console.routes.order_view import order_view

if TYPE_CHECKING:
    from support.api import Api
    from support.provider import Provider
    from support.tickets import Alliance

pytestmark = pytest.mark.anyio


async def timeline(api: Api, name: str = "t1") -> list[Any]:
    answer = await api.get(f"/v1/orders/ext:{name}/timeline")
    assert answer.status_code == 200, answer.text
    return list(answer.json()["data"])


def kinds(entries: list[Any]) -> list[str]:
    return [one["kind"] for one in entries]


async def test_a_long_life_in_order(alliance: Alliance, provider: Provider) -> None:
    await alliance.buy("t1", method="tok_refund_pending")
    await alliance.advance("2027-01-06T10:00:00Z")
    await alliance.refunded("t1", amount="2.90", fee="0")
    await alliance.advance("2027-01-08T10:00:00Z")
    await provider.world.pass_time()
    await provider.deliver()
    await alliance.close("2027-02-01")
    await provider.told("t1", open_dispute=())
    await alliance.advance("2027-02-20T10:00:00Z")
    await provider.told("t1", win=())
    entries = await timeline(alliance.api)
    assert [(one["on"], one["kind"]) for one in entries] == [
        ("2027-01-05", "order_accepted"),
        ("2027-01-05", "payment_captured"),
        ("2027-01-05", "delivery_done"),
        ("2027-01-05", "shares_released"),
        ("2027-01-06", "refund_requested"),
        ("2027-01-08", "refunded"),
        ("2027-01-08", "shares_reversed"),
        ("2027-02-01", "statement_issued"),
        ("2027-02-01", "statement_issued"),
        ("2027-02-01", "statement_issued"),
        ("2027-02-01", "chargeback_opened"),
        ("2027-02-01", "shares_reversed"),
        ("2027-02-20", "chargeback_won"),
        ("2027-02-20", "shares_reinstated"),
    ]
    by_kind = {one["kind"]: one for one in entries}
    assert by_kind["payment_captured"]["at"] == "2027-01-05T08:00:00Z"
    assert by_kind["refunded"]["at"] == "2027-01-08T10:00:00Z"
    assert by_kind["refund_requested"]["note"] == "journey cancelled"
    assert by_kind["shares_reversed"]["amount"]["amount"] == "10.00"
    assert by_kind["statement_issued"]["subject"].startswith("stm_")


async def test_an_order_that_was_never_paid(alliance: Alliance) -> None:
    await alliance.buy("t1", method="tok_declined")
    entries = await timeline(alliance.api)
    assert kinds(entries) == [
        "order_accepted",
        "payment_failed",
        "order_cancelled",
        "shares_reversed",
    ]
    assert entries[1]["note"] == "card_declined"


async def test_a_refund_that_failed(alliance: Alliance) -> None:
    await alliance.buy("t1", method="tok_refund_declined")
    await alliance.refunded("t1")
    assert kinds(await timeline(alliance.api))[3:] == [
        "refund_requested",
        "refund_failed",
        "shares_released",
    ]


async def test_each_sees_its_side(alliance: Alliance) -> None:
    await alliance.buy("t1")
    await alliance.refunded("t1", amount="1.00", fee="0")
    await alliance.close("2027-02-01")
    customer = await timeline(await alliance.partner_api("rider"))
    assert kinds(customer) == [
        "order_accepted",
        "payment_captured",
        "refund_requested",
        "refunded",
    ]
    partner = await timeline(await alliance.partner_api("op-c"))
    assert kinds(partner) == [
        "order_accepted",
        "shares_released",
        "shares_reversed",
        "statement_issued",
    ]
    assert partner[1]["amount"]["amount"] == "1.479705882353"


async def test_the_page_shows_the_same_and_what_is_awaited(alliance: Alliance) -> None:
    await alliance.buy("t1", method="tok_pending")
    async with alliance.scope(write=False) as scope:
        order = await orders.find(scope, None, "t1")
        view = await order_view(scope, await orders.detail(scope, order), is_refunded=False)
    assert [(step.kind, step.is_done) for step in view.steps] == [
        ("order_accepted", True),
        ("payment_captured", False),
        ("delivery_done", False),
    ]
