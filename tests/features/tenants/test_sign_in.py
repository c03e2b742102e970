"""People sign in: by a one-time link first, then by password, and not by guessing."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from groschen.features.tenants import service as tenants
from support.api import public

if TYPE_CHECKING:
    import httpx2

    from groschen.kit.db import Database
    from groschen.kit.postgres import ServerUrls
    from support.api import Api

PASSWORD = "correct horse battery staple"
WHO = "/v1/sessions/current"


async def add(api: Api, email: str, role: str = "operator") -> str:
    answer = await api.post("/v1/users", {"email": email, "name": "Ada Berg", "role": role})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def link(api: Api, user_id: str) -> str:
    return str((await api.post(f"/v1/users/{user_id}/sign_in_links")).json()["token"])


async def by_link(api: Api, token: str, **more: str) -> httpx2.Response:
    return await api.with_token(None).post("/v1/sessions/by_link", {"token": token, **more})


async def sign_in(api: Api, email: str, password: str, **more: str) -> httpx2.Response:
    body = {"email": email, "password": password, **more}
    return await api.with_token(None).post("/v1/sessions", body)


async def person(api: Api, email: str, role: str = "operator") -> Api:
    token = await link(api, await add(api, email, role))
    answer = await by_link(api, token, password=PASSWORD)
    assert answer.status_code == 201, answer.text
    return api.with_token(answer.json()["token"])


async def test_a_link_lets_in_once_and_sets_the_password(api: Api) -> None:
    token = await link(api, await add(api, "once@example.org"))
    first = await by_link(api, token, password=PASSWORD)
    assert first.status_code == 201
    again = await by_link(api, token, password=PASSWORD)
    assert (again.status_code, again.json()["code"]) == (401, "link_refused")
    session = await sign_in(api, " Once@Example.ORG ".strip(), PASSWORD)
    assert session.status_code == 201
    who = (await api.with_token(session.json()["token"]).get(WHO)).json()
    assert (who["kind"], who["role"], who["tenant_id"]) == (
        "user", "operator", public(api.tenant_id),
    )  # fmt: skip


async def test_a_link_used_twice_at_once_lets_in_once(api: Api) -> None:
    token = await link(api, await add(api, "twice@example.org"))
    answers = await asyncio.gather(*(by_link(api, token) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 401, 401, 401]


@pytest.mark.parametrize("token", ["", "gl_", "gl_" + "A" * 64, "gs_" + "A" * 64, "x" * 100])
async def test_what_is_no_link_is_refused(api: Api, token: str) -> None:
    assert (await by_link(api, token)).status_code == 401


async def test_an_expired_link_is_refused(api: Api, database_urls: ServerUrls) -> None:
    token = await link(api, await add(api, "late@example.org"))
    with psycopg.connect(database_urls.superuser) as conn:
        conn.execute("UPDATE groschen.sign_in_links SET expires_at = '2020-01-01T00:00Z'")
    assert (await by_link(api, token)).status_code == 401


async def test_a_password_too_short_leaves_the_link_unused(api: Api) -> None:
    token = await link(api, await add(api, "short@example.org"))
    assert (await by_link(api, token, password="short")).status_code == 400
    assert (await by_link(api, token, password=PASSWORD)).status_code == 201


async def test_wrong_e_mail_and_wrong_password_sound_the_same(api: Api) -> None:
    await person(api, "known@example.org")
    wrong = [
        (await sign_in(api, email, "not the password")).json()
        for email in ("known@example.org", "unknown@example.org")
    ]
    assert wrong[0]["code"] == "sign_in_refused"
    for problem in wrong:
        problem.pop("request_id")
    assert wrong[0] == wrong[1]


async def test_five_failed_tries_lock_out_even_at_once(api: Api, database_urls: ServerUrls) -> None:
    await person(api, "guessed@example.org")
    tries = await asyncio.gather(
        *(sign_in(api, "guessed@example.org", f"guess {n}") for n in range(8))
    )
    assert {answer.status_code for answer in tries} == {401}
    assert (await sign_in(api, "guessed@example.org", PASSWORD)).status_code == 401
    with psycopg.connect(database_urls.superuser) as conn:
        row = conn.execute(
            "SELECT failed_tries, locked_until > created_at FROM groschen.users"
            " WHERE tenant_id = %s",
            (api.tenant_id,),
        ).fetchone()
        assert row == (5, True)
        conn.execute("UPDATE groschen.users SET locked_until = '2020-01-01T00:00Z'")
    assert (await sign_in(api, "guessed@example.org", PASSWORD)).status_code == 201


async def test_a_good_sign_in_forgives_earlier_tries(api: Api) -> None:
    await person(api, "clumsy@example.org")
    for _ in range(3):
        for _ in range(3):
            assert (await sign_in(api, "clumsy@example.org", "oh no")).status_code == 401
        assert (await sign_in(api, "clumsy@example.org", PASSWORD)).status_code == 201


async def test_the_same_address_may_sign_in_to_two_tenants(api: Api, other: Api) -> None:
    await person(api, "both@example.org")
    await person(other, "both@example.org")
    for tenant in (api, other):
        session = await sign_in(
            api, "both@example.org", PASSWORD, tenant_id=public(tenant.tenant_id)
        )
        assert session.json()["tenant_id"] == public(tenant.tenant_id)


async def test_an_address_is_taken_once_in_a_tenant(api: Api) -> None:
    await add(api, "taken@example.org")
    body = {"email": "Taken@Example.org", "name": "B", "role": "operator"}
    answer = await api.post("/v1/users", body)
    assert (answer.status_code, answer.json()["code"]) == (409, "email_taken")


async def test_signing_out_ends_the_session(api: Api) -> None:
    ada = await person(api, "out@example.org")
    assert (await ada.get(WHO)).status_code == 200
    assert (await ada("DELETE", WHO)).status_code == 204
    answer = await ada.get(WHO)
    assert (answer.status_code, answer.json()["code"]) == (401, "credentials_revoked")


async def test_a_session_ends_by_itself(api: Api, database_urls: ServerUrls) -> None:
    ada = await person(api, "slow@example.org")
    with psycopg.connect(database_urls.superuser) as conn:
        conn.execute("UPDATE groschen.sessions SET expires_at = '2020-01-01T00:00Z'")
    assert (await ada.get(WHO)).json()["code"] == "credentials_expired"


async def test_a_disabled_person_is_out_at_once(api: Api) -> None:
    user_id = await add(api, "gone@example.org")
    ada = api.with_token(
        (await by_link(api, await link(api, user_id), password=PASSWORD)).json()["token"]
    )
    assert (await api.post(f"/v1/users/{user_id}/disable")).status_code == 200
    assert (await ada.get(WHO)).status_code == 401
    assert (await sign_in(api, "gone@example.org", PASSWORD)).status_code == 401
    assert (await api.post(f"/v1/users/{user_id}/sign_in_links")).json()["code"] == "user_disabled"


async def test_an_erased_person_is_forgotten(api: Api, database_urls: ServerUrls) -> None:
    user_id = await add(api, "forget@example.org")
    await by_link(api, await link(api, user_id), password=PASSWORD)
    for _ in range(2):
        assert (await api.post(f"/v1/users/{user_id}/erase")).status_code == 200
    shown = (await api.get(f"/v1/users/{user_id}")).json()
    assert (shown["email"], shown["name"]) == (None, None)
    assert shown["user"]["disabled_at"] is not None
    assert (await sign_in(api, "forget@example.org", PASSWORD)).status_code == 401
    with psycopg.connect(database_urls.superuser) as conn:
        row = conn.execute(
            "SELECT count(*) FROM groschen.directory WHERE kind = 'user_email' AND tenant_id = %s",
            (api.tenant_id,),
        ).fetchone()
    assert row == (0,)
    await add(api, "forget@example.org")


async def test_one_changes_ones_own_password(api: Api) -> None:
    ada = await person(api, "change@example.org")
    path = f"{WHO}/password"
    wrong = await ada.post(path, {"old": "not it at all", "new": "a new and long one"})
    assert (wrong.status_code, wrong.json()["code"]) == (401, "sign_in_refused")
    assert (await ada.post(path, {"old": PASSWORD, "new": "a new and long one"})).status_code == 204
    assert (await sign_in(api, "change@example.org", PASSWORD)).status_code == 401
    assert (await sign_in(api, "change@example.org", "a new and long one")).status_code == 201
    assert (await api.post(path, {"old": PASSWORD, "new": "a new and long one"})).status_code == 401


async def test_a_role_is_what_one_may_do(api: Api) -> None:
    finance = await person(api, "finance@example.org", "finance")
    reader = await person(api, "reader@example.org", "read_only")
    body = {"kind": "organisation", "name": "N", "roles": [], "country": "DE"}
    assert (await finance.post("/v1/parties", body)).status_code == 403
    assert (await reader.get("/v1/parties")).status_code == 200
    assert (await reader.get("/v1/users")).status_code == 403


async def test_nobody_makes_somebody_mightier_than_oneself(api: Api) -> None:
    keys = {"name": "k", "permissions": ["tenants:admin", "tenants:read"]}
    weak = api.with_token((await api.post("/v1/api_keys", keys)).json()["secret"])
    body = {"email": "boss@example.org", "name": "B", "role": "administrator"}
    assert (await weak.post("/v1/users", body)).json()["code"] == "permission_not_held"


async def test_a_partners_person_is_added_at_the_party(api: Api) -> None:
    body = {"email": "pia@example.org", "name": "Pia", "role": "partner"}
    answer = await api.post("/v1/users", body)
    assert (answer.status_code, answer.json()["code"]) == (422, "role_needs_party")
    operator = await add(api, "op@example.org")
    answer = await api.post(f"/v1/users/{operator}/role", {"role": "partner"})
    assert (answer.status_code, answer.json()["code"]) == (422, "role_needs_party")


async def test_the_last_administrator_stays(api: Api) -> None:
    first = await add(api, "first@example.org", "administrator")
    refused = await api.post(f"/v1/users/{first}/disable")
    assert (refused.status_code, refused.json()["code"]) == (409, "last_administrator")
    refused = await api.post(f"/v1/users/{first}/role", {"role": "operator"})
    assert refused.json()["code"] == "last_administrator"
    await add(api, "second@example.org", "administrator")
    assert (await api.post(f"/v1/users/{first}/role", {"role": "operator"})).status_code == 200


async def test_a_person_switches_within_the_subtree_only(api: Api, other: Api) -> None:
    ada = await person(api, "switch@example.org", "administrator")
    twin = (await api.post("/v1/tenants/current/test_twin")).json()["id"]
    switched = await ada.post(f"{WHO}/switch", {"tenant_id": twin})
    assert switched.status_code == 204, switched.text
    assert (await ada.get(WHO)).json()["tenant_id"] == twin
    assert (await ada.get("/v1/tenants/current")).json()["mode"] == "test"
    outside = await ada.post(f"{WHO}/switch", {"tenant_id": public(other.tenant_id)})
    assert outside.status_code == 404
    back = await ada.post(f"{WHO}/switch", {"tenant_id": public(api.tenant_id)})
    assert back.status_code == 204
    assert (await ada.get(WHO)).json()["mode"] == "live"


async def test_the_first_start_makes_an_administrator_once(
    root: Api, database: Database, database_urls: ServerUrls
) -> None:
    assert await tenants.ensure_installation(database) is None
    with psycopg.connect(database_urls.superuser) as conn:
        row = conn.execute(
            "SELECT role, password_hash FROM groschen.users WHERE tenant_id = %s",
            (root.tenant_id,),
        ).fetchone()
    assert row == ("administrator", None)


async def test_the_first_administrator_names_an_address_with_the_password(root: Api) -> None:
    users: list[dict[str, Any]] = (await root.get("/v1/users")).json()["data"]
    user_id = users[-1]["user"]["id"]
    assert users[-1]["email"] is None
    token = await link(root, user_id)
    missing = await by_link(root, token, password=PASSWORD)
    assert (missing.status_code, missing.json()["code"]) == (422, "email_missing")
    made = await by_link(root, token, password=PASSWORD, email="admin@example.org")
    assert made.status_code == 201
    assert (await sign_in(root, "admin@example.org", PASSWORD)).status_code == 201
    named = (await root.get(f"/v1/users/{user_id}")).json()
    assert (named["email"], named["name"]) == ("admin@example.org", "Administrator")
