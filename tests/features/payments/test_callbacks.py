"""A provider's calls: signed, once, in any order; what is wrong is refused and leaves no trace."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from groschen.kit.ids import encode_id
from support.api import Api, api_key, founding

if TYPE_CHECKING:
    from support.provider import Provider
    from support.tickets import Alliance

pytestmark = pytest.mark.anyio


async def events(alliance: Alliance) -> int:
    async with alliance.scope(write=False) as scope:
        cursor = await scope.conn.execute(
            "SELECT count(*) FROM provider_events WHERE tenant_id = %s", (scope.tenant_id,)
        )
        row = await cursor.fetchone()
    assert row is not None
    return int(row[0])


def refusal(answer: Any, status: int, code: str) -> None:
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


async def disputed(alliance: Alliance, provider: Provider) -> Any:
    """A dispute's call that has not arrived yet."""
    await alliance.buy("t1")
    await provider.world.open_dispute(await provider.reference("t1"))
    [call] = await provider.calls()
    return call


async def test_a_forged_call_is_refused_and_leaves_nothing(
    alliance: Alliance, provider: Provider
) -> None:
    call = await disputed(alliance, provider)
    before = await alliance.balances()
    wrong = "v1,AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
    refusal(await provider.send(call, webhook_signature=wrong), 401, "callback_forged")
    changed = bytearray(call.raw_body)
    changed[-20] ^= 1
    call_changed = type(call)(call.id, call.headers, bytes(changed))
    refusal(await provider.send(call_changed), 401, "callback_forged")
    refusal(await provider.send(call, webhook_timestamp="1700000000"), 401, "callback_forged")
    assert await events(alliance) == 0
    assert await alliance.balances() == before


async def test_the_call_of_another_merchant_is_forged(
    alliance: Alliance, provider: Provider, root: Api
) -> None:
    call = await disputed(alliance, provider)
    tenant = encode_id("ten", root.tenant_id)
    answer = await root.with_token(None)(
        "POST",
        f"/v1/payment_callbacks/sandbox/{tenant}",
        content=call.raw_body,
        headers=dict(call.headers),
    )
    refusal(answer, 401, "callback_forged")


async def test_an_unknown_provider_or_tenant_is_refused(alliance: Alliance) -> None:
    tenant = encode_id("ten", alliance.api.tenant_id)
    nobody = alliance.api.with_token(None)
    refusal(
        await nobody("POST", f"/v1/payment_callbacks/paypal/{tenant}", content=b"{}"),
        400,
        "provider_unknown",
    )
    stranger = encode_id("ten", type(alliance.api.tenant_id)(int=7))
    refusal(
        await nobody("POST", f"/v1/payment_callbacks/sandbox/{stranger}", content=b"{}"),
        404,
        "tenant_not_found",
    )


async def test_a_signed_call_that_says_nothing_is_refused(
    alliance: Alliance, provider: Provider
) -> None:
    await alliance.buy("t1")
    reference = await provider.reference("t1")
    answer = await provider.send(provider.call("tea_time", reference))
    refusal(answer, 400, "callback_unreadable")
    thirteen = "1.0000000000001"
    answer = await provider.send(provider.call("dispute_opened", reference, amount=thirteen))
    refusal(answer, 400, "callback_unreadable")
    assert await events(alliance) == 0


async def test_a_repeated_call_has_one_effect(alliance: Alliance, provider: Provider) -> None:
    call = await disputed(alliance, provider)
    first, second = await provider.send(call), await provider.send(call)
    assert (first.json(), second.json()) == ({"duplicate": False}, {"duplicate": True})
    assert (await alliance.balances())["PSP_CLEARING"] == "-15"


async def test_the_same_call_at_the_same_moment_has_one_effect(
    alliance: Alliance, provider: Provider
) -> None:
    call = await disputed(alliance, provider)
    answers = await asyncio.gather(*(provider.send(call) for _ in range(6)))
    assert [answer.status_code for answer in answers] == [200] * 6
    assert sorted(answer.json()["duplicate"] for answer in answers) == [False] + [True] * 5
    assert (await alliance.balances())["PSP_CLEARING"] == "-15"


async def test_the_same_id_with_another_body_is_refused(
    alliance: Alliance, provider: Provider
) -> None:
    await alliance.buy("t1")
    reference = await provider.reference("t1")
    call = provider.call("dispute_opened", reference)
    assert (await provider.send(call)).status_code == 200
    other = provider.call("dispute_opened", reference, amount="1.00", id=call.id)
    refusal(await provider.send(other), 422, "callback_reused")


async def test_calls_in_the_wrong_order_come_again(alliance: Alliance, provider: Provider) -> None:
    await alliance.buy("t1")
    reference = await provider.reference("t1")
    await provider.world.open_dispute(reference)
    await provider.world.win(reference)
    opened, won = await provider.calls()
    early = await provider.send(won)
    refusal(early, 409, "callback_too_early")
    assert early.headers["retry-after"] == "1"
    assert (await provider.send(opened)).status_code == 200
    assert (await provider.send(won)).json() == {"duplicate": False}
    assert (await alliance.order("t1"))["payments"][0]["state"] == "captured"


async def test_a_call_about_what_we_do_not_know_comes_again(
    alliance: Alliance, provider: Provider
) -> None:
    for kind in ("captured", "refunded", "dispute_opened", "returned"):
        answer = await provider.send(provider.call(kind, "ch_unknown"))
        refusal(answer, 409, "callback_too_early")
    assert await events(alliance) == 0


async def test_a_dispute_of_what_is_not_captured_yet_comes_again(
    alliance: Alliance, provider: Provider
) -> None:
    await alliance.buy("t1", method="tok_pending")
    answer = await provider.send(
        provider.call("dispute_opened", await provider.reference("t1"), fee="15.00")
    )
    refusal(answer, 409, "callback_too_early")


async def test_a_second_dispute_while_one_is_open_is_refused(
    alliance: Alliance, provider: Provider
) -> None:
    await alliance.buy("t1")
    reference = await provider.reference("t1")
    assert (await provider.send(provider.call("dispute_opened", reference))).status_code == 200
    answer = await provider.send(provider.call("dispute_opened", reference))
    refusal(answer, 409, "illegal_transition")


async def test_a_capture_of_another_amount_is_refused(
    alliance: Alliance, provider: Provider
) -> None:
    await alliance.buy("t1", method="tok_pending")
    reference = await provider.reference("t1")
    answer = await provider.send(provider.call("captured", reference, amount="5.00"))
    refusal(answer, 409, "callback_contradicts")
    assert (await alliance.order("t1"))["order"]["state"] == "accepted"


async def test_a_dispute_in_another_currency_is_refused(
    alliance: Alliance, provider: Provider
) -> None:
    await alliance.buy("t1")
    foreign = {"amount": "12.90", "currency": "CHF"}
    call = provider.call("dispute_opened", await provider.reference("t1"), amount=foreign)
    refusal(await provider.send(call), 422, "currency_mismatch")


async def test_a_payout_is_booked_once_whatever_is_repeated(
    alliance: Alliance, provider: Provider
) -> None:
    await alliance.buy("t1")
    await provider.world.pay_out()
    [call] = await provider.calls()
    await asyncio.gather(*(provider.send(call) for _ in range(3)))
    await alliance.ask("POST", "/v1/psp_payouts/import", status=202)
    await alliance.drain()
    assert (await alliance.balances())["BANK"] == "12.47"


async def test_a_live_tenant_cannot_order_by_the_sandbox(root: Api, alliance: Alliance) -> None:
    """The sandbox moves no real money; the order is refused instead of waiting for ever."""
    from groschen.features.tenants.service.founding import found_child
    from groschen.kit.actor import SYSTEM

    database = alliance.app.state.runtime.database
    async with database.scope(root.tenant_id, SYSTEM) as scope:
        live = await found_child(scope, founding())
    api = Api(alliance.app, await api_key(database, live.tenant_id), live.tenant_id)
    customer = {"external_id": "rider", "kind": "person", "roles": ["customer"], "country": "DE"}
    assert (await api.post("/v1/parties", customer)).status_code == 201
    account = {"external_id": "customer", "party": "ext:rider", "currency": "EUR"}
    assert (await api.post("/v1/accounts", account)).status_code == 201
    answer = await api.post("/v1/orders", alliance.draft("t1"), key="k1")
    refusal(answer, 400, "provider_unknown")
    assert answer.json()["errors"][0]["pointer"] == "/payment/provider"
