"""Tenants form a tree; each is founded complete, and may have one test twin."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest

from groschen.core.errors import GroschenError, Kind
from groschen.features.tenants import service as tenants
from groschen.kit.actor import SYSTEM
from groschen.kit.outbox import LISTENERS, Event, listens
from support.api import Api, founding, public

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from groschen.kit.db import Database, Scope
    from groschen.kit.postgres import ServerUrls

CHILD = {
    "external_id": "north",
    "name": "Stadtwerke Nord",
    "country": "DE",
    "time_zone": "Europe/Berlin",
    "home_currency": "EUR",
}


class SeedRefused(GroschenError):
    code = "seed_refused"
    kind = Kind.CONFLICT


@pytest.fixture
def heard() -> Iterator[list[tuple[str, str]]]:
    """Collect in which tenant ``tenant.created`` is heard."""
    found: list[tuple[str, str]] = []

    async def listen(scope: Scope, events: Sequence[Event]) -> None:
        found.extend((str(scope.tenant_id), event.type) for event in events)

    listens("tenant.created")(listen)
    yield found
    LISTENERS["tenant.created"].remove(listen)


async def test_a_child_is_founded_and_listed(api: Api) -> None:
    founded = await api.post("/v1/tenants", CHILD)
    assert founded.status_code == 201, founded.text
    child = founded.json()
    assert child["parent_tenant_id"] == public(api.tenant_id)
    assert child["mode"] == "live"
    assert child["modules"] == ["delivery", "orders", "payments", "settlements", "shares"]
    listed = (await api.get("/v1/tenants")).json()["data"]
    assert [(one["id"], one["external_id"], one["relation"]) for one in listed] == [
        (child["id"], "north", "child")
    ]


async def test_listeners_seed_the_child_in_the_same_transaction(
    api: Api, heard: list[tuple[str, str]], database: Database
) -> None:
    async with database.scope(api.tenant_id, SYSTEM) as scope:
        child = await tenants.found_child(scope, founding())
    assert heard == [(str(child.tenant_id), "tenant.created")]


async def test_a_listener_that_refuses_leaves_no_tenant(
    api: Api, database_urls: ServerUrls
) -> None:
    async def refuse(scope: Scope, events: Sequence[Event]) -> None:
        _ = scope, events
        raise SeedRefused("no chart of accounts for this country")

    listens("tenant.created")(refuse)
    try:
        answer = await api.post("/v1/tenants", {**CHILD, "external_id": "refused"}, key="r")
    finally:
        LISTENERS["tenant.created"].remove(refuse)
    assert answer.json()["code"] == "seed_refused"
    with psycopg.connect(database_urls.superuser) as conn:
        for table in ("tenants", "tenant_children"):
            row = conn.execute(
                f"SELECT count(*) FROM groschen.{table} WHERE external_id = 'refused'"
            ).fetchone()
            assert row == (0,)
    again = await api.post("/v1/tenants", {**CHILD, "external_id": "refused"}, key="r")
    assert again.headers["idempotency-replayed"] == "true"


async def test_after_founding_the_scope_is_in_its_own_tenant_again(
    api: Api, database: Database
) -> None:
    async with database.scope(api.tenant_id, SYSTEM) as scope:
        child = await tenants.found_child(scope, founding())
        own = await tenants.current_tenant(scope)
        assert own.tenant_id == api.tenant_id
        cursor = await scope.conn.execute(
            "SELECT count(*) FROM tenants WHERE tenant_id = %s", (child.tenant_id,)
        )
        assert await cursor.fetchone() == (0,)


async def test_an_external_id_is_taken_once_per_parent(api: Api, other: Api) -> None:
    assert (await api.post("/v1/tenants", CHILD)).status_code == 201
    refused = await api.post("/v1/tenants", CHILD)
    assert refused.status_code == 409
    assert refused.json()["errors"][0]["pointer"] == "/external_id"
    assert (await other.post("/v1/tenants", CHILD)).status_code == 201


async def test_a_test_twin_has_the_settings_but_its_own_data(api: Api) -> None:
    answer = await api.post("/v1/tenants/current/test_twin")
    assert answer.status_code == 201, answer.text
    twin = answer.json()
    own = (await api.get("/v1/tenants/current")).json()
    assert twin["mode"] == "test"
    assert (twin["twin_tenant_id"], own["twin_tenant_id"]) == (own["id"], twin["id"])
    assert twin["parent_tenant_id"] == own["id"]
    inside = api.on_behalf_of(twin["id"])
    key = (await inside.post("/v1/api_keys", {"name": "t", "permissions": ["orders:read"]})).json()
    assert key["secret"].startswith("gk_test_")
    assert (await api.post("/v1/tenants/current/test_twin")).json()["code"] == "test_twin_exists"
    assert (await inside.post("/v1/tenants/current/test_twin")).json()["code"] == "test_tenant"


async def test_a_child_of_a_test_tenant_is_a_test_tenant(api: Api) -> None:
    twin = (await api.post("/v1/tenants/current/test_twin")).json()["id"]
    start = "2026-01-01T00:00:00Z"
    founded = await api.on_behalf_of(twin).post("/v1/tenants", {**CHILD, "test_now": start})
    assert founded.json()["mode"] == "test"
    inside = await api.on_behalf_of(founded.json()["id"]).get("/v1/test_clock")
    assert inside.json() == {"mode": "test", "now": start, "today": "2026-01-01"}


async def test_another_tenants_child_cannot_be_seen(api: Api, other: Api) -> None:
    child = (await api.post("/v1/tenants", CHILD)).json()["id"]
    assert (await other.get("/v1/tenants")).json()["data"] == []
    assert (await other.on_behalf_of(child).get("/v1/tenants/current")).status_code == 404


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("time_zone", "Mars/Olympus"),
        ("home_currency", "QQQ"),
        ("country", "de"),
        ("funds_model", "pocket"),
        ("external_id", "../x"),
        ("name", " "),
        ("modules", "orders"),
        ("test_now", "yesterday"),
    ],
)
async def test_a_wrong_field_is_named(api: Api, field: str, value: str) -> None:
    answer = await api.post("/v1/tenants", {**CHILD, field: value})
    assert answer.status_code == 400
    assert [fault["pointer"] for fault in answer.json()["errors"]] == [f"/{field}"]


async def test_an_unknown_module_is_refused(api: Api) -> None:
    answer = await api.post("/v1/tenants", {**CHILD, "modules": ["orders", "teleport"]})
    assert (answer.status_code, answer.json()["code"]) == (400, "module_unknown")
