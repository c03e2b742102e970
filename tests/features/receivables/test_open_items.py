"""What customers owe: opened by orders, closed by payments and credits, never beyond the amount."""

from __future__ import annotations

import asyncio
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from groschen.features.receivables import service as receivables
from groschen.features.receivables.model import (
    Allocation,
    AllocationKind,
    OpenItem,
    OpenItemFilter,
    OpenItemNotFound,
    OverAllocated,
)
from groschen.kit.actor import ALL_PERMISSIONS, Actor
from groschen.kit.http import Slice
from groschen.kit.ids import decode_id, new_id

if TYPE_CHECKING:
    from uuid import UUID

    from groschen.kit.db import Database
    from support.tickets import Alliance

pytestmark = pytest.mark.anyio


async def open_item(alliance: Alliance, amount: str = "10.00") -> OpenItem:
    """An item that some order without journals left open."""
    account = await alliance.ask("GET", "/v1/accounts/ext:customer", status=200)
    item = OpenItem(
        id=new_id(),
        account_id=decode_id("acc", account["id"]),
        party_id=decode_id("pty", account["party_id"]),
        source_id=new_id(),
        currency="EUR",
        amount=Decimal(amount),
        open_amount=Decimal(amount),
        opened_on=date(2027, 1, 5),
        due_on=date(2027, 1, 5),
    )
    async with alliance.scope() as scope:
        await receivables.open_items(scope, [item])
    return item


def of(item: OpenItem, amount: str, kind: AllocationKind = AllocationKind.PAYMENT) -> Allocation:
    return Allocation(item.id, new_id(), kind, Decimal(amount))


async def allocate(alliance: Alliance, *allocations: Allocation) -> dict[UUID, OpenItem]:
    async with alliance.scope() as scope:
        return await receivables.allocate(scope, allocations)


async def close(alliance: Alliance, item: OpenItem) -> None:
    """Leave nothing open behind: the books know nothing of these items."""
    async with alliance.scope() as scope:
        [now] = await receivables.of_sources(scope, [item.source_id])
        if now.open_amount:
            await receivables.allocate(scope, [of(item, str(now.open_amount))])


async def test_parts_are_set_against_it_and_taken_back(alliance: Alliance) -> None:
    item = await open_item(alliance)
    after = await allocate(alliance, of(item, "3.00"), of(item, "4.50"))
    assert after[item.id].open_amount == Decimal("2.50")
    after = await allocate(alliance, of(item, "-4.50", AllocationKind.CHARGEBACK))
    assert after[item.id].open_amount == Decimal("7.00")
    await close(alliance, item)


@pytest.mark.parametrize("amounts", [["10.01"], ["6.00", "4.01"], ["-0.01"]])
async def test_never_beyond_the_amount(alliance: Alliance, amounts: list[str]) -> None:
    item = await open_item(alliance)
    with pytest.raises(OverAllocated) as refused:
        await allocate(alliance, *(of(item, amount) for amount in amounts))
    assert refused.value.hint
    async with alliance.scope(write=False) as scope:
        found = await receivables.find(scope, item.id)
        assert found.open_amount == Decimal("10.00")
        assert await receivables.allocated(scope, found) == []
    await close(alliance, item)


async def test_two_at_once_wait_for_each_other(alliance: Alliance) -> None:
    """In opposite order: nobody is a victim of the other, and one is refused."""
    items = [await open_item(alliance), await open_item(alliance)]
    both = [of(one, "6.00") for one in items]
    answers = await asyncio.gather(
        allocate(alliance, *both), allocate(alliance, *both[::-1]), return_exceptions=True
    )
    assert sorted(type(one).__name__ for one in answers) == ["OverAllocated", "dict"]
    for item in items:
        await close(alliance, item)


async def test_an_order_opens_it_and_its_payment_closes_it(alliance: Alliance) -> None:
    await alliance.buy("waits", method="tok_pending")
    await alliance.buy("paid")
    await alliance.buy("failed", method="tok_declined")
    found = (await alliance.ask("GET", "/v1/open_items", status=200))["data"]
    assert [one["open_amount"]["amount"] for one in found] == ["0.00", "0.00", "12.90"]
    unpaid = (await alliance.ask("GET", "/v1/open_items?unpaid=true", status=200))["data"]
    assert [one["id"] for one in unpaid] == [found[2]["id"]]
    kinds = []
    for one in found:
        detail = await alliance.ask("GET", f"/v1/open_items/{one['id']}", status=200)
        kinds.append([allocation["kind"] for allocation in detail["allocations"]])
    assert kinds == [["credit"], ["payment"], []]


async def test_a_list_is_of_one_account(alliance: Alliance) -> None:
    body = {"external_id": "second", "party": "ext:rider", "currency": "EUR"}
    second = await alliance.ask("POST", "/v1/accounts", body, status=201)
    await alliance.buy("t1")
    await alliance.buy("t2", account="second")
    path = f"/v1/open_items?account_id={second['id']}"
    [found] = (await alliance.ask("GET", path, status=200))["data"]
    assert found["account_id"] == second["id"]


async def test_a_customer_sees_what_it_owes_itself(alliance: Alliance) -> None:
    await alliance.buy("t1", method="tok_pending")
    database: Database = alliance.app.state.runtime.database
    ids = {name: one for one, name in (await alliance.party_names()).items()}
    for name, sees in (("rider", True), ("op-a", False)):
        actor = Actor("user", new_id(), ALL_PERMISSIONS, decode_id("pty", ids[name]), "customer")
        async with database.scope(alliance.api.tenant_id, actor, write=False) as scope:
            found = await receivables.page(scope, OpenItemFilter(), Slice())
            assert len(found) == int(sees)
        async with alliance.scope(write=False) as scope:
            [item] = await receivables.page(scope, OpenItemFilter(), Slice())
        async with database.scope(alliance.api.tenant_id, actor, write=False) as scope:
            if sees:
                assert await receivables.find(scope, item.id) == item
            else:
                with pytest.raises(OpenItemNotFound):
                    await receivables.find(scope, item.id)


async def test_what_is_not_there_is_not_found(alliance: Alliance) -> None:
    problem = await alliance.refuse("GET", "/v1/open_items/oit_01hzzzzzzzzzzzzzzzzzzzzzzz")
    assert problem["code"] == "open_item_not_found"
