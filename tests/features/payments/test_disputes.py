"""Disputes beside refunds and statements: whatever crosses, nothing is lost or taken twice."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from groschen.features.payments import jobs
from support.clockwork import make_due

if TYPE_CHECKING:
    from support.provider import Provider
    from support.tickets import Alliance

pytestmark = pytest.mark.anyio


async def states(alliance: Alliance, name: str) -> tuple[str, list[str], list[str]]:
    order = await alliance.order(name)
    return (
        order["payments"][0]["state"],
        [one["state"] for one in order["disputes"]],
        [one["state"] for one in order["refunds"]],
    )


async def open_shares(alliance: Alliance) -> Decimal:
    return -Decimal((await alliance.balances()).get("SHARE_RELEASED", "0"))


async def test_after_a_partial_chargeback_the_rest_can_be_refunded(
    alliance: Alliance, provider: Provider
) -> None:
    await alliance.buy("t1")
    await provider.told("t1", open_dispute=(Decimal("5.00"),))
    assert await states(alliance, "t1") == ("disputed", ["open"], [])
    assert await open_shares(alliance) == Decimal("7.90")
    await provider.told("t1", lose=())
    assert await states(alliance, "t1") == ("captured", ["lost"], [])
    await alliance.refund("t1", status=422, amount="7.91", fee="0")
    refund = await alliance.refunded("t1", fee="0")
    assert refund["gross"]["amount"] == "7.90"
    assert await open_shares(alliance) == 0
    assert await alliance.outstanding() == {"EXP_CHARGEBACK_FEE": "15", "PSP_CLEARING": "-15"}


async def test_a_chargeback_after_a_partial_refund_takes_what_is_left(
    alliance: Alliance, provider: Provider
) -> None:
    await alliance.buy("t1")
    await alliance.refunded("t1", amount="4.00", fee="0")
    await provider.told("t1", open_dispute=())
    assert await open_shares(alliance) == 0
    await provider.told("t1", win=())
    assert await open_shares(alliance) == Decimal("8.90")
    await alliance.refunded("t1", fee="0")
    assert await alliance.outstanding() == {"EXP_CHARGEBACK_FEE": "15", "PSP_CLEARING": "-15"}


async def test_a_chargeback_of_the_fee_that_was_kept_is_the_sellers_loss(
    alliance: Alliance, provider: Provider
) -> None:
    """The sale is undone already; the customer takes the cancellation fee back as well."""
    await alliance.buy("t1")
    await alliance.refunded("t1")
    await provider.told("t1", open_dispute=())
    await provider.told("t1", lose=())
    balances = await alliance.outstanding()
    assert balances["EXP_BAD_DEBT"] == "2"
    assert balances["PSP_CLEARING"] == "-15"
    assert await open_shares(alliance) == 0


async def test_a_dispute_won_brings_everything_back(alliance: Alliance, provider: Provider) -> None:
    await alliance.buy("t1")
    before = await alliance.balances()
    await provider.told("t1", open_dispute=())
    await provider.told("t1", win=())
    after = dict(await alliance.balances())
    assert after.pop("EXP_CHARGEBACK_FEE") == "15"
    assert after.pop("PSP_CLEARING") == "-2.1"
    assert {name: one for name, one in before.items() if name in after} == after


async def test_won_and_lost_are_heard_once(alliance: Alliance, provider: Provider) -> None:
    await alliance.buy("t1")
    reference = await provider.reference("t1")
    await provider.told("t1", open_dispute=())
    for kind in ("dispute_won", "dispute_won", "dispute_lost"):
        await provider.send(provider.call(kind, reference))
    assert await states(alliance, "t1") == ("captured", ["won"], [])
    assert await open_shares(alliance) == Decimal("12.90")


async def test_a_payment_can_be_disputed_again(alliance: Alliance, provider: Provider) -> None:
    await alliance.buy("t1")
    reference = await provider.reference("t1")
    for kind in ("dispute_opened", "dispute_won", "dispute_opened", "dispute_lost"):
        answer = await provider.send(provider.call(kind, reference))
        assert answer.status_code == 200, answer.text
    assert await states(alliance, "t1") == ("lost", ["won", "lost"], [])
    assert await open_shares(alliance) == 0


async def test_nothing_is_given_back_of_disputed_money(
    alliance: Alliance, provider: Provider
) -> None:
    """The refund was asked for before the dispute came; it is never sent."""
    await alliance.buy("t1")
    await alliance.refund("t1", fee="0")
    await provider.world.open_dispute(await provider.reference("t1"))
    [call] = await provider.calls()
    await provider.send(call)
    await alliance.drain()
    assert await states(alliance, "t1") == ("disputed", ["open"], ["failed"])
    order = await alliance.order("t1")
    assert order["payments"][0]["refunded"]["amount"] == "0.00"
    await provider.told("t1", win=())
    await alliance.refunded("t1", fee="0")
    assert await alliance.outstanding() == {"EXP_CHARGEBACK_FEE": "15", "PSP_CLEARING": "-15"}


async def test_money_that_went_back_twice_is_the_sellers_loss(
    alliance: Alliance, provider: Provider
) -> None:
    """The provider has refunded without our knowing, then the bank takes the money as well."""
    await alliance.buy("t1", method="tok_refund_timeout")
    await alliance.refund("t1")
    await alliance.drain()  # refunded, but the answer was lost
    assert (await states(alliance, "t1"))[2] == ["requested"]
    reference = await provider.reference("t1")
    await provider.send(provider.call("dispute_opened", reference, fee="15.00"))
    await make_due(alliance, "payment_refunds")
    await jobs.refund(alliance.app.state.runtime, alliance.api.tenant_id)
    assert await states(alliance, "t1") == ("disputed", ["open"], ["done"])
    assert await alliance.outstanding() == {
        "EXP_BAD_DEBT": "10.9",  # no fee was earned: nothing was left to undo
        "EXP_CHARGEBACK_FEE": "15",
        "PSP_CLEARING": "-25.9",
    }


async def test_steps_that_cross_end_exactly(alliance: Alliance, provider: Provider) -> None:
    """Given back in another order than taken: to the twelfth decimal nothing is left over."""
    await alliance.buy("t1", method="tok_refund_timeout")
    reference = await provider.reference("t1")
    await alliance.refund("t1", amount="7.77", fee="0")
    await alliance.drain()
    opened = provider.call("dispute_opened", reference, amount="3.33")
    assert (await provider.send(opened)).status_code == 200
    await make_due(alliance, "payment_refunds")
    await jobs.refund(alliance.app.state.runtime, alliance.api.tenant_id)
    won = provider.call("dispute_won", reference, amount="3.33")
    assert (await provider.send(won)).status_code == 200
    assert await open_shares(alliance) == Decimal("5.13")
    await alliance.refund("t1", fee="0")
    await alliance.drain()
    await make_due(alliance, "payment_refunds")
    await jobs.refund(alliance.app.state.runtime, alliance.api.tenant_id)
    assert await alliance.outstanding() == {}


async def test_chargeback_and_statement_cross(alliance: Alliance, provider: Provider) -> None:
    """Taken before the statement, won after it: the statements hear each step once."""
    await alliance.buy("t1")
    await provider.told("t1", open_dispute=())
    first = await alliance.close("2027-02-01")
    assert {one["share_exact"]["amount"] for one in first.values()} == {"0.00"}
    await provider.told("t1", win=())
    second = await alliance.close("2027-03-01")
    shares = sum(Decimal(one["share_exact"]["amount"]) for one in second.values())
    assert shares == Decimal("12.90")
    # the commission was kept at the chargeback, so the first statement had it
    assert sum(Decimal(one["commission"]["amount"]) for one in first.values()) == Decimal("0.77")
    assert sum(Decimal(one["commission"]["amount"]) for one in second.values()) == 0


async def test_a_refund_and_a_dispute_at_the_same_moment(
    alliance: Alliance, provider: Provider
) -> None:
    await alliance.sell([f"t{number}" for number in range(6)])
    for number in range(6):
        name = f"t{number}"
        call = provider.call("dispute_opened", await provider.reference(name), fee="15.00")
        body = {"fee": "0", "reason": "race"}
        refund, heard = await asyncio.gather(
            alliance.api("POST", f"/v1/orders/ext:{name}/refund", body, key=f"r-{name}"),
            provider.send(call),
        )
        assert refund.status_code in {201, 409}, refund.text
        assert heard.status_code == 200, heard.text
    await alliance.drain()
    assert await open_shares(alliance) == 0
    assert (await alliance.outstanding()).get("EXP_BAD_DEBT") is None


@pytest.mark.parametrize(
    ("step", "last", "kept"), [("win", "captured", "3.00"), ("lose", "lost", "0")]
)
async def test_a_bank_returns_the_rest_while_a_part_is_disputed(
    alliance: Alliance, provider: Provider, step: str, last: str, kept: str
) -> None:
    await alliance.buy("t1", method="sepa_visa")
    await provider.told("t1", open_dispute=(Decimal("3.00"),))
    await provider.told("t1", late_return=())
    assert await states(alliance, "t1") == ("disputed", ["open", "lost"], [])
    assert await open_shares(alliance) == 0
    await provider.told("t1", **{step: ()})
    ended = "won" if step == "win" else "lost"
    assert await states(alliance, "t1") == (last, [ended, "lost"], [])
    assert await open_shares(alliance) == Decimal(kept)
    await alliance.audit()
