"""Refunds: of a whole order, of lines, of some cents; several, refused, pending, in doubt."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from groschen.features.payments import jobs
from support.clockwork import make_due
from support.journals import journals_of
from support.tickets import LEGS, Alliance, publish

if TYPE_CHECKING:
    from support.provider import Provider

pytestmark = pytest.mark.anyio


async def figures(alliance: Alliance, name: str) -> tuple[str, str]:
    """What of an order is on its way back or back, and what of it was undone."""
    order = await alliance.order(name)
    return order["payments"][0]["refunded"]["amount"], order["order"]["returned"]["amount"]


async def give_back(alliance: Alliance) -> None:
    """Run the refunds that wait as if their pause had ended."""
    await make_due(alliance, "payment_refunds")
    await jobs.refund(alliance.app.state.runtime, alliance.api.tenant_id)
    await alliance.drain()


async def shares_left(alliance: Alliance) -> Decimal:
    """What the operators hold, in all."""
    return Decimal((await alliance.balances()).get("SHARE_RELEASED", "0"))


async def test_parts_of_a_refund_sum_to_the_whole(alliance: Alliance) -> None:
    await alliance.buy("t1")
    for amount in ("0.01", "4.29", "3.33", "0.10", "5.17"):
        await alliance.refunded("t1", amount=amount, fee="0")
    assert await figures(alliance, "t1") == ("12.90", "12.90")
    assert await alliance.outstanding() == {}


async def test_parts_over_a_statement_sum_to_the_whole(alliance: Alliance) -> None:
    await alliance.buy("t1")
    await alliance.refunded("t1", amount="3.33", fee="0")
    await alliance.close("2027-02-01")
    await alliance.refunded("t1", amount="4.44", fee="0")
    await alliance.close("2027-03-01")
    await alliance.refunded("t1", fee="0")
    statements = await alliance.close("2027-04-01")
    assert {one["share_exact"]["amount"][0] for one in statements.values()} == {"-"}
    async with alliance.scope(write=False) as scope:
        cursor = await scope.conn.execute(
            "SELECT sum(share_exact), abs(sum(commission)) <= 0.03 FROM statements"
            " WHERE tenant_id = %s",
            (scope.tenant_id,),
        )
        # documents round commission each month and carry nothing of it
        assert await cursor.fetchone() == (0, True)


async def test_what_is_left_is_the_default_and_the_limit(alliance: Alliance) -> None:
    await alliance.buy("t1")
    await alliance.refunded("t1", amount="2.90", fee="0")
    problem = await alliance.refuse(
        "POST", "/v1/orders/ext:t1/refund", {"amount": "10.01", "reason": "too much"}
    )
    assert (problem["code"], problem["errors"][0]["pointer"]) == ("refund_too_large", "/amount")
    assert problem["facts"]["left"] == "10"
    rest = await alliance.refunded("t1", fee="0")
    assert rest["gross"]["amount"] == "10.00"
    problem = await alliance.refuse("POST", "/v1/orders/ext:t1/refund", {"reason": "again"})
    assert (problem["code"], problem["hint"]) == (
        "order_not_refundable",
        "nothing is left to refund",
    )


async def test_refunds_on_their_way_count(alliance: Alliance) -> None:
    await alliance.buy("t1")
    await alliance.refund("t1", amount="10.00", fee="0")
    await alliance.refund("t1", status=422, amount="2.91", fee="0")
    await alliance.refund("t1", amount="2.90", fee="0")
    assert await figures(alliance, "t1") == ("12.90", "0.00")
    await alliance.drain()
    assert await figures(alliance, "t1") == ("12.90", "12.90")
    assert await alliance.outstanding() == {}


async def test_concurrent_refunds_never_give_back_more_than_was_paid(alliance: Alliance) -> None:
    await alliance.buy("t1")
    body = {"amount": "4.00", "fee": "0", "reason": "at once"}
    answers = await asyncio.gather(
        *(
            alliance.api("POST", "/v1/orders/ext:t1/refund", body, key=f"refund-{number}")
            for number in range(6)
        )
    )
    assert sorted(answer.status_code for answer in answers) == [201, 201, 201, 422, 422, 422]
    await alliance.drain()
    assert await figures(alliance, "t1") == ("12.00", "12.00")


async def test_lines_are_refunded_one_by_one(alliance: Alliance) -> None:
    await publish(alliance, "7.00", LEGS, "short")
    order = await alliance.buy("t1", "single", "short")
    single, short = (item["id"] for item in order["items"])
    too_much = {"item_id": short, "amount": "7.01", "fee": "0"}
    await alliance.refund("t1", status=422, **too_much)
    await alliance.refunded("t1", item_id=short, fee="0")
    assert await figures(alliance, "t1") == ("7.00", "7.00")
    assert await shares_left(alliance) == Decimal("-12.90")
    await alliance.refund("t1", status=409, item_id=short, fee="0")
    await alliance.refunded("t1", item_id=single, amount="2.90", fee="0")
    await alliance.refunded("t1", fee="0")  # the rest of the order
    assert await figures(alliance, "t1") == ("19.90", "19.90")
    assert await alliance.outstanding() == {}


async def test_a_refund_of_the_order_waits_for_one_of_a_line(alliance: Alliance) -> None:
    order = await alliance.buy("t1", "single", "single")
    await alliance.refund("t1", item_id=order["items"][0]["id"], amount="1.00", fee="0")
    problem = await alliance.refuse(
        "POST", "/v1/orders/ext:t1/refund", {"amount": "1.00", "fee": "0", "reason": "all"}
    )
    assert problem["code"] == "payment_not_refundable"
    await alliance.drain()
    await alliance.refunded("t1", fee="0")
    assert await alliance.outstanding() == {}


async def test_an_item_of_another_order_is_unknown(alliance: Alliance) -> None:
    other = await alliance.buy("t1")
    await alliance.buy("t2")
    problem = await alliance.refuse(
        "POST",
        "/v1/orders/ext:t2/refund",
        {"item_id": other["items"][0]["id"], "reason": "mine"},
    )
    assert (problem["code"], problem["errors"][0]["pointer"]) == ("item_not_found", "/item_id")


async def test_the_plans_fee_is_kept_once(alliance: Alliance) -> None:
    """Each ticket of an order costs its cancellation fee, however many refunds it takes."""
    await alliance.buy("t1", "single", "single")
    first = await alliance.refunded("t1", amount="5.00")
    assert (first["fee"]["amount"], first["back"]["amount"]) == ("4.00", "1.00")
    rest = await alliance.refunded("t1")
    assert (rest["gross"]["amount"], rest["fee"]["amount"]) == ("20.80", "0.00")
    fees = await alliance.balances()
    assert Decimal(fees["REV_FEES"]) + Decimal(fees["TAX_OUT"]) == Decimal(-4)


async def test_each_line_keeps_its_own_fee(alliance: Alliance) -> None:
    order = await alliance.buy("t1", "single", "single")
    for item in order["items"]:
        one = await alliance.refunded("t1", item_id=item["id"], amount="6.00")
        assert one["fee"]["amount"] == "2.00"
        again = await alliance.refunded("t1", item_id=item["id"])
        assert (again["gross"]["amount"], again["fee"]["amount"]) == ("6.90", "0.00")


async def test_a_fee_above_the_refund_is_refused(alliance: Alliance) -> None:
    await alliance.buy("t1")
    for body in ({"amount": "1.99"}, {"amount": "5.00", "fee": "5.01"}):
        problem = await alliance.refuse(
            "POST", "/v1/orders/ext:t1/refund", {**body, "reason": "small"}
        )
        assert (problem["code"], problem["errors"][0]["pointer"]) == ("refund_too_large", "/fee")


async def test_a_refund_that_the_fee_eats_moves_no_money(alliance: Alliance) -> None:
    await alliance.buy("t1")
    refund = await alliance.refunded("t1", amount="2.00")
    assert refund["back"]["amount"] == "0.00"
    order = await alliance.order("t1")
    assert order["refunds"][0]["state"] == "done"
    assert (await alliance.balances())["PSP_CLEARING"] == "12.9"
    assert await shares_left(alliance) == Decimal("-10.9")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"amount": "1.001"}, "/amount"),
        ({"amount": "5.00", "fee": "0.001"}, "/fee"),
        ({"amount": "0.0000000000001"}, "/amount"),
        ({"amount": "0"}, "/amount"),
        ({"amount": "-1"}, "/amount"),
        ({"amount": 1.5}, "/amount"),
    ],
)
async def test_amounts_are_whole_cents_above_zero(
    alliance: Alliance, body: dict[str, Any], pointer: str
) -> None:
    await alliance.buy("t1")
    answer = await alliance.api(
        "POST", "/v1/orders/ext:t1/refund", {**body, "reason": "odd"}, key="k1"
    )
    assert answer.status_code in {400, 409}
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert await figures(alliance, "t1") == ("0.00", "0.00")


async def test_a_plan_without_refund_terms_allows_none(alliance: Alliance) -> None:
    await publish(alliance, "5.00", LEGS, "final", refund=None)
    order = await alliance.buy("t1", "single", "final")
    problem = await alliance.refuse("POST", "/v1/orders/ext:t1/refund", {"reason": "all"})
    assert problem["code"] == "order_not_refundable"
    assert "line 2" in problem["detail"]
    final = {"item_id": order["items"][1]["id"], "reason": "line"}
    problem = await alliance.refuse("POST", "/v1/orders/ext:t1/refund", final)
    assert problem["errors"][0]["pointer"] == "/item_id"
    await alliance.refunded("t1", item_id=order["items"][0]["id"], fee="0")
    assert await figures(alliance, "t1") == ("12.90", "12.90")


async def test_fees_of_different_tax_are_not_mixed(alliance: Alliance) -> None:
    await publish(
        alliance, "5.00", LEGS, "other", refund={"fee": "1.00", "fee_tax_class": "reduced"}
    )
    order = await alliance.buy("t1", "single", "other")
    problem = await alliance.refuse("POST", "/v1/orders/ext:t1/refund", {"reason": "all"})
    assert (problem["code"], problem["hint"]) == (
        "order_not_refundable",
        "refund the lines one by one",
    )
    for item in order["items"]:
        await alliance.refunded("t1", item_id=item["id"])
    taxes = await journals_of(alliance, "t1")
    keys = {entry.tax_key for journal in taxes["refund"] for entry in journal.entries}
    assert keys == {None, "DE-19", "DE-7"}


async def test_an_unpaid_or_failed_order_is_not_refunded(
    alliance: Alliance, provider: Provider
) -> None:
    await alliance.buy("waits", method="tok_pending")
    await alliance.buy("failed", method="tok_declined")
    await alliance.buy("lost")
    await provider.told("lost", open_dispute=())
    for name in ("waits", "failed", "lost"):
        problem = await alliance.refuse(
            "POST", f"/v1/orders/ext:{name}/refund", {"reason": "please"}
        )
        assert problem["code"] == "order_not_refundable"


async def test_a_refused_refund_undoes_nothing_and_can_be_asked_again(alliance: Alliance) -> None:
    await alliance.buy("t1", method="tok_refund_declined")
    await alliance.refunded("t1", fee="0")
    order = await alliance.order("t1")
    assert order["refunds"][0]["state"] == "failed"
    assert await figures(alliance, "t1") == ("0.00", "0.00")
    assert await shares_left(alliance) == Decimal("-12.90")
    await alliance.refund("t1", fee="0")


async def test_a_pending_refund_ends_by_the_providers_call(
    alliance: Alliance, provider: Provider
) -> None:
    await alliance.buy("t1", method="tok_refund_pending")
    await alliance.refunded("t1", fee="0")
    assert await figures(alliance, "t1") == ("12.90", "0.00")
    await alliance.advance("2027-01-07T08:00:00Z")
    await provider.world.pass_time()
    await provider.deliver()
    assert await figures(alliance, "t1") == ("12.90", "12.90")
    assert await alliance.outstanding() == {}


async def test_a_refund_in_doubt_is_read_back_and_not_sent_again(alliance: Alliance) -> None:
    await alliance.buy("t1", method="tok_refund_timeout")
    await alliance.refunded("t1", fee="0")
    order = await alliance.order("t1")
    assert order["refunds"][0]["state"] == "requested"
    await give_back(alliance)
    order = await alliance.order("t1")
    assert order["refunds"][0]["state"] == "done"
    async with alliance.scope(write=False) as scope:
        cursor = await scope.conn.execute(
            "SELECT count(*) FROM sandbox_movements WHERE tenant_id = %s", (scope.tenant_id,)
        )
        assert await cursor.fetchone() == (1,)


async def test_many_refunds_of_many_orders_in_one_step(alliance: Alliance) -> None:
    """Two of each order in one batch: the second builds on the first."""
    names = [f"t{number}" for number in range(8)]
    await alliance.sell(names)
    for name in names:
        await alliance.refund(name, amount="3.33", fee="0")
        await alliance.refund(name, amount="9.57", fee="0")
    await alliance.drain()
    assert await alliance.outstanding() == {}
