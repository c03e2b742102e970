"""A customer sees its own orders, a partner its own share of them, nobody what is another's."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from groschen.features.orders import service as orders
from groschen.features.orders.model import (
    CustomerAccountUnknown,
    LineDraft,
    OrderDraft,
    PaymentDraft,
)
from groschen.features.payments import service as payments
from groschen.features.payments.model import PaymentNotFound
from groschen.kit.actor import ALL_PERMISSIONS, Actor, PermissionMissing
from groschen.kit.http import Slice
from groschen.kit.ids import decode_id, new_id

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager
    from uuid import UUID

    from groschen.kit.db import Database, Scope
    from support.api import Api
    from support.provider import Provider
    from support.tickets import Alliance

pytestmark = pytest.mark.anyio

READ = ("orders:read", "shares:read", "parties:read")


@pytest.fixture
async def world(alliance: Alliance, provider: Provider) -> Alliance:
    """Two customers with an order each, one refunded in part, the other disputed."""
    body = {"external_id": "walker", "kind": "person", "roles": ["customer"], "country": "DE"}
    await alliance.ask("POST", "/v1/parties", body, status=201)
    account = {"external_id": "walking", "party": "ext:walker", "currency": "EUR"}
    await alliance.ask("POST", "/v1/accounts", account, status=201)
    body = {"external_id": "op-z", "kind": "organisation", "name": "Z", "roles": ["partner"]}
    await alliance.ask("POST", "/v1/parties", {**body, "country": "DE"}, status=201)
    await alliance.buy("rides")
    await alliance.buy("walks", account="walking")
    await alliance.refunded("rides", amount="2.90", fee="0")
    await provider.told("walks", open_dispute=())
    return alliance


async def get(api: Api, path: str, status: int = 200) -> Any:
    answer = await api.get(path)
    assert answer.status_code == status, (path, answer.text)
    return answer.json()


async def names(api: Api) -> set[str]:
    return {one["external_id"] for one in (await get(api, "/v1/orders"))["data"]}


async def test_a_customer_sees_its_own_orders(world: Alliance) -> None:
    rider = await world.partner_api("rider", READ)
    assert await names(rider) == {"rides"}
    order = await get(rider, "/v1/orders/ext:rides")
    assert order["payments"][0]["amount"]["amount"] == "12.90"
    assert order["refunds"][0]["gross"]["amount"] == "2.90"
    assert order["tasks"] == []  # how the house delivers is its own affair
    assert len((await get(rider, "/v1/orders/ext:rides/tickets"))["data"]) == 1
    money = await get(rider, "/v1/orders/ext:rides/money")
    assert (money["lines"], money["movements"], money["kept"]) == ([], [], None)
    for path in ("", "/money", "/tickets", "/timeline"):
        await get(rider, f"/v1/orders/ext:walks{path}", 404)


def acting(world: Alliance, party_id: UUID) -> AbstractAsyncContextManager[Scope]:
    """A scope of somebody bound to a party who has every right: the services stand alone."""
    actor = Actor("user", new_id(), ALL_PERMISSIONS, party_id, "customer")
    database: Database = world.app.state.runtime.database
    return database.scope(world.api.tenant_id, actor)


async def party_id(world: Alliance, name: str) -> UUID:
    ids = {external_id: one for one, external_id in (await world.party_names()).items()}
    return decode_id("pty", ids[name])


async def test_a_customer_sees_its_own_payments(world: Alliance) -> None:
    first = Slice()
    async with acting(world, await party_id(world, "rider")) as scope:
        [payment] = await payments.page(scope, first)
        assert await payments.payment(scope, payment.id) == payment
        assert await payments.payout_page(scope, first) == []
    for name in ("walker", "op-a"):
        async with acting(world, await party_id(world, name)) as scope:
            assert payment not in await payments.page(scope, first)
            with pytest.raises(PaymentNotFound):
                await payments.payment(scope, payment.id)


@pytest.mark.parametrize("permissions", [None, READ])
async def test_a_partner_sees_what_it_has_a_share_in(
    world: Alliance, permissions: tuple[str, ...] | None
) -> None:
    partner = await world.partner_api("op-a", permissions)
    assert await names(partner) == set()  # it has bought nothing
    order = await get(partner, "/v1/orders/ext:rides")
    assert len(order["items"]) == 1
    for part in ("payments", "refunds", "disputes", "tasks"):
        assert order[part] == []
    assert (await get(partner, "/v1/orders/ext:rides/tickets"))["data"] == []
    money = await get(partner, "/v1/orders/ext:rides/money")
    mine = {one["beneficiary_id"] for one in money["lines"]}
    assert len(mine) == 1
    assert {one["rule"] for one in money["lines"]} == {"fare", "commission"}
    assert {one["share_line_id"] for one in money["movements"]} == {
        one["id"] for one in money["lines"]
    }
    assert money["kept"] is None


async def test_a_partner_without_a_share_sees_nothing(world: Alliance) -> None:
    stranger = await world.partner_api("op-z", READ)
    for path in ("", "/money", "/tickets", "/timeline"):
        await get(stranger, f"/v1/orders/ext:rides{path}", 404)
    assert (await get(stranger, "/v1/agreements"))["data"] == []


@pytest.mark.parametrize("name", ["rider", "op-a"])
async def test_only_the_seller_gives_money_back(world: Alliance, name: str) -> None:
    async with acting(world, await party_id(world, name)) as scope:
        order = await orders.find(scope, None, "rides")
        with pytest.raises(PermissionMissing):
            await orders.refund(scope, order, None, None, None, "mine")


async def test_a_customer_orders_for_its_own_account_only(world: Alliance) -> None:
    async with acting(world, await party_id(world, "rider")) as scope:
        own, foreign = await orders.place(
            scope, [draft("mine", "customer"), draft("theirs", "walking")], ["sandbox"]
        )
    assert own.error is None
    assert isinstance(foreign.error, CustomerAccountUnknown)


async def test_nobody_learns_of_orders_by_their_ids(world: Alliance) -> None:
    """Not even that an id is taken."""
    async with acting(world, await party_id(world, "rider")) as scope:
        [placed] = await orders.place(scope, [draft("walks", "walking")], ["sandbox"])
    assert isinstance(placed.error, CustomerAccountUnknown)
    assert placed.order_id is None


def draft(name: str, account: str) -> OrderDraft:
    lines = (LineDraft("single", "CENTRE-HARBOUR", Decimal(1)),)
    return OrderDraft(name, account, lines, None, PaymentDraft("sandbox", "tok_visa"), "hash")
