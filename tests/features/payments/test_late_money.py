"""A provider that says captured after failed: the order is gone, so the money goes back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from support.provider import Provider
    from support.tickets import Alliance

pytestmark = pytest.mark.anyio


async def payment_of(alliance: Alliance, name: str) -> Any:
    order = await alliance.order(name)
    path = f"/v1/payments/{order['payments'][0]['id']}"
    return await alliance.ask("GET", path, status=200)


async def test_money_that_comes_late_is_booked_and_goes_back(
    alliance: Alliance, provider: Provider
) -> None:
    await alliance.buy("t1", method="tok_declined")
    await provider.world.capture_late(await provider.reference("t1"))
    [call] = await provider.calls()
    assert (await provider.send(call)).json() == {"duplicate": False}
    late = await payment_of(alliance, "t1")
    assert (late["state"], late["refunded"]["amount"]) == ("late", "12.90")
    assert await alliance.outstanding() == {"PSP_CLEARING": "12.9", "UNALLOCATED": "-12.9"}
    await alliance.audit()
    assert (await provider.send(call)).json() == {"duplicate": True}
    await alliance.drain()
    assert (await payment_of(alliance, "t1"))["state"] == "given_back"
    order = await alliance.order("t1")
    assert order["order"]["state"] == "cancelled"
    assert [one["state"] for one in order["refunds"]] == ["done"]
    assert await alliance.outstanding() == {}
    await alliance.audit()


async def test_another_call_that_says_captured_changes_nothing(
    alliance: Alliance, provider: Provider
) -> None:
    await alliance.buy("t1", method="tok_declined")
    await provider.told("t1", capture_late=())
    again = provider.call("captured", await provider.reference("t1"))
    assert (await provider.send(again)).json() == {"duplicate": False}
    await alliance.drain()
    assert await alliance.outstanding() == {}
    await alliance.audit()


async def test_what_the_provider_keeps_waits_for_a_person(
    alliance: Alliance, provider: Provider
) -> None:
    """The provider says captured but refuses the refund; later it takes it."""
    await alliance.buy("t1", method="tok_declined")
    reference = await provider.reference("t1")
    assert (await provider.send(provider.call("captured", reference))).status_code == 200
    await alliance.drain()
    kept = await payment_of(alliance, "t1")
    assert (kept["state"], kept["refunded"]["amount"]) == ("late", "0.00")
    assert await alliance.outstanding() == {"PSP_CLEARING": "12.9", "UNALLOCATED": "-12.9"}
    await alliance.audit()
    await provider.world.capture_late(reference)
    path = f"/v1/payments/{kept['id']}/give_back"
    on_its_way = await alliance.ask("POST", path, status=200)
    assert on_its_way["refunded"]["amount"] == "12.90"
    problem = await alliance.refuse("POST", path)
    assert problem["code"] == "payment_not_refundable"
    await alliance.drain()
    assert (await payment_of(alliance, "t1"))["state"] == "given_back"
    assert await alliance.outstanding() == {}
    await alliance.audit()


async def test_what_was_paid_in_time_is_not_given_back_so(
    alliance: Alliance, provider: Provider
) -> None:
    _ = provider
    await alliance.buy("t1")
    paid = await payment_of(alliance, "t1")
    problem = await alliance.refuse("POST", f"/v1/payments/{paid['id']}/give_back")
    assert problem["code"] == "payment_not_refundable"
