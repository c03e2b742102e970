"""Delivery over HTTP: tasks and their history, decisions of people, results reported by targets."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from groschen.adapters.delivery.signed_ticket import read_public_pem, verify
from groschen.app import create_app
from groschen.features.catalog.terms import DeliveryStep
from groschen.features.delivery import jobs, service
from groschen.features.delivery.model import ItemToDeliver
from groschen.kit.actor import SYSTEM
from groschen.kit.clock import real_now
from groschen.kit.ids import encode_id, new_id
from groschen.kit.outbox import LISTENERS
from groschen.kit.permissions import ROLES
from groschen.kit.seal import the_seal
from groschen.kit.signatures import sign
from groschen.kit.signing_keys import Purpose, SigningKeys
from support.api import Api, api_key, public
from support.database import make_tenant

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from fastapi import FastAPI

    from groschen.kit.config import Settings
    from groschen.kit.db import Database
    from groschen.kit.postgres import ServerUrls

TICKET = DeliveryStep("ticket", "ticket", (), {})
CARD = DeliveryStep("card", "manual", ("ticket",), {})
NOWHERE = DeliveryStep("fly", "drone", (), {})
ATTRIBUTES = {
    "order": "A-1",
    "product": "single",
    "route": "A-B",
    "operators": ["op-a"],
    "quantity": "1",
    "service_on": "2026-03-10",
    "valid_minutes": 120,
}


@pytest.fixture(scope="module")
async def app(settings: Settings) -> AsyncIterator[FastAPI]:
    app = create_app(settings)
    async with app.router.lifespan_context(app):
        yield app


@pytest.fixture(autouse=True)
def nobody_listens(app: FastAPI) -> Iterator[None]:
    """The tasks of these tests belong to no stored order."""
    _ = app
    kept = {name: LISTENERS.pop(name) for name in list(LISTENERS) if "delivery_task" in name}
    yield
    LISTENERS.update(kept)


@pytest.fixture
async def api(app: FastAPI, database: Database, database_urls: ServerUrls) -> Api:
    tenant_id = make_tenant(database_urls)
    return Api(app, await api_key(database, tenant_id, ROLES["operator"]), tenant_id)


async def order(api: Api, *steps: DeliveryStep) -> str:
    """Plan and start an order's delivery, run it, and return the order's id."""
    runtime = api.app.state.runtime
    order_id = new_id()
    async with runtime.database.scope(api.tenant_id, SYSTEM) as scope:
        await service.plan(scope, [ItemToDeliver(order_id, new_id(), steps, ATTRIBUTES)])
        await service.start(scope, [order_id])
    await run(api)
    return encode_id("ord", order_id)


async def run(api: Api) -> None:
    await jobs.run(api.app.state.runtime, api.tenant_id)


async def tasks_of(api: Api, order_id: str) -> dict[str, Any]:
    answer = await api.get(f"/v1/delivery_tasks?order_id={order_id}")
    assert answer.status_code == 200
    return {task["step"]: task for task in answer.json()["data"]}


async def test_a_ticket_is_signed_with_the_published_key(api: Api) -> None:
    task = (await tasks_of(api, await order(api, TICKET)))["ticket"]
    assert task["state"] == "done"
    (key,) = (await api.get("/v1/ticket_keys")).json()["data"]
    ticket = verify(task["result"]["ticket"].encode(), read_public_pem(key["public_key"].encode()))
    assert ticket.route == "A-B"


async def test_a_person_submits_a_manual_task(api: Api) -> None:
    order_id = await order(api, TICKET, CARD)
    card = (await tasks_of(api, order_id))["card"]
    assert card["state"] == "awaiting_callback"
    path = f"/v1/delivery_tasks/{card['id']}"
    done = await api.post(f"{path}/submit", {"output": {"letter": "R-1"}, "note": "posted"})
    assert (done.status_code, done.json()["state"]) == (200, "done")
    assert [one["outcome"] for one in done.json()["history"]] == ["awaiting_callback", "submitted"]
    again = await api.post(f"{path}/submit", {"note": "posted"})
    assert (again.status_code, again.json()["code"]) == (409, "illegal_transition")


async def test_people_decide_about_fallout(api: Api) -> None:
    tasks = [(await tasks_of(api, await order(api, NOWHERE)))["fly"] for _ in range(3)]
    listed = (await api.get("/v1/delivery_tasks?state=fallout")).json()["data"]
    assert {task["id"] for task in listed} == {task["id"] for task in tasks}
    retried, done, skipped = (f"/v1/delivery_tasks/{task['id']}" for task in tasks)
    answer = await api.post(f"{retried}/retry", {"reason": "the drone is back"})
    assert answer.json()["state"] == "ready"
    body = {"reason": "flown by hand", "proof": {"photo": "P-1"}}
    assert (await api.post(f"{done}/mark_done", body)).json()["state"] == "done"
    answer = await api.post(f"{skipped}/skip", {"reason": "cancelled by phone"})
    assert answer.json()["state"] == "skipped"
    assert answer.json()["history"][-1]["detail"] == {"reason": "cancelled by phone"}
    assert (await api.post(f"{skipped}/retry", {"reason": "no"})).json()["code"] == "not_in_fallout"
    assert (await api.post(f"{retried}/skip", {})).status_code == 400


async def test_a_target_reports_with_a_signature(api: Api) -> None:
    card = (await tasks_of(api, await order(api, TICKET, CARD)))["card"]
    runtime = api.app.state.runtime
    (key, *_) = await SigningKeys(runtime.database, the_seal()).current(
        api.tenant_id, Purpose.WEBHOOK
    )
    body = json.dumps({"status": "done", "output": {"code": "4711"}}).encode()
    path = f"/v1/delivery_tasks/{card['id']}/result?tenant_id={public(api.tenant_id)}"
    target = api.with_token(None)
    for _ in range(2):
        headers = sign([key.secret], "msg_1", real_now(), body)
        answer = await target("POST", path, content=body, headers=headers)
        assert (answer.status_code, answer.json()["result"]) == (200, {"code": "4711"})
    assert (await api.get(f"/v1/delivery_tasks/{card['id']}")).json()["attempts"] == 2


async def test_a_forged_report_changes_nothing(api: Api) -> None:
    card = (await tasks_of(api, await order(api, TICKET, CARD)))["card"]
    body = json.dumps({"status": "done"}).encode()
    target = api.with_token(None)
    path = f"/v1/delivery_tasks/{card['id']}/result"
    forged = sign([b"x" * 32], "msg_1", real_now(), body)
    for tenant_id in (api.tenant_id, new_id()):
        signed = f"{path}?tenant_id={public(tenant_id)}"
        answer = await target("POST", signed, content=body, headers=forged)
        assert (answer.status_code, answer.json()["code"]) == (401, "signature_invalid")
    assert (await target("POST", path, content=body)).status_code == 401
    assert (await tasks_of(api, card["order_id"]))["card"]["state"] == "awaiting_callback"


async def test_a_key_reports_a_failure(api: Api, database: Database) -> None:
    card = (await tasks_of(api, await order(api, TICKET, CARD)))["card"]
    path = f"/v1/delivery_tasks/{card['id']}/result"
    body = {"status": "failed", "code": "address_unknown", "detail": "returned to sender"}
    reader = api.with_token(await api_key(database, api.tenant_id, ROLES["read_only"]))
    assert (await reader.post(path, body)).status_code == 403
    answer = (await api.post(path, body)).json()
    assert answer["state"] == "fallout"
    assert answer["failure"]["code"] == "address_unknown"


async def test_partners_and_other_tenants_see_no_task(
    app: FastAPI, api: Api, database: Database, database_urls: ServerUrls
) -> None:
    order_id = await order(api, TICKET)
    task = (await tasks_of(api, order_id))["ticket"]
    stranger_id = make_tenant(database_urls)
    stranger = Api(app, await api_key(database, stranger_id), stranger_id)
    partner = api.with_token(
        await api_key(database, api.tenant_id, ROLES["partner"], party_id=UUID(int=7))
    )
    for other in (stranger, partner):
        assert (await other.get(f"/v1/delivery_tasks/{task['id']}")).status_code == 404
        assert await tasks_of(other, order_id) == {}
    assert (
        await stranger.post(f"/v1/delivery_tasks/{task['id']}/skip", {"reason": "x"})
    ).status_code == 404
