"""Nobody reaches what is not theirs: every operation on every object, by id, is a 404.

The world is one ticket sale from quote to payout. Ids are harvested from what its owner can
read; then strangers try every operation of the API description on them: a key of another
tenant with every right, and keys of a partner and of a customer beside the owner.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest

from groschen.kit.http.openapi import describe
from groschen.kit.ids import decode_id
from groschen.kit.permissions import ROLES
from support.api import Api, api_key
from support.app_fixtures import new_tenant_api
from support.billing import ADDRESS, SELLER
from support.tickets import IBANS, START, Alliance, found_alliance

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from fastapi import FastAPI

    from groschen.kit.db import Database

PUBLIC_ID = re.compile(r"\b([a-z]{3})_([0-7][0-9a-hjkmnp-tv-z]{25})\b")
FOR_EVERYBODY = {"/v1/ticket_keys"}  # public keys, with which anybody checks a ticket
NO_OBJECT = {"provider", "currency", "position"}  # path parameters that name no stored object


@dataclass
class World:
    """A tenant in which everything happened, and the ids its owner saw."""

    alliance: Alliance
    ids: dict[str, list[str]] = field(default_factory=dict)

    @property
    def api(self) -> Api:
        return self.alliance.api

    @property
    def tenant_ids(self) -> set[str]:
        return set(self.ids["ten"])

    def harvest(self, text: str) -> None:
        for prefix, letters in PUBLIC_ID.findall(text):
            known = self.ids.setdefault(prefix, [])
            if f"{prefix}_{letters}" not in known:
                known.append(f"{prefix}_{letters}")


def operations(app: FastAPI) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in describe(app)["paths"].items():
        for method, operation in methods.items():
            if operation["security"] and not path.startswith("/v1/sessions"):
                yield method.upper(), path + needed_query(operation), operation


def needed_query(operation: dict[str, Any]) -> str:
    """Return the query an operation does not answer without, from its own examples."""
    needed = {
        parameter["name"]: str(parameter["schema"]["examples"][0])
        for parameter in operation.get("parameters", [])
        if parameter["in"] == "query" and parameter.get("required")
    }
    return f"?{urlencode(needed)}" if needed else ""


def prefixes_of(operation: dict[str, Any]) -> dict[str, str]:
    """Return the id prefix of each path parameter of an operation that names an object."""
    found = {}
    for parameter in operation.get("parameters", []):
        if parameter["in"] == "path" and parameter["name"] not in NO_OBJECT:
            prefix = re.match(r"\^\(?([a-z]{3})_", parameter["schema"].get("pattern", ""))
            assert prefix is not None, parameter
            found[parameter["name"]] = prefix[1]
    return found


def body_of(app: FastAPI, operation: dict[str, Any]) -> object:
    """Return a body that the operation's own examples make."""
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    return None if content is None else example_of(app, content["schema"])


def example_of(app: FastAPI, schema: dict[str, Any]) -> object:
    if schema.get("examples"):
        return schema["examples"][0]
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        return example_of(app, describe(app)["components"]["schemas"][name])
    for part in schema.get("anyOf", []):
        return example_of(app, part)
    if schema.get("type") == "object":
        required = schema.get("required", [])
        return {name: example_of(app, schema["properties"][name]) for name in required}
    if schema.get("type") == "array":
        return [example_of(app, schema["items"])] if schema.get("minItems") else []
    return {"string": schema.get("default", "x"), "boolean": False, "integer": 1}[schema["type"]]


async def crawl(app: FastAPI, api: Api, ids: dict[str, list[str]]) -> dict[str, str]:
    """Return the text of every successful GET of ``api``, lists and single objects."""
    texts: dict[str, str] = {}
    for method, path, operation in operations(app):
        if method != "GET":
            continue
        for address in addresses(path, prefixes_of(operation), ids):
            answer = await api.get(address)
            assert answer.status_code < 500, address
            if answer.status_code == 200:
                texts[address] = answer.text
    return texts


def addresses(path: str, prefixes: dict[str, str], ids: dict[str, list[str]]) -> list[str]:
    """Return the path with ids filled in: every id for one parameter, the first for others."""
    filled = [path.replace("{currency}", "EUR").replace("{provider}", "sandbox")]
    filled = [one.replace("{position}", "1") for one in filled]
    for name, prefix in prefixes.items():
        filled = [
            one.replace(f"{{{name}}}", value) for one in filled for value in ids.get(prefix, [])
        ]
    return filled


@pytest.fixture(scope="module")
async def world(app: FastAPI, database: Database, root_id: UUID) -> World:
    """Sell, deliver, refund, settle and pay out; read everything as the owner."""
    alliance = await found_alliance(app, database, root_id)
    for name, iban in IBANS.items():
        body = {"currency": "EUR", "holder": f"Operator {name}", "iban": iban}
        await alliance.ask("POST", f"/v1/parties/ext:{name}/payout_accounts", body, status=201)
    details = {"name": "Rida Rider", "email": "rida@example.org"}
    await alliance.ask("PUT", "/v1/parties/ext:rider/details", details, status=200)
    await alliance.ask(
        "POST",
        "/v1/users",
        {"email": "ops@example.org", "name": "Op", "role": "operator"},
        status=201,
    )
    quote = await alliance.quote()
    await alliance.sell([f"t{number}" for number in range(12)])
    await subscribe(alliance)
    await prepay(alliance)
    await bill(alliance)
    await offer(alliance)
    world = World(alliance)
    world.harvest(str(quote))
    await alliance.advance("2027-02-02T08:00:00Z")
    await alliance.ask("POST", "/v1/settlements/close", {"period_to": "2027-02-01"}, status=202)
    await alliance.drain()
    await pay_out(alliance)
    world.harvest((await alliance.api.get("/v1/ledger/postings?account=PSP_CLEARING")).text)
    for _ in range(3):
        for text in (await crawl(app, alliance.api, world.ids)).values():
            world.harvest(text)
    return world


async def subscribe(alliance: Alliance) -> None:
    """Let the customer subscribe to something that is metered."""
    terms = {"event_type": "ride", "aggregation": "count"}
    meter = {"external_id": "rides", "name": "Rides", "terms": terms}
    await alliance.ask("POST", "/v1/meters", meter, status=201)
    plan = {"external_id": "per-ride", "product": "ext:ticket", "name": "Per ride"}
    made = await alliance.ask("POST", "/v1/plans", plan, status=201)
    price = {"kind": "per_unit", "params": {"currency": "EUR", "unit_price": "2"}}
    component = {"id": "rides", "kind": "usage", "meter": "rides", "every": "month", "price": price}
    version = {
        "currency": "EUR",
        "basis": "gross",
        "components": [component],
        "revenue_account": "REV_TRANSPORT",
    }
    await alliance.ask("POST", f"/v1/plans/{made['id']}/versions", {"terms": version}, status=201)
    item = {"plan": "per-ride", "quantity": "1", "subjects": ["card-1"]}
    body = {"account": "customer", "items": [item]}
    await alliance.ask("POST", "/v1/subscriptions", body, status=201)
    ride = {"specversion": "1.0", "source": "gate", "type": "ride", "time": START}
    rides = [{**ride, "id": f"{card}-1", "subject": card} for card in ("card-1", "nobody")]
    await alliance.ask("POST", "/v1/events", rides, status=200)


async def prepay(alliance: Alliance) -> None:
    """Open a wallet for the customer, pay for credit and give some."""
    wallet = {
        "account": "ext:customer",
        "external_id": "pocket",
        "vat_mode": "multi_purpose",
        "legal_class": "limited_network",
        "tax_class": "reduced",
    }
    await alliance.ask("POST", "/v1/wallets", wallet, status=201)
    top_up = {"wallet": "ext:pocket", "amount": "20.00", "provider": "sandbox"}
    await alliance.ask("POST", "/v1/top_ups", {**top_up, "method": "tok_visa"}, status=201)
    await alliance.ask("POST", "/v1/wallets/ext:pocket/grants", {"amount": "1.00"}, status=201)


async def bill(alliance: Alliance) -> None:
    """Send the customer an invoice, and collect it with a statement."""
    await alliance.ask("PUT", "/v1/seller", SELLER, status=200)
    rider = (await alliance.ask("GET", "/v1/accounts/ext:customer", status=200))["party_id"]
    await alliance.ask(
        "PUT", f"/v1/parties/{rider}/details", {"name": "Rida", "address": ADDRESS}, status=200
    )
    line = {
        "account": "ext:customer",
        "label": "Card",
        "quantity": "1",
        "unit_price": "5",
        "currency": "EUR",
        "basis": "gross",
        "tax_class": "standard",
        "service_from": "2027-01-01",
        "service_to": "2027-01-01",
    }
    await alliance.ask("POST", "/v1/billables", line, status=201)
    await alliance.ask("POST", "/v1/bill_runs", {}, status=202)
    await alliance.drain()
    (invoice,) = (await alliance.ask("GET", "/v1/invoices", status=200))["data"]
    held = {"invoices": [invoice["id"]]}
    await alliance.ask("POST", "/v1/collective_statements", held, status=201)


async def offer(alliance: Alliance) -> None:
    """Offer a plan of net prices to a tenant below."""
    below = {
        "external_id": "below",
        "name": "Below",
        "country": "DE",
        "time_zone": "Europe/Berlin",
        "home_currency": "EUR",
    }
    await alliance.ask("POST", "/v1/tenants", below, status=201)
    plan = {"external_id": "wholesale", "product": "ext:ticket", "name": "Wholesale"}
    made = await alliance.ask("POST", "/v1/plans", plan, status=201)
    price = {"kind": "per_unit", "params": {"currency": "EUR", "unit_price": "1"}}
    component = {"id": "rides", "kind": "usage", "meter": "rides", "every": "month", "price": price}
    terms = {
        "currency": "EUR",
        "basis": "net",
        "components": [component],
        "revenue_account": "REV_WHOLESALE",
    }
    await alliance.ask("POST", f"/v1/plans/{made['id']}/versions", {"terms": terms}, status=201)
    offered = {
        "external_id": "rides",
        "tenant": "ext:below",
        "account": "customer",
        "plan": "wholesale",
    }
    await alliance.ask("POST", "/v1/offers", offered, status=201)


async def pay_out(alliance: Alliance) -> None:
    """Approve the statements as somebody else and make the payout run."""
    tag = (await alliance.api.get("/v1/tenants/current")).headers["etag"]
    settings = {
        "funds_model": "agent_for_payee",
        "debtor": {"name": "Verbund AG", "iban": "DE89370400440532013000"},
    }
    changed = await alliance.api(
        "PATCH", "/v1/tenants/current", settings, headers={"If-Match": tag}
    )
    assert changed.status_code == 200, changed.text
    for statement in (await alliance.api.get("/v1/statements")).json()["data"]:
        path = f"/v1/statements/{statement['id']}/approve"
        await alliance.ask("POST", path, status=200)
    await alliance.ask("POST", "/v1/payout_runs", {"currency": "EUR"}, status=201)


async def test_the_world_knows_an_object_of_every_sort(app: FastAPI, world: World) -> None:
    wanted = {
        prefix for _, _, operation in operations(app) for prefix in prefixes_of(operation).values()
    }
    assert wanted - world.ids.keys() == set()


async def test_another_tenant_reaches_nothing(
    app: FastAPI, world: World, database: Database, root_id: UUID
) -> None:
    stranger = await new_tenant_api(app, database, root_id)
    reached = []
    tried = 0
    for method, path, operation in operations(app):
        prefixes = prefixes_of(operation)
        firsts = {prefix: world.ids.get(prefix, [])[:1] for prefix in prefixes.values()}
        for address in addresses(path, prefixes, firsts) if prefixes else []:
            answer = await stranger(
                method,
                address,
                body_of(app, operation),
                key=f"stranger-{tried}",
                headers={"If-Match": "*"},
            )
            tried += 1
            if answer.status_code != 404:
                reached.append((method, address, answer.status_code, answer.text[:200]))
    assert reached == [], "\n".join(map(str, reached))
    assert tried > 30


async def test_another_tenants_lists_hold_nothing_of_it(
    app: FastAPI, world: World, database: Database, root_id: UUID
) -> None:
    stranger = await new_tenant_api(app, database, root_id)
    known = {one for ids in world.ids.values() for one in ids}
    seen = await crawl(app, stranger, {})
    found = [
        address
        for address, text in seen.items()
        if {f"{prefix}_{letters}" for prefix, letters in PUBLIC_ID.findall(text)} & known
    ]
    assert found == []


@dataclass(frozen=True)
class Beside:
    """A party of the world, its people's role, and words that must never reach it."""

    name: str
    role: str
    foreign: tuple[str, ...]


@pytest.mark.parametrize(
    "beside",
    [
        Beside(
            "op-a", "partner", ("op-b", "op-c", "Operator op-b", "Operator op-c", "Rida", "rida@")
        ),
        Beside("rider", "customer", ("op-a", "Operator op-a", "ops@example.org")),
    ],
    ids=lambda beside: beside.name,
)
async def test_a_party_sees_nothing_of_others(
    app: FastAPI, world: World, database: Database, beside: Beside
) -> None:
    own = (await world.api.get(f"/v1/parties/ext:{beside.name}")).json()["id"]
    customer = (await world.api.get("/v1/parties/ext:rider")).json()["id"]
    others = set(world.ids["pty"]) - {own, customer}  # an order names its customer by id only
    key = await api_key(
        database, world.api.tenant_id, ROLES[beside.role], party_id=decode_id("pty", own)
    )
    seen = await crawl(app, world.api.with_token(key), world.ids)
    leaks = [
        (address, word)
        for address, text in seen.items()
        for word in (*beside.foreign, *others)
        if word in text
    ]
    assert leaks == [], "\n".join(map(str, leaks))
    assert any(own in text for text in seen.values())


async def test_a_party_beside_it_all_finds_nothing(
    app: FastAPI, world: World, database: Database
) -> None:
    body = {"external_id": "bystander", "kind": "organisation", "name": "B", "roles": ["partner"]}
    made = await world.alliance.ask("POST", "/v1/parties", {**body, "country": "DE"}, status=201)
    every_right = await api_key(
        database, world.api.tenant_id, party_id=decode_id("pty", made["id"])
    )
    bystander = world.api.with_token(every_right)
    reached = []
    for method, path, operation in operations(app):
        prefixes = prefixes_of(operation)
        firsts = {prefix: world.ids.get(prefix, [])[:1] for prefix in prefixes.values()}
        for address in addresses(path, prefixes, firsts) if prefixes else []:
            answer = await bystander(method, address, body_of(app, operation), key=address)
            if answer.status_code not in {403, 404}:
                reached.append((method, address, answer.status_code, answer.text[:200]))
    assert reached == [], "\n".join(map(str, reached))
    known = {one for ids in world.ids.values() for one in ids}
    for address, text in (await crawl(app, bystander, {})).items():
        if address in FOR_EVERYBODY:
            continue
        seen = {f"{prefix}_{letters}" for prefix, letters in PUBLIC_ID.findall(text)}
        assert not seen & (known - world.tenant_ids), address
