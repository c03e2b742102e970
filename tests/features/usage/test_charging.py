"""What time brings: windows by actual days, one-time prices, packages, minimums at their close."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from groschen.features.subscriptions import service as subscriptions
from groschen.features.subscriptions.service import ChangeDraft
from groschen.features.wallets import service as wallets
from groschen.kit.http import External
from support.metering import NOW, event, meter, per_unit, usage
from support.reselling import Seller, percent, recurring

if TYPE_CHECKING:
    from support.metering import Utility

pytestmark = pytest.mark.anyio

FEBRUARY = "2027-02-01T08:00:00Z"
MARCH = "2027-03-01T08:00:00Z"


def berlin(day: int, month: int = 1) -> datetime:
    """Midnight in Berlin's winter."""
    return datetime(2027, month, day, tzinfo=UTC) - timedelta(hours=1)


@pytest.fixture
def seller(utility: Utility) -> Seller:
    """Return a seller whose clock stands at noon of 20 January."""
    return Seller(utility)


def monthly(price: str, timing: str = "advance", name: str = "fee") -> dict[str, Any]:
    return recurring(name, price, "month", timing=timing)


async def change(seller: Seller, at: datetime | None = None, **what: Any) -> None:
    async with seller.utility.scope() as scope:
        item = seller.items["home"]
        draft = ChangeDraft(at=at, **what)
        await subscriptions.change(scope, External("home"), item, draft)


async def cancel(seller: Seller, at: datetime) -> None:
    async with seller.utility.scope() as scope:
        await subscriptions.cancel(scope, External("home"), at)


async def amounts(seller: Seller, component: str = "fee") -> list[tuple[int, str]]:
    return [(segment, f"{amount:.6f}") for segment, _, amount in await seller.amounts(component)]


async def test_a_whole_window_in_advance_is_charged_when_it_starts(seller: Seller) -> None:
    await seller.plan(monthly("31"))
    await seller.subscribe(starts_at=berlin(1))
    await seller.charge()
    assert await seller.amounts("fee") == [(1, Decimal(1), Decimal(31))]
    await seller.advance("2027-01-31T22:59:00Z")
    assert await seller.charge() == 0
    await seller.advance("2027-01-31T23:00:00Z")
    assert await seller.charge() == 1
    assert await amounts(seller) == [(1, "31.000000"), (1, "31.000000")]


async def test_a_part_of_a_window_costs_its_actual_days(seller: Seller) -> None:
    await seller.plan(monthly("31"))
    await seller.subscribe(starts_at=berlin(11), quantity="2")
    await seller.charge()
    [(_, quantity, amount)] = await seller.amounts("fee")
    assert amount == 2 * 21
    assert quantity == Decimal("1.354838709677")


async def test_arrears_are_charged_when_the_window_is_over(seller: Seller) -> None:
    await seller.plan(monthly("31", "arrears"))
    await seller.subscribe(starts_at=berlin(11))
    await seller.charge()
    assert await amounts(seller) == []
    await seller.advance(FEBRUARY)
    await seller.charge()
    assert await amounts(seller) == [(1, "21.000000")]


async def test_charging_twice_changes_nothing(seller: Seller) -> None:
    await seller.plan(monthly("31"), recurring("base", "0.36"))
    item = await seller.subscribe(starts_at=berlin(1))
    await seller.charge()
    await seller.post()
    before = await seller.utility.totals()
    async with seller.utility.scope() as scope:
        await subscriptions.make_due(scope, {item: berlin(1)})
    assert await seller.charge() == 1
    assert await seller.utility.totals() == before
    assert len(before) == 1 + 20
    assert not any(day["unposted"] for day in await seller.utility.days())


async def test_a_plan_change_splits_the_window_by_days(seller: Seller) -> None:
    await seller.plan(monthly("31"))
    await seller.plan(monthly("62"), name="better")
    await seller.subscribe(starts_at=berlin(1))
    await seller.charge()
    await change(seller, berlin(11), plan="better")
    await seller.charge()
    assert await amounts(seller) == [(1, "10.000000"), (2, "42.000000")]
    await seller.post()
    assert (await seller.books())["UNBILLED"] == 52


async def test_a_quantity_change_in_the_past_is_a_difference(seller: Seller) -> None:
    await seller.plan(monthly("31"), recurring("base", "1"))
    await seller.subscribe(starts_at=berlin(1), quantity="3")
    await seller.charge()
    await seller.post()
    await change(seller, berlin(16), quantity=Decimal(1))
    await seller.charge()
    assert await amounts(seller) == [(1, "45.000000"), (2, "16.000000")]
    assert sum(amount for *_, amount in await seller.amounts("base")) == 15 * 3 + 5
    await seller.post()
    assert (await seller.books())["UNBILLED"] == 61 + 50


async def test_an_end_gives_back_what_was_paid_in_advance(seller: Seller) -> None:
    await seller.plan(monthly("31"))
    await seller.subscribe(starts_at=berlin(1))
    await seller.charge()
    await seller.post()
    await cancel(seller, berlin(21))
    await seller.charge()
    assert await amounts(seller) == [(1, "20.000000")]
    await seller.post()
    assert (await seller.books())["UNBILLED"] == 20
    await seller.advance(MARCH)
    await seller.charge()
    assert await amounts(seller) == [(1, "20.000000")]


async def test_an_end_that_is_moved_later_charges_the_rest(seller: Seller) -> None:
    await seller.plan(monthly("31"))
    await seller.subscribe(starts_at=berlin(1))
    await cancel(seller, berlin(21))
    await seller.charge()
    assert await amounts(seller) == [(1, "20.000000")]
    await cancel(seller, berlin(26))
    await seller.charge()
    assert await amounts(seller) == [(1, "25.000000")]


async def test_a_long_pause_is_made_up_in_steps(seller: Seller) -> None:
    await seller.plan(recurring("base", "1"), monthly("31", "arrears"))
    await seller.subscribe(starts_at=berlin(1))
    await seller.advance("2027-05-01T12:00:00Z")
    await seller.charge()
    assert len(await seller.amounts("base")) == 31 + 28 + 31 + 30 + 1
    assert [amount for *_, amount in await seller.amounts("fee")] == [31] * 4


async def test_what_is_charged_once_is_charged_at_the_start(seller: Seller) -> None:
    await seller.plan({"id": "setup", "price": per_unit("49.90")}, monthly("31"))
    await seller.plan({"id": "other", "price": per_unit("99")}, monthly("31"), name="better")
    await seller.subscribe(starts_at=berlin(1), quantity="2")
    await seller.charge()
    await change(seller, berlin(16), plan="better")
    await seller.charge()
    assert await seller.amounts("setup") == [(1, Decimal(2), Decimal("99.8"))]
    assert await seller.amounts("other") == []


async def test_a_package_is_charged_and_its_credit_given_once(seller: Seller) -> None:
    credit = {"amount": "12", "valid_days": 30}
    package = {"id": "pack", "kind": "prepaid_package", "price": per_unit("10"), "credit": credit}
    await seller.partner("one")
    await seller.agree(percent("a", "0.3", "one"))
    await seller.plan(package, agreement="supply")
    await seller.wallet()
    item = await seller.subscribe(starts_at=berlin(1), wallet="purse")
    await seller.charge()
    async with seller.utility.scope() as scope:
        wallet = await wallets.find(scope, External("purse"))
        assert wallet.credit == 12
        await subscriptions.make_due(scope, {item: berlin(1)})
    await seller.charge()
    async with seller.utility.scope() as scope:
        assert (await wallets.find(scope, External("purse"))).credit == 12
    [total] = await seller.utility.totals()
    assert (total["gross"], total["receivable"]) == (Decimal("11.9"), Decimal("11.9"))
    await seller.post()
    assert await seller.shares() == {}


def minimum(amount: str, *of: str) -> dict[str, Any]:
    return {"id": "least", "kind": "minimum", "amount": amount, "of": list(of), "every": "month"}


async def test_a_minimum_is_charged_at_the_close_by_actual_days(seller: Seller) -> None:
    await seller.utility.meter(**meter("energy"))
    await seller.plan(usage("energy", "energy", per_unit("1")), minimum("31", "energy"))
    await seller.subscribe("home", starts_at=berlin(11))
    await seller.utility.accepted(event("1", 5, at="2027-01-15T10:00:00Z"))
    await seller.charge()
    assert await seller.amounts("least") == []
    await seller.advance(FEBRUARY)
    await seller.charge()
    assert await amounts(seller, "least") == [(1, "16.000000")]
    await seller.utility.accepted(event("2", 6, at="2027-01-16T10:00:00Z"))
    assert await amounts(seller, "least") == [(1, "10.000000")]
    await seller.post()
    assert (await seller.books())["UNBILLED"] == 21


async def test_what_cannot_be_charged_does_not_keep_out_the_rest(seller: Seller) -> None:
    credit = {"amount": "12", "valid_days": 30}
    package = {"id": "pack", "kind": "prepaid_package", "price": per_unit("10"), "credit": credit}
    await seller.plan(package, name="pack")
    await seller.plan(monthly("31"))
    await seller.wallet()
    bad = await seller.subscribe(starts_at=berlin(1), wallet="purse", plan="pack", name="bad")
    await seller.subscribe(starts_at=berlin(1))
    async with seller.utility.scope() as scope:
        await scope.conn.execute(
            "UPDATE wallets SET state = 'closed' WHERE tenant_id = %(t)s", {"t": scope.tenant_id}
        )
    await seller.drain()
    assert await amounts(seller) == [(1, "31.000000")]
    assert await seller.amounts("pack") == []
    [due] = await seller.utility.rows(
        "SELECT id FROM subscription_items WHERE tenant_id = %(t)s AND charge_at <= %(now)s",
        now=NOW,
    )
    assert due["id"] == bad


async def test_a_subscription_is_charged_and_posted_by_its_jobs(seller: Seller) -> None:
    await seller.plan(monthly("31"))
    await seller.subscribe(starts_at=berlin(1))
    await seller.drain()
    assert (await seller.books())["UNBILLED"] == 31
    await change(seller, berlin(11), quantity=Decimal(2))
    await seller.drain()
    assert (await seller.books())["UNBILLED"] == 10 + 42
