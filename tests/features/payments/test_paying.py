"""How a payment ends, and what then becomes of its order: paid, refused, pending, unknown."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

from groschen.features.payments import jobs
from support.clockwork import make_due, set_attempts

if TYPE_CHECKING:
    from support.provider import Provider
    from support.tickets import Alliance

pytestmark = pytest.mark.anyio


async def payment_of(alliance: Alliance, name: str) -> Any:
    order = await alliance.order(name)
    return await alliance.ask("GET", f"/v1/payments/{order['payments'][0]['id']}", status=200)


async def test_a_paid_order_is_delivered(alliance: Alliance) -> None:
    order = await alliance.buy("t1")
    assert order["order"]["state"] == "completed"
    assert order["order"]["paid"]["amount"] == "12.90"
    assert [item["state"] for item in order["items"]] == ["delivered"]
    payment = await payment_of(alliance, "t1")
    assert (payment["state"], payment["attempts"]) == ("captured", 1)
    tickets = await alliance.ask("GET", "/v1/orders/ext:t1/tickets", status=200)
    assert len(tickets["data"]) == 1


async def test_a_declined_order_is_cancelled_and_everything_is_back_at_zero(
    alliance: Alliance,
) -> None:
    order = await alliance.buy("t1", method="tok_declined")
    assert order["order"]["state"] == "cancelled"
    assert [item["state"] for item in order["items"]] == ["cancelled"]
    assert [task["state"] for task in order["tasks"]] == ["cancelled"]
    assert order["payments"][0]["failure_code"] == "card_declined"
    assert await alliance.outstanding() == {}
    money = await alliance.ask("GET", "/v1/orders/ext:t1/money", status=200)
    assert {line["pending"] for line in money["lines"]} == {"0"}
    assert {line["unstated"] for line in money["lines"]} == {"0"}
    tickets = await alliance.ask("GET", "/v1/orders/ext:t1/tickets", status=200)
    assert tickets["data"] == []
    assert await alliance.close("2027-02-01") == {}  # nobody is told of a sale that never was


async def test_many_declined_orders_are_cancelled_in_one_step(alliance: Alliance) -> None:
    await alliance.sell([f"t{number}" for number in range(12)], "tok_declined")
    for number in range(12):
        assert (await alliance.order(f"t{number}"))["order"]["state"] == "cancelled"
    assert await alliance.outstanding() == {}


async def test_a_pending_payment_waits_for_the_providers_call(
    alliance: Alliance, provider: Provider
) -> None:
    order = await alliance.buy("t1", method="tok_pending")
    assert (order["order"]["state"], order["payments"][0]["state"]) == ("accepted", "requested")
    assert (await alliance.balances())["AR"] == "12.9"
    await alliance.advance("2027-01-05T08:15:00Z")
    await provider.world.pass_time()
    await provider.deliver()
    order = await alliance.order("t1")
    assert order["order"]["state"] == "completed"
    assert order["payments"][0]["captured_at"] == "2027-01-05T08:15:00Z"


async def test_a_pending_payment_that_fails_cancels_the_order(
    alliance: Alliance, provider: Provider
) -> None:
    await alliance.buy("t1", method="tok_pending_declined")
    await alliance.advance("2027-01-05T08:15:00Z")
    await provider.world.pass_time()
    await provider.deliver()
    assert (await alliance.order("t1"))["order"]["state"] == "cancelled"
    assert await alliance.outstanding() == {}


async def test_a_pending_payment_is_also_read_back(alliance: Alliance, provider: Provider) -> None:
    """The provider's call may get lost."""
    await alliance.buy("t1", method="tok_pending")
    await alliance.advance("2027-01-05T08:15:00Z")
    await provider.world.pass_time()
    await provider.calls()  # lost on the way
    await make_due(alliance, "payments")
    await jobs.capture(alliance.app.state.runtime, alliance.api.tenant_id)
    assert (await payment_of(alliance, "t1"))["state"] == "captured"


async def test_an_unknown_outcome_is_read_back_and_not_charged_again(
    alliance: Alliance, provider: Provider
) -> None:
    await alliance.buy("t1", method="tok_timeout")
    payment = await payment_of(alliance, "t1")
    assert (payment["state"], payment["provider_reference"]) == ("requested", None)
    await make_due(alliance, "payments")
    await jobs.capture(alliance.app.state.runtime, alliance.api.tenant_id)
    await alliance.drain()
    assert (await payment_of(alliance, "t1"))["state"] == "captured"
    assert (await alliance.order("t1"))["order"]["state"] == "completed"
    [reference] = await provider.world.pay_out()
    assert reference
    await provider.deliver()
    [payout] = (await alliance.ask("GET", "/v1/psp_payouts", status=200))["data"]
    assert payout["gross"]["amount"] == "12.90"  # taken once


async def test_a_provider_that_is_down_is_tried_again(alliance: Alliance) -> None:
    await alliance.buy("t1", method="tok_unavailable")
    assert (await payment_of(alliance, "t1"))["state"] == "requested"
    await make_due(alliance, "payments")
    await jobs.capture(alliance.app.state.runtime, alliance.api.tenant_id)
    assert (await payment_of(alliance, "t1"))["state"] == "captured"


async def test_insufficient_funds_are_tried_again_under_a_new_key(alliance: Alliance) -> None:
    await alliance.buy("t1", method="tok_insufficient")
    for attempts in (1, 2, 3):
        payment = await payment_of(alliance, "t1")
        assert (payment["state"], payment["attempts"]) == ("requested", attempts)
        assert payment["failure_code"] == "insufficient_funds"
        await make_due(alliance, "payments")
        await jobs.capture(alliance.app.state.runtime, alliance.api.tenant_id)
    async with alliance.scope(write=False) as scope:
        cursor = await scope.conn.execute(
            "SELECT idempotency_key FROM sandbox_charges WHERE tenant_id = %s ORDER BY 1",
            (scope.tenant_id,),
        )
        keys = [row[0] for row in await cursor.fetchall()]
    assert [key.partition(":")[2] for key in keys] == ["", "2", "3", "4"]


async def test_after_many_attempts_the_order_is_given_up(alliance: Alliance) -> None:
    await alliance.buy("t1", method="tok_insufficient")
    await set_attempts(alliance, 11)
    await make_due(alliance, "payments")
    await jobs.capture(alliance.app.state.runtime, alliance.api.tenant_id)
    await alliance.drain()
    order = await alliance.order("t1")
    assert (order["order"]["state"], order["payments"][0]["state"]) == ("cancelled", "failed")
    assert await alliance.outstanding() == {}


async def test_a_free_order_needs_no_payment(alliance: Alliance) -> None:
    from support.tickets import LEGS, publish

    await publish(alliance, "0.00", LEGS, "free")
    order = await alliance.buy("t1", "free")
    assert (order["order"]["state"], order["payments"]) == ("completed", [])
    assert await alliance.outstanding() == {}
    problem = await alliance.refuse("POST", "/v1/orders/ext:t1/refund", {"reason": "no need"})
    assert problem["code"] == "order_not_refundable"


async def test_a_direct_debit_comes_back_late(alliance: Alliance, provider: Provider) -> None:
    await alliance.buy("t1", method="sepa_returned")
    assert (await payment_of(alliance, "t1"))["state"] == "captured"
    await alliance.advance("2027-01-11T08:00:00Z")
    await provider.world.pass_time()
    await provider.deliver()
    order = await alliance.order("t1")
    assert order["payments"][0]["state"] == "lost"
    assert (order["disputes"][0]["state"], order["disputes"][0]["fee"]["amount"]) == (
        "lost",
        "3.00",
    )
    assert await alliance.outstanding() == {
        "EXP_RETURN_FEE": "3",
        "PSP_CLEARING": "-3",
    }


async def test_money_is_not_denied_after_it_was_captured(
    alliance: Alliance, provider: Provider
) -> None:
    """The provider said yes, and later no: its call is refused, and nothing changes."""
    await alliance.buy("t2", method="tok_pending")
    await alliance.advance("2027-01-05T08:15:00Z")
    await provider.world.pass_time()
    await provider.deliver()
    answer = await provider.send(provider.call("failed", await provider.reference("t2")))
    assert (answer.status_code, answer.json()["code"]) == (409, "callback_contradicts")
    assert (await alliance.order("t2"))["order"]["state"] == "completed"


async def test_the_order_says_when_it_was_paid(alliance: Alliance) -> None:
    await alliance.buy("t1")
    payment = await payment_of(alliance, "t1")
    assert datetime.fromisoformat(payment["captured_at"]) == datetime.fromisoformat(
        "2027-01-05T08:00:00Z"
    )
