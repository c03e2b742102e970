"""A command takes effect once per idempotency key, and its answer can be had again."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import psycopg
import pytest
from fastapi import FastAPI

from groschen.kit.http import Router, Writer
from groschen.kit.http.problems import problems

if TYPE_CHECKING:
    from groschen.kit.postgres import ServerUrls
    from support.api import Api

KEY = {"name": "Shop", "permissions": ["orders:read"]}


def count(urls: ServerUrls, api: Api, table: str) -> int:
    with psycopg.connect(urls.superuser) as conn:
        row = conn.execute(
            f"SELECT count(*) FROM groschen.{table} WHERE tenant_id = %s",
            (api.tenant_id,),
        ).fetchone()
    assert row is not None
    return int(row[0])


async def test_the_same_key_gives_the_same_answer_and_one_effect(
    api: Api, database_urls: ServerUrls
) -> None:
    before = count(database_urls, api, "api_keys")
    first = await api.post("/v1/api_keys", KEY, key="one")
    again = await api.post("/v1/api_keys", KEY, key="one")
    assert first.status_code == again.status_code == 201, first.text
    assert first.content == again.content
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert count(database_urls, api, "api_keys") == before + 1


async def test_the_same_key_at_the_same_time_takes_effect_once(
    api: Api, database_urls: ServerUrls
) -> None:
    before = count(database_urls, api, "api_keys")
    answers = await asyncio.gather(*(api.post("/v1/api_keys", KEY, key="race") for _ in range(6)))
    made = [answer for answer in answers if answer.status_code == 201]
    busy = [answer for answer in answers if answer.status_code == 409]
    assert len(made) + len(busy) == 6
    assert len({answer.content for answer in made}) == 1
    assert count(database_urls, api, "api_keys") == before + 1
    for answer in busy:
        assert answer.json()["code"] == "idempotency_key_running"
        assert int(answer.headers["retry-after"]) >= 1


async def test_while_a_command_runs_its_key_is_refused_with_retry_after(
    api: Api, database_urls: ServerUrls
) -> None:
    """Hold what the command needs, so that it is certainly running when the second comes."""
    with psycopg.connect(database_urls.superuser) as conn:
        conn.execute("LOCK TABLE groschen.api_keys IN SHARE MODE")
        running = asyncio.create_task(api.post("/v1/api_keys", KEY, key="slow"))
        for _ in range(100):
            await asyncio.sleep(0.02)
            waiting = conn.execute("SELECT count(*) FROM pg_locks WHERE NOT granted").fetchone()
            if waiting and waiting[0]:
                break
        second = await api.post("/v1/api_keys", KEY, key="slow")
        conn.rollback()
    assert second.status_code == 409
    assert second.json()["code"] == "idempotency_key_running"
    assert second.headers["retry-after"] == "1"
    assert (await running).status_code == 201
    third = await api.post("/v1/api_keys", KEY, key="slow")
    assert third.headers["idempotency-replayed"] == "true"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/api_keys", {**KEY, "name": "Other"}),
        ("/v1/api_keys?dry_run=false", KEY),
        ("/v1/users", {"email": "a@b.example", "name": "A", "role": "operator"}),
    ],
)
async def test_the_same_key_for_another_request_is_refused(
    api: Api, path: str, body: dict[str, object]
) -> None:
    assert (await api.post("/v1/api_keys", KEY, key="reused")).status_code == 201
    other = await api.post(path, body, key="reused")
    assert other.status_code == 422
    assert other.json()["code"] == "idempotency_key_reused"


async def test_a_refusal_is_kept_like_a_success(api: Api) -> None:
    founding = {
        "external_id": "sub", "name": "Sub", "country": "DE", "time_zone": "Europe/Berlin",
        "home_currency": "EUR",
    }  # fmt: skip
    assert (await api.post("/v1/tenants", founding, key="a")).status_code == 201
    refused = await api.post("/v1/tenants", founding, key="b")
    again = await api.post("/v1/tenants", founding, key="b")
    assert refused.status_code == again.status_code == 409
    assert refused.json()["code"] == "tenant_exists"
    assert refused.content == again.content
    assert again.headers["content-type"] == "application/problem+json"
    assert again.headers["idempotency-replayed"] == "true"


async def test_a_malformed_request_does_not_use_its_key_up(api: Api) -> None:
    assert (await api.post("/v1/api_keys", {"nam": 1}, key="typo")).status_code == 400
    assert (await api.post("/v1/api_keys", KEY, key="typo")).status_code == 201


async def test_two_actors_have_their_own_keys(api: Api) -> None:
    second = await api.post("/v1/api_keys", {**KEY, "permissions": ["keys:write", "orders:read"]})
    mine = await api.post("/v1/api_keys", KEY, key="shared")
    theirs = await api.with_token(second.json()["secret"]).post("/v1/api_keys", KEY, key="shared")
    assert mine.status_code == theirs.status_code == 201
    assert mine.json()["key"]["id"] != theirs.json()["key"]["id"]


async def test_dry_run_answers_and_leaves_no_row(api: Api, database_urls: ServerUrls) -> None:
    tables = ("api_keys", "idempotency_keys", "outbox", "events")
    before = [count(database_urls, api, table) for table in tables]
    answer = await api.post("/v1/api_keys?dry_run=true", KEY, key="dry")
    assert answer.status_code == 201
    assert answer.json()["key"]["name"] == "Shop"
    assert [count(database_urls, api, table) for table in tables] == before
    secret = answer.json()["secret"]
    assert (await api.with_token(secret).get("/v1/sessions/current")).status_code == 401
    assert (await api.post("/v1/api_keys", KEY, key="dry")).status_code == 201


async def test_a_kept_answer_cannot_be_read_from_the_database(
    api: Api, database_urls: ServerUrls
) -> None:
    answer = await api.post("/v1/api_keys", KEY, key="my-own-key")
    with psycopg.connect(database_urls.superuser) as conn:
        rows = conn.execute(
            "SELECT key, body_hash, answer FROM groschen.idempotency_keys WHERE tenant_id = %s",
            (api.tenant_id,),
        ).fetchall()
    stored = repr(rows)
    assert rows
    assert answer.json()["secret"] not in stored
    assert "my-own-key" not in stored


@pytest.mark.parametrize("key", ["", "with space", "x" * 256, "ümlaut"])
async def test_a_malformed_key_is_refused(api: Api, key: str) -> None:
    answer = await api.post("/v1/api_keys", KEY, Idempotency_Key=key)
    assert answer.status_code == 400
    assert answer.json()["code"] == "idempotency_key_malformed"


async def test_a_command_that_needs_a_key_says_so(app: FastAPI, api: Api) -> None:
    runs: list[int] = []
    router = Router("proof", prefix=f"/v1/proof_{len(app.routes)}")

    @router.post("", permission="orders:write", verb="move", idempotent="required",
                 responses=problems())  # fmt: skip
    async def move(scope: Writer) -> dict[str, str]:
        runs.append(1)
        return {"tenant": scope.tenant.name}

    app.include_router(router.routes)
    missing = await api.post(router.routes.prefix)
    assert missing.status_code == 400
    assert missing.json()["code"] == "idempotency_key_missing"
    assert not runs
    assert (await api.post(router.routes.prefix, key="k")).status_code == 201
    assert (await api.post(router.routes.prefix, key="k")).json() == {"tenant": "Verbund"}
    assert len(runs) == 1


@pytest.mark.parametrize(
    "failure", [psycopg.errors.SerializationFailure, psycopg.errors.DeadlockDetected]
)
async def test_a_collision_is_repeated_with_the_same_input(
    app: FastAPI, api: Api, failure: type[Exception]
) -> None:
    bodies: list[dict[str, int]] = []
    router = Router("collide", prefix=f"/v1/collide_{len(app.routes)}")

    @router.post("", permission="orders:write", verb="try")
    async def collide(body: dict[str, int], scope: Writer) -> dict[str, int]:
        bodies.append(body)
        if len(bodies) < 3:
            raise failure("somebody else was faster")
        return {"tries": len(bodies), "tenant": len(scope.tenant.name)}

    app.include_router(router.routes)
    answer = await api.post(router.routes.prefix, {"n": 7}, key="again")
    assert answer.status_code == 201
    assert answer.json()["tries"] == 3
    assert bodies == [{"n": 7}] * 3


async def test_a_bug_is_a_500_with_request_id_and_is_not_kept(app: FastAPI, api: Api) -> None:
    fails = [True]
    router = Router("bug", prefix=f"/v1/bug_{len(app.routes)}")

    @router.post("", permission="orders:write", verb="try")
    async def stumble(scope: Writer) -> dict[str, str]:
        await scope.conn.execute("SELECT 1")
        if fails:
            raise ZeroDivisionError
        return {"done": "yes"}

    app.include_router(router.routes)
    answer = await api.post(router.routes.prefix, key="b", Request_Id="find-me")
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["request_id"] == answer.headers["request-id"] == "find-me"
    assert "ZeroDivision" not in answer.text
    fails.clear()
    assert (await api.post(router.routes.prefix, key="b")).status_code == 201
