"""Parties, their accounts and payout accounts, and what of them is personal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from groschen.features.parties import service as parties
from groschen.kit.actor import SYSTEM
from groschen.kit.ids import decode_id, new_id

if TYPE_CHECKING:
    from groschen.kit.db import Database
    from groschen.kit.postgres import ServerUrls
    from support.api import Api

ORGANISATION = {
    "kind": "organisation",
    "name": "Nordbahn",
    "roles": ["partner", "payee"],
    "country": "DE",
}
PERSON = {
    "kind": "person",
    "roles": ["customer"],
    "country": "DE",
    "details": {
        "name": "Ada Einmalig",
        "email": "ada.einmalig@example.org",
        "address": {
            "street": "Einmaligstrasse 7", "postal_code": "20457", "town": "Hamburg",
            "country": "DE",
        },
    },
}  # fmt: skip
IBAN = "DE89 3704 0044 0532 0130 00"


async def create(api: Api, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = await api.post(path, body)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def test_a_party_is_read_by_id_and_by_external_id(api: Api) -> None:
    made = await create(api, "/v1/parties", {**ORGANISATION, "external_id": "nordbahn"})
    by_id = await api.get(f"/v1/parties/{made['id']}")
    by_name = await api.get("/v1/parties/ext:nordbahn")
    assert made == by_id.json() == by_name.json()
    assert made["roles"] == ["partner", "payee"]


async def test_without_an_external_id_the_id_serves(api: Api) -> None:
    made = await create(api, "/v1/parties", ORGANISATION)
    assert made["external_id"] == made["id"]
    assert (await api.get(f"/v1/parties/ext:{made['id']}")).json() == made


@pytest.mark.parametrize("reference", ["nordbahn", "ext:", "ext:a b", "acc_" + "0" * 26])
async def test_a_reference_of_another_form_is_a_400(api: Api, reference: str) -> None:
    assert (await api.get(f"/v1/parties/{reference}")).status_code == 400


async def test_an_external_id_is_taken_once_per_tenant(api: Api, other: Api) -> None:
    body = {**ORGANISATION, "external_id": "nordbahn"}
    await create(api, "/v1/parties", body)
    refused = await api.post("/v1/parties", body)
    assert (refused.status_code, refused.json()["code"]) == (409, "party_exists")
    await create(other, "/v1/parties", body)


@pytest.mark.parametrize(
    "body",
    [{**PERSON, "name": "Ada Einmalig"}, {k: v for k, v in ORGANISATION.items() if k != "name"}],
)
async def test_a_persons_name_belongs_to_the_details(api: Api, body: dict[str, Any]) -> None:
    answer = await api.post("/v1/parties", body)
    assert (answer.status_code, answer.json()["code"]) == (422, "party_name_misplaced")


async def test_personal_data_are_in_the_vault_alone(api: Api, database_urls: ServerUrls) -> None:
    made = await api.post("/v1/parties", PERSON, key="ada")
    assert made.status_code == 201, made.text
    assert "Einmalig" not in made.text
    with psycopg.connect(database_urls.superuser) as conn:
        dump = [
            conn.execute(
                psycopg.sql.SQL("SELECT t::text FROM groschen.{} t").format(
                    psycopg.sql.Identifier(table)
                )
            ).fetchall()
            for (table,) in conn.execute(
                "SELECT relname FROM pg_class WHERE relnamespace = 'groschen'::regnamespace"
                " AND relkind = 'r'"
            ).fetchall()
        ]
    assert "inmalig" not in repr(dump)
    details = await api.get(f"/v1/parties/{made.json()['id']}/details")
    assert details.json()["name"] == "Ada Einmalig"
    assert details.json()["address"]["town"] == "Hamburg"
    assert details.json()["phone"] is None


async def test_details_are_replaced_and_erased(api: Api, database: Database) -> None:
    party = (await create(api, "/v1/parties", PERSON))["id"]
    changed = await api("PUT", f"/v1/parties/{party}/details", {"name": "Ada Neu"})
    assert changed.status_code == 200
    assert (await api.get(f"/v1/parties/{party}/details")).json()["name"] == "Ada Neu"
    await create(
        api,
        f"/v1/parties/{party}/payout_accounts",
        {"currency": "EUR", "holder": "Ada Neu", "iban": IBAN},
    )
    assert (await api.post(f"/v1/parties/{party}/erase")).status_code == 200
    gone = await api.get(f"/v1/parties/{party}/details")
    assert (gone.status_code, gone.json()["code"]) == (404, "details_not_found")
    assert (await api.get(f"/v1/parties/{party}")).status_code == 200
    party_id = decode_id("pty", party)
    async with database.scope(api.tenant_id, SYSTEM, write=False) as scope:
        assert await parties.payout_account(scope, party_id, "EUR") is None
        assert await parties.names(scope, [party_id]) == {party_id: party}


async def test_names_are_found_wherever_they_are(api: Api, database: Database) -> None:
    ada = decode_id("pty", (await create(api, "/v1/parties", PERSON))["id"])
    bahn = decode_id("pty", (await create(api, "/v1/parties", ORGANISATION))["id"])
    async with database.scope(api.tenant_id, SYSTEM, write=False) as scope:
        assert await parties.names(scope, [ada, bahn, new_id()]) == {
            ada: "Ada Einmalig",
            bahn: "Nordbahn",
        }


async def test_an_account_takes_currency_and_zone_of_the_tenant(api: Api) -> None:
    party = await create(api, "/v1/parties", {**ORGANISATION, "external_id": "nordbahn"})
    made = await create(api, "/v1/accounts", {"party": "ext:nordbahn", "external_id": "a1"})
    assert made["party_id"] == party["id"]
    assert (made["currency"], made["time_zone"]) == ("EUR", "Europe/Berlin")
    assert (await api.get("/v1/accounts/ext:a1")).json() == made
    below = await create(api, "/v1/accounts", {"party": party["id"], "parent": "ext:a1"})
    assert below["parent_account_id"] == made["id"]
    listed = (await api.get("/v1/accounts?party=ext:nordbahn")).json()["data"]
    assert listed == [below, made]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"party": "ext:nobody"}, 404, "party_not_found"),
        ({"party": "ext:nordbahn", "parent": "ext:none"}, 404, "account_not_found"),
        ({"party": "ext:nordbahn", "external_id": "a1"}, 409, "account_exists"),
        ({"party": "ext:nordbahn", "parent": "ext:a1", "currency": "CHF"}, 422,
         "parent_currency_differs"),
        ({"party": "ext:nordbahn", "currency": "EURO"}, 400, "invalid_request"),
    ],
)  # fmt: skip
async def test_an_account_that_cannot_be_is_refused(
    api: Api, body: dict[str, str], status: int, code: str
) -> None:
    await create(api, "/v1/parties", {**ORGANISATION, "external_id": "nordbahn"})
    await create(api, "/v1/accounts", {"party": "ext:nordbahn", "external_id": "a1"})
    answer = await api.post("/v1/accounts", body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_the_newest_payout_account_counts(api: Api, database: Database) -> None:
    party = await create(api, "/v1/parties", ORGANISATION)
    path = f"/v1/parties/{party['id']}/payout_accounts"
    first = {"currency": "EUR", "holder": "Nordbahn GmbH", "iban": IBAN}
    second = {"currency": "EUR", "holder": "Nordbahn AG", "iban": "AT61 1904 3002 3457 3201"}
    made = await api.post(path, first)
    assert made.json()["iban_last4"] == "3000"
    assert "3704" not in made.text
    await create(api, path, second)
    await create(api, path, {**first, "currency": "CHF"})
    shown = (await api.get(path)).json()["data"]
    assert [(one["currency"], one["iban_last4"]) for one in shown] == [
        ("CHF", "3000"), ("EUR", "3201"), ("EUR", "3000"),
    ]  # fmt: skip
    async with database.scope(api.tenant_id, SYSTEM, write=False) as scope:
        party_id = decode_id("pty", party["id"])
        counts = await parties.payout_account(scope, party_id, "EUR")
        assert counts is not None
        assert (counts.holder, counts.iban) == ("Nordbahn AG", "AT611904300234573201")
        assert await parties.payout_account(scope, party_id, "USD") is None


@pytest.mark.parametrize(
    "iban", ["DE89370400440532013001", "DE", "", "XX00", "89370400440532013000"]
)
async def test_an_iban_is_checked(api: Api, iban: str) -> None:
    party = await create(api, "/v1/parties", ORGANISATION)
    path = f"/v1/parties/{party['id']}/payout_accounts"
    answer = await api.post(path, {"currency": "EUR", "holder": "Nordbahn", "iban": iban})
    assert (answer.status_code, answer.json()["code"]) == (400, "iban_invalid")
    assert answer.json()["errors"][0]["pointer"] == "/iban"
    assert iban == "" or iban not in answer.text


async def test_other_features_find_what_exists(api: Api, database: Database) -> None:
    await create(api, "/v1/parties", {**ORGANISATION, "external_id": "b"})
    made = await create(api, "/v1/parties", {**ORGANISATION, "external_id": "a"})
    account = await create(api, "/v1/accounts", {"party": "ext:a", "external_id": "acc"})
    async with database.scope(api.tenant_id, SYSTEM, write=False) as scope:
        found = await parties.ids_by_external_id(scope, ["a", "none", "b"])
        assert found.keys() == {"a", "b"}
        assert found["a"] == decode_id("pty", made["id"])
        one = await parties.party_by_external_id(scope, "a")
        assert one is not None
        assert one.id == found["a"]
        accounts = await parties.accounts_by_external_id(scope, ["acc", "none"])
        assert {name: found.id for name, found in accounts.items()} == {
            "acc": decode_id("acc", account["id"])
        }


class TestPartnersAndCustomers:
    """Who belongs to a party sees that party's things; all others do not exist for them."""

    @staticmethod
    async def key_of(api: Api, reference: str) -> Api:
        body = {"name": "portal", "permissions": ["parties:read", "orders:read"]}
        made = await create(api, f"/v1/parties/{reference}/api_keys", body)
        assert made["key"]["party_id"] is not None
        return api.with_token(made["secret"])

    async def test_a_party_sees_itself_alone(self, api: Api) -> None:
        own = await create(api, "/v1/parties", {**ORGANISATION, "external_id": "own"})
        foreign = await create(api, "/v1/parties", {**ORGANISATION, "external_id": "foreign"})
        await create(api, "/v1/accounts", {"party": "ext:own", "external_id": "mine"})
        theirs = await create(
            api, "/v1/accounts", {"party": "ext:foreign", "external_id": "theirs"}
        )
        partner = await self.key_of(api, "ext:own")
        assert (await partner.get("/v1/parties")).json()["data"] == [own]
        assert (await partner.get("/v1/parties?role=customer")).json()["data"] == []
        listed = (await partner.get("/v1/accounts")).json()["data"]
        assert [one["external_id"] for one in listed] == ["mine"]
        for path in (
            f"/v1/parties/{foreign['id']}",
            "/v1/parties/ext:foreign",
            "/v1/parties/ext:foreign/payout_accounts",
            f"/v1/accounts/{theirs['id']}",
            "/v1/accounts/ext:theirs",
            "/v1/accounts?party=ext:foreign",
        ):
            answer = await partner.get(path)
            assert answer.status_code == 404, path
            unknown = await partner.get(path.replace("foreign", "none").replace("theirs", "none"))
            if "ext:" in path:
                assert answer.json()["detail"] == unknown.json()["detail"]

    async def test_a_partys_key_only_reads(self, api: Api) -> None:
        await create(api, "/v1/parties", {**ORGANISATION, "external_id": "own"})
        for permission in ("orders:write", "tenants:admin", "personal_data:read"):
            body = {"name": "portal", "permissions": [permission]}
            answer = await api.post("/v1/parties/ext:own/api_keys", body)
            assert (answer.status_code, answer.json()["code"]) == (422, "right_not_for_parties")

    async def test_a_partys_key_cannot_act_elsewhere(self, api: Api) -> None:
        await create(api, "/v1/parties", {**ORGANISATION, "external_id": "own"})
        partner = await self.key_of(api, "ext:own")
        twin = (await api.post("/v1/tenants/current/test_twin")).json()["id"]
        assert (await partner.on_behalf_of(twin).get("/v1/parties")).status_code == 403

    @pytest.mark.parametrize("role", [None, "partner", "customer"])
    async def test_a_partys_person_sees_the_portal(self, api: Api, role: str | None) -> None:
        party = await create(api, "/v1/parties", {**ORGANISATION, "external_id": "own"})
        body = {"email": "pia@nordbahn.example", "name": "Pia Berg"}
        given = {} if role is None else {"role": role}
        user = await create(api, "/v1/parties/ext:own/users", {**body, **given})
        assert (user["role"], user["party_id"]) == (role or "partner", party["id"])
        link = await create(api, f"/v1/users/{user['id']}/sign_in_links", {})
        session = await create(
            api.with_token(None),
            "/v1/sessions/by_link",
            {"token": link["token"], "password": "a long enough password"},
        )
        pia = api.with_token(session["token"])
        who = (await pia.get("/v1/sessions/current")).json()
        assert (who["role"], who["party_id"]) == (role or "partner", party["id"])
        assert (await pia.get("/v1/parties")).json()["data"] == [party]
        assert (await pia.get("/v1/event_feed")).status_code == 403


async def test_a_partys_person_never_gets_a_role_of_the_tenant(api: Api) -> None:
    await create(api, "/v1/parties", {**ORGANISATION, "external_id": "own"})
    body = {"email": "pia@nordbahn.example", "name": "Pia Berg", "role": "operator"}
    assert (await api.post("/v1/parties/ext:own/users", body)).status_code == 400
    del body["role"]
    user = await create(api, "/v1/parties/ext:own/users", body)
    answer = await api.post(f"/v1/users/{user['id']}/role", {"role": "operator"})
    assert (answer.status_code, answer.json()["code"]) == (422, "role_needs_party")
    changed = await api.post(f"/v1/users/{user['id']}/role", {"role": "customer"})
    assert changed.json()["role"] == "customer"


async def test_accounts_are_found_by_a_part_of_name_or_number(api: Api) -> None:
    for number, name in (("nord", "Nordbahn AG"), ("sued", "Südbahn AG")):
        body = {**ORGANISATION, "external_id": number, "name": name}
        await create(api, "/v1/parties", body)
        await create(api, "/v1/accounts", {"party": f"ext:{number}", "external_id": f"A-{number}"})

    async def found(text: str) -> set[str]:
        answer = await api.get(f"/v1/accounts?q={text}")
        return {one["external_id"] for one in answer.json()["data"]}

    assert await found("nordBAHN") == {"A-nord"}
    assert await found("a-s") == {"A-sued"}
    assert await found("bahn") == {"A-nord", "A-sued"}
    assert await found("100%25") == set()


@pytest.mark.parametrize("kind", ["parties", "accounts"])
async def test_another_tenants_object_is_not_found(api: Api, other: Api, kind: str) -> None:
    party = await create(api, "/v1/parties", {**ORGANISATION, "external_id": "own"})
    account = await create(api, "/v1/accounts", {"party": "ext:own", "external_id": "own"})
    own = {"parties": party, "accounts": account}[kind]["id"]
    for reference in (own, "ext:own"):
        assert (await api.get(f"/v1/{kind}/{reference}")).status_code == 200
        assert (await other.get(f"/v1/{kind}/{reference}")).status_code == 404
