"""Use burns credit: in one order, undone last-first, never below the limit."""

from __future__ import annotations

import asyncio
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from groschen.core.errors import InvariantBroken
from groschen.features.wallets import service
from groschen.features.wallets.model import WalletCharge
from groschen.kit.ids import new_id
from support.household import Use

if TYPE_CHECKING:
    from uuid import UUID

    from support.household import Household

pytestmark = pytest.mark.anyio

LATER = "2027-03-20T08:00:00Z"


async def left(home: Household) -> list[tuple[str, str, str]]:
    """Kind, state and what is left of each bucket, oldest first."""
    found = await home.ask("GET", "/v1/wallets/ext:home/buckets", status=200)
    return [(one["kind"], one["state"], one["left"]["amount"]) for one in reversed(found["data"])]


async def test_buckets_burn_in_their_order(home: Household) -> None:
    await home.top_up("10.00")
    await home.grant("3.00")
    await home.grant("2.00", scope=["base"])
    await home.grant("1.00", expires_at="2027-04-01T00:00:00Z")
    assert (await home.wallet()).credit == 16
    await home.use("5")  # energy: the gift that ends first, the other gift, then money
    assert await left(home) == [
        ("paid", "open", "9.00"),
        ("promo", "open", "0.00"),
        ("promo", "open", "2.00"),
        ("promo", "open", "0.00"),
    ]
    await home.use("3", component="base")
    assert [one[2] for one in await left(home)] == ["8.00", "0.00", "0.00", "0.00"]


async def test_a_quote_says_what_the_charge_does(home: Household) -> None:
    await home.top_up("10.00")
    await home.grant("3.00")
    body = {"component": "energy", "amount": "20.00"}
    quoted = await home.ask("POST", "/v1/wallets/ext:home/quote", body, status=200)
    assert [(one["kind"], one["amount"]["amount"]) for one in quoted["burns"]] == [
        ("promo", "3.00"),
        ("paid", "10.00"),
    ]
    assert (await home.wallet()).credit == 13
    funded = await home.use("20.00")
    assert quoted["emergency"]["amount"] == f"{funded.overdraft:.2f}" == "5.00"
    assert quoted["receivable"]["amount"] == f"{funded.receivable:.2f}" == "2.00"
    assert quoted["credit_after"]["amount"] == "0.00"


async def test_one_call_charges_many_totals(home: Household) -> None:
    await home.top_up("10.00")
    totals = [new_id() for _ in range(5)]
    funded = await home.charge([Use(one, "2027-03-01", Decimal(3)) for one in totals])
    assert [one.total_id for one in funded] == totals
    assert [f"{one.wallet:f}" for one in funded] == ["3", "3", "3", "1", "0"]
    assert [f"{one.overdraft:f}" for one in funded] == ["0", "0", "0", "2", "3"]


async def test_a_total_that_falls_undoes_its_own_use_last_first(home: Household) -> None:
    await home.top_up("10.00")
    total = new_id()
    await home.use("4", total_id=new_id())
    await home.use("17", total_id=total)  # 6 credit, 5 emergency, 6 owed
    back = await home.use("-8", "2027-03-02", total_id=total)
    assert (f"{back.receivable:f}", f"{back.overdraft:f}", f"{back.wallet:f}") == ("-6", "-2", "0")
    back = await home.use("-9", "2027-03-03", total_id=total)
    assert (f"{back.overdraft:f}", f"{back.wallet:f}") == ("-3", "-6")
    wallet = await home.wallet()
    assert (wallet.credit, wallet.overdraft) == (Decimal(6), Decimal(0))


async def test_credit_due_to_an_expired_bucket_is_restored(home: Household) -> None:
    await home.grant("6.00", expires_at="2027-03-10T00:00:00Z")
    total = new_id()
    await home.use("4", total_id=total)
    await home.advance(LATER)
    await home.use("-3", total_id=total)
    assert await left(home) == [("promo", "expired", "2.00"), ("restored", "open", "3.00")]
    found = await home.ask("GET", "/v1/wallets/ext:home/buckets", status=200)
    assert found["data"][0]["expires_at"] == "2027-04-19T08:00:00Z"  # thirty days
    wallet = await home.wallet()
    assert wallet.credit == 3
    movements = await home.ask("GET", "/v1/wallets/ext:home/movements", status=200)
    assert [(one["kind"], one["amount"]["amount"]) for one in movements["data"]] == [
        ("restored", "-3.00"),
        ("restored", "3.00"),
        ("expired", "-2.00"),
        ("credited", "6.00"),
    ]


async def test_repaid_emergency_credit_that_was_not_used_is_credit_again(home: Household) -> None:
    total = new_id()
    await home.use("4", total_id=total)
    await home.top_up("10.00")
    await home.use("-3", "2027-03-02", total_id=total)
    wallet = await home.wallet()
    assert (wallet.credit, wallet.overdraft) == (Decimal(9), Decimal(0))
    journal = await home.journal("repayment_returned")
    assert journal["EMERGENCY_CREDIT"] == 3
    assert journal["PREPAID"] == -3
    await home.use("-1", "2027-03-02", total_id=total)
    assert (await home.wallet()).credit == 10


async def test_a_discount_below_zero_is_credit(home: Household) -> None:
    funded = await home.use("-2", component="cap")
    assert f"{funded.wallet:f}" == "-2"
    assert (await home.wallet()).credit == 2


async def test_a_late_correction_and_its_own_correction(home: Household) -> None:
    await home.top_up("10.00")
    total = new_id()
    for difference in ("4", "-6", "3", "-1", "5"):
        await home.use(difference, total_id=total)
    assert (await home.wallet()).credit == 5


async def test_twenty_charges_at_once_never_pass_the_limit(home: Household) -> None:
    await home.top_up("10.00")
    funded = await asyncio.gather(*(home.use("1.00") for _ in range(20)))
    wallet = await home.wallet()
    assert (wallet.credit, wallet.overdraft) == (Decimal(0), Decimal(5))
    assert sum(one.wallet for one in funded) == 10
    assert sum(one.overdraft for one in funded) == 5
    assert sum(one.receivable for one in funded) == 5


async def test_charges_and_top_ups_at_once_lose_nothing(home: Household) -> None:
    uses = [home.use("1.50") for _ in range(10)]
    grants = [home.grant("1.00") for _ in range(10)]
    await asyncio.gather(*uses, *grants)
    wallet = await home.wallet()
    receivable = sum(home.receivables.values())
    assert wallet.credit - wallet.overdraft - receivable == Decimal("-5.00")


async def test_two_batches_that_name_wallets_in_other_orders_do_not_deadlock(
    home: Household,
) -> None:
    first = home.wallet_id
    await home.open("second")
    second = home.wallet_id
    home.wallet_id = first

    async def both(order: list[Any]) -> None:
        async with home.scope(dry_run=True) as scope:
            charges = [
                WalletCharge(one, new_id(), "energy", date(2027, 3, 1), Decimal(1), Decimal(0))
                for one in order
            ]
            await service.charge(scope, charges)
            await asyncio.sleep(0.01)

    turns = [[first, second], [second, first]] * 6
    await asyncio.gather(*(both(order) for order in turns))


async def test_a_charge_to_no_wallet_is_a_bug(home: Household) -> None:
    nobody = WalletCharge(new_id(), new_id(), "energy", date(2027, 3, 1), Decimal(1), Decimal(0))
    with pytest.raises(InvariantBroken):
        async with home.scope() as scope:
            await service.charge(scope, [nobody])
    async with home.scope() as scope:
        assert await service.charge(scope, []) == []


async def test_gifts_and_repaid_emergency_credit_are_told_apart(home: Household) -> None:
    """Restored credit stays what it was: a gift, or paid for."""
    await home.top_up("3.00")
    await home.grant("2.00", expires_at="2027-03-10T00:00:00Z")
    total, later = new_id(), new_id()
    await home.use("9", total_id=total)
    await home.top_up("1.00")
    assert await paid(home, total) == [("2", "1")]
    await home.advance(LATER)
    await home.use("-9", "2027-03-02", total_id=total)
    assert [kind for kind, _, _ in await left(home)].count("restored") == 2
    await home.use("3", "2027-03-20", total_id=later)
    assert await paid(home, later) == [("2", "0")]


async def paid(home: Household, total_id: UUID) -> list[tuple[str, str]]:
    async with home.scope(write=False) as scope:
        parts = await service.paid_parts(scope, [total_id])
    return [(f"{one.promo.normalize():f}", f"{one.repaid.normalize():f}") for one in parts]
