"""Who may ask, and for which tenant."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import psycopg
import pytest

from groschen.kit.auth.credentials import is_api_key, new_token
from groschen.kit.clock import real_now
from groschen.kit.ids import new_id
from support.api import api_key, public

if TYPE_CHECKING:
    from groschen.kit.db import Database
    from groschen.kit.postgres import ServerUrls
    from support.api import Api

WHO = "/v1/sessions/current"
MADE = {"name": "Shop", "permissions": ["tenants:read"]}


async def test_a_key_says_who_it_is(api: Api) -> None:
    answer = await api.get(WHO)
    assert answer.status_code == 200
    who = answer.json()
    assert who["kind"] == "key"
    assert who["tenant_id"] == public(api.tenant_id)
    assert "orders:write" in who["permissions"]


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer",
        "Bearer ",
        "Basic dXNlcjpwYXNz",
        "Bearer gk_live_short",
        "Bearer gk_live_" + "A" * 49,
        "Bearer gs_" + "A" * 64,
        "Bearer " + "x" * 5000,
    ],
)
async def test_what_is_no_key_is_refused(api: Api, authorization: str) -> None:
    answer = await api.get(WHO, Authorization=authorization)
    assert answer.status_code == 401
    assert answer.json()["code"] == "unauthenticated"
    assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_a_key_is_checked_before_any_look_up(api: Api) -> None:
    assert api.token is not None
    assert is_api_key(api.token)
    changed = api.token[:-1] + ("a" if api.token[-1] != "a" else "b")
    assert not is_api_key(changed)
    assert (await api.with_token(changed).get(WHO)).status_code == 401


async def test_a_session_token_of_a_tenant_that_never_was_is_refused(api: Api) -> None:
    assert (await api.with_token(new_token("session", new_id())).get(WHO)).status_code == 401


async def test_a_revoked_key_fails_at_its_next_request(api: Api) -> None:
    made = (await api.post("/v1/api_keys", MADE)).json()
    short = api.with_token(made["secret"])
    assert (await short.get(WHO)).status_code == 200
    revoked = await api.post(f"/v1/api_keys/{made['key']['id']}/revoke")
    assert revoked.json()["revoked_at"] is not None
    answer = await short.get(WHO)
    assert answer.status_code == 401
    assert answer.json()["code"] == "credentials_revoked"


async def test_an_expired_key_fails(api: Api, database_urls: ServerUrls) -> None:
    soon = (real_now() + timedelta(minutes=5)).isoformat(timespec="seconds")
    made = (await api.post("/v1/api_keys", {**MADE, "expires_at": soon})).json()
    short = api.with_token(made["secret"])
    assert (await short.get(WHO)).status_code == 200
    with psycopg.connect(database_urls.superuser) as conn:
        conn.execute(
            "UPDATE groschen.api_keys SET expires_at = %s WHERE tenant_id = %s AND name = 'Shop'",
            (datetime(2020, 1, 1, tzinfo=UTC), api.tenant_id),
        )
    answer = await short.get(WHO)
    assert answer.status_code == 401
    assert answer.json()["code"] == "credentials_expired"


async def test_a_key_may_only_what_it_says(api: Api) -> None:
    made = (await api.post("/v1/api_keys", MADE)).json()
    short = api.with_token(made["secret"])
    assert (await short.get("/v1/tenants/current")).status_code == 200
    refused = await short.get("/v1/parties")
    assert refused.status_code == 403
    assert refused.json()["code"] == "permission_missing"
    assert "parties:read" in refused.json()["detail"]


async def test_the_right_is_asked_before_the_body_is_looked_at(api: Api) -> None:
    made = (await api.post("/v1/api_keys", MADE)).json()
    answer = await api.with_token(made["secret"]).post("/v1/parties", {"nonsense": True})
    assert answer.status_code == 403


async def test_nobody_hands_on_a_right_they_do_not_have(api: Api) -> None:
    body = {"name": "Small", "permissions": ["keys:write", "orders:read"]}
    small = api.with_token((await api.post("/v1/api_keys", body)).json()["secret"])
    more = {"name": "Bigger", "permissions": ["orders:read", "orders:write"]}
    refused = await small.post("/v1/api_keys", more)
    assert refused.status_code == 403
    assert refused.json()["code"] == "permission_not_held"


async def test_a_platform_key_acts_for_a_tenant_below(api: Api, root: Api) -> None:
    below = root.on_behalf_of(public(api.tenant_id))
    who = (await below.get(WHO)).json()
    assert who["tenant_id"] == public(api.tenant_id)
    founded = await below.post(
        "/v1/tenants",
        {
            "external_id": "deep",
            "name": "Deep",
            "country": "DE",
            "time_zone": "Europe/Berlin",
            "home_currency": "EUR",
        },
    )
    deep = await root.on_behalf_of(founded.json()["id"]).get(WHO)
    assert deep.json()["tenant_name"] == "Deep"


async def test_nobody_acts_for_a_tenant_beside_or_above(api: Api, other: Api, root: Api) -> None:
    for tenant_id in (other.tenant_id, root.tenant_id, new_id()):
        answer = await api.on_behalf_of(public(tenant_id)).get(WHO)
        assert answer.status_code == 404
        assert answer.json()["code"] == "tenant_not_found"


async def test_acting_for_another_needs_the_right(api: Api, root: Api, database: Database) -> None:
    key = await api_key(database, root.tenant_id, ["tenants:read", "parties:read"])
    weak = root.with_token(key).on_behalf_of(public(api.tenant_id))
    assert (await weak.get(WHO)).status_code == 403


async def test_a_malformed_on_behalf_of_is_a_400(root: Api) -> None:
    assert (await root.on_behalf_of("ten_nonsense").get(WHO)).status_code == 400


async def test_the_last_use_of_a_key_is_kept(api: Api) -> None:
    keys = (await api.get("/v1/api_keys")).json()["data"]
    assert keys[0]["last_used_at"] is None
    await api.app.state.authenticator.write_uses()
    keys = (await api.get("/v1/api_keys")).json()["data"]
    assert keys[0]["last_used_at"] is not None
