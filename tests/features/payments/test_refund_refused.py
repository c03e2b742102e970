"""A refund that the provider refuses leaves no trace in anybody's money."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from groschen import audit
from groschen.adapters.payments.sandbox import SandboxPayments
from groschen.kit.actor import SYSTEM
from groschen.kit.ids import encode_id
from groschen.kit.seal import the_seal
from support.tickets import Alliance, found_alliance

if TYPE_CHECKING:
    from uuid import UUID

    from fastapi import FastAPI

    from groschen.adapters.payments.sandbox import SandboxWorld
    from groschen.kit.db import Database

pytestmark = pytest.mark.anyio


@pytest.fixture
async def alliance(app: FastAPI, database: Database, root_id: UUID) -> Alliance:
    return await found_alliance(app, database, root_id)


@pytest.fixture
def provider(alliance: Alliance, database: Database) -> SandboxWorld:
    return SandboxPayments(database, the_seal()).world(alliance.api.tenant_id)


async def refund(alliance: Alliance, name: str, amount: str) -> None:
    body = {"amount": amount, "fee": "0", "reason": "journey cancelled"}
    await alliance.ask("POST", f"/v1/orders/ext:{name}/refund", body, status=201)


async def call_back(alliance: Alliance, provider: SandboxWorld) -> None:
    """Deliver all that the provider has to say."""
    path = f"/v1/payment_callbacks/sandbox/{encode_id('ten', alliance.api.tenant_id)}"
    for call in await provider.next_callbacks():
        answer = await alliance.api("POST", path, content=call.raw_body, headers=dict(call.headers))
        assert answer.status_code == 200, answer.text
        await provider.delivered([call.id])


async def reference_of(alliance: Alliance, name: str) -> str:
    payment_id = (await alliance.order(name))["payments"][0]["id"]
    payment = await alliance.ask("GET", f"/v1/payments/{payment_id}", status=200)
    return str(payment["provider_reference"])


async def check_books(alliance: Alliance, database: Database) -> None:
    async with database.scope(alliance.api.tenant_id, SYSTEM, write=False) as scope:
        assert [check for check in await audit.run(scope) if not check.ok] == []


async def test_two_refused_at_once_are_both_counted_out(
    alliance: Alliance, database: Database
) -> None:
    await alliance.sell(["t1"], method="tok_refund_declined")
    for amount in ("3.00", "4.00"):
        await refund(alliance, "t1", amount)
    await alliance.drain()
    (payment,) = (await alliance.order("t1"))["payments"]
    assert payment["refunded"]["amount"] == "0.00"
    await check_books(alliance, database)


async def test_a_chargeback_takes_what_was_left_for_a_refund_that_never_came(
    alliance: Alliance, provider: SandboxWorld, database: Database
) -> None:
    await alliance.sell(["t1"])
    reference = await reference_of(alliance, "t1")
    await provider.open_dispute(reference)
    await refund(alliance, "t1", "3.00")  # on its way while the dispute is announced
    await call_back(alliance, provider)
    assert (await alliance.balances())["SHARE_RELEASED"] == "0"
    await alliance.drain()  # the provider refuses the refund: the payment is disputed
    balances = await alliance.balances()
    assert balances.get("EXP_SHARES_KEPT", "0") == balances["SHARE_RELEASED"] == "0"
    await check_books(alliance, database)
    await provider.win(reference)
    await call_back(alliance, provider)
    assert (await alliance.balances())["SHARE_RELEASED"] == "-12.9"
    await check_books(alliance, database)
