"""Subscriptions over HTTP: made, changed, listed, cancelled; refusals name the field."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from support.api import Api

pytestmark = pytest.mark.anyio

ENERGY = {
    "id": "energy",
    "kind": "usage",
    "meter": "energy",
    "every": "month",
    "price": {"kind": "per_unit", "params": {"currency": "EUR", "unit_price": "0.30"}},
}
FEE = {
    "id": "fee",
    "kind": "recurring",
    "every": "month",
    "price": {"kind": "flat", "params": {"currency": "EUR", "amount": "9"}},
}
MINIMUM = {"id": "least", "kind": "minimum", "every": "month", "of": ["energy"], "amount": "5"}


async def made(api: Api, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = await api.post(path, body)
    assert answer.status_code == 201, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


async def refused(api: Api, path: str, body: dict[str, Any], status: int) -> tuple[str, str]:
    answer = await api.post(path, body)
    assert answer.status_code == status, answer.text
    problem = answer.json()
    assert problem["hint"]
    return problem["code"], problem["errors"][0].get("pointer", "") if problem["errors"] else ""


def terms(*components: dict[str, Any]) -> dict[str, Any]:
    return {
        "currency": "EUR",
        "basis": "net",
        "components": list(components),
        "revenue_account": "REV_ENERGY",
    }


async def offer(api: Api, name: str, *components: dict[str, Any]) -> None:
    body = {"external_id": name, "name": name, "tax_class": "standard"}
    await made(api, "/v1/products", body)
    await made(api, "/v1/plans", {"external_id": name, "product": f"ext:{name}", "name": name})
    await made(api, f"/v1/plans/ext:{name}/versions", {"terms": terms(*components)})


@pytest.fixture
async def seller(api: Api) -> Api:
    """A tenant that sells energy to one customer."""
    spec = {"event_type": "energy.consumed", "aggregation": "sum", "value": "kwh"}
    await made(api, "/v1/meters", {"external_id": "energy", "name": "Energy", "terms": spec})
    await offer(api, "power", FEE, ENERGY, MINIMUM)
    await offer(api, "green", {**FEE, "revenue_account": "REV_BASE"}, ENERGY)
    party = {"external_id": "house", "kind": "organisation", "name": "H", "roles": ["customer"]}
    await made(api, "/v1/parties", {**party, "country": "DE"})
    await made(api, "/v1/accounts", {"external_id": "house", "party": "ext:house"})
    return api


def body(**changes: Any) -> dict[str, Any]:
    item = {"plan": "power", "quantity": "1", "external_id": "p", "subjects": ["meter-1"]}
    return {"account": "house", "external_id": "s", "items": [item], **changes}


async def test_from_making_to_cancelling(seller: Api, other: Api) -> None:
    shown = await made(seller, "/v1/subscriptions", body())
    path = "/v1/subscriptions/ext:s"
    answer = await seller.get(path)
    assert answer.json() == shown
    tag = answer.headers["etag"]
    (item,) = shown["items"]
    assert item["segments"][0]["plan"] == "power"
    assert item["subjects"][0]["subject"] == "meter-1"
    change = {"plan": "green", "at": "2100-01-01T00:00:00Z"}
    changed = await seller.post(f"{path}/items/ext:p/change", change, If_Match=tag)
    assert changed.status_code == 201, changed.text
    assert [one["plan"] for one in changed.json()["items"][0]["segments"]] == ["power", "green"]
    stale = await seller.post(f"{path}/items/ext:p/change", {"quantity": "2"}, If_Match=tag)
    assert stale.status_code == 412
    extra = {"plan": "green", "quantity": "2"}
    assert len((await made(seller, f"{path}/items", extra))["items"]) == 2
    await made(seller, f"{path}/items/ext:p/subjects", {"subject": "meter-2"})
    later = {"subject": "meter-1", "at": "2100-01-01T00:00:00Z"}
    ended = await made(seller, f"{path}/items/{item['id']}/subjects/end", later)
    assert ended["items"][0]["subjects"][0]["until_at"] == later["at"]
    await made(seller, f"{path}/items/ext:p/end", {"at": "2101-01-01T00:00:00Z"})
    end = {"at": "2102-01-01T00:00:00Z", "reason": "extraordinary"}
    cancelled = await made(seller, f"{path}/cancel", end)
    assert cancelled["subscription"]["ends_at"] == end["at"]
    assert cancelled["items"][0]["ends_at"] == "2101-01-01T00:00:00Z"
    assert (await other.get(path)).status_code == 404


async def test_lists_come_in_pages(seller: Api) -> None:
    for name in ("a", "b", "c"):
        item = {"plan": "power", "quantity": "1"}
        await made(seller, "/v1/subscriptions", body(external_id=name, items=[item]))
    first = (await seller.get("/v1/subscriptions?limit=2")).json()
    assert [one["external_id"] for one in first["data"]] == ["c", "b"]
    after = first["page"]["next"]
    second = (await seller.get(f"/v1/subscriptions?limit=2&after={after}")).json()
    assert [one["external_id"] for one in second["data"]] == ["a"]
    before = second["page"]["previous"]
    back = (await seller.get(f"/v1/subscriptions?limit=2&before={before}")).json()
    assert back["data"] == first["data"]
    account = first["data"][0]["account_id"]
    mine = (await seller.get(f"/v1/subscriptions?account_id={account}")).json()
    assert len(mine["data"]) == 3
    none = account[:-4] + "0000"
    assert (await seller.get(f"/v1/subscriptions?account_id={none}")).json()["data"] == []


async def test_what_cannot_be_subscribed_to(seller: Api) -> None:
    path = "/v1/subscriptions"
    item = {"plan": "nothing", "quantity": "1"}
    assert await refused(seller, path, body(items=[item]), 422) == (
        "plan_unknown",
        "/items/0/plan",
    )
    for wrong in ("0", "-1"):
        bad = {"plan": "power", "quantity": wrong}
        assert (await refused(seller, path, body(items=[bad]), 400))[0] == "invalid_request"
    assert (await refused(seller, path, body(funding="wallet"), 422)) == (
        "wallet_unfit",
        "/wallet",
    )
    await made(seller, path, body())
    assert (await refused(seller, path, body(), 409)) == ("subscription_exists", "/external_id")


async def test_subscribed_plans_cannot_be_ordered(seller: Api) -> None:
    quote = {"lines": [{"plan": "power"}]}
    assert await refused(seller, "/v1/quotes", quote, 422) == (
        "plan_not_for_orders",
        "/lines/0/plan",
    )
    nothing = {"lines": [{"plan": "nothing"}]}
    assert await refused(seller, "/v1/quotes", nothing, 422) == ("plan_unknown", "/lines/0/plan")


async def test_meters_are_published_once(seller: Api, other: Api) -> None:
    shown = (await seller.get("/v1/meters/ext:energy")).json()
    assert (await seller.get(f"/v1/meters/{shown['id']}")).json() == shown
    assert shown["terms"]["aggregation"] == "sum"
    assert len(shown["hash"]) == 64
    assert [one["id"] for one in (await seller.get("/v1/meters")).json()["data"]] == [shown["id"]]
    assert (await other.get(f"/v1/meters/{shown['id']}")).status_code == 404
    spec = {
        "event_type": "energy.consumed",
        "aggregation": "max",
        "value": "kw",
        "filters": [
            {"property": "tariff", "operator": "in", "value": ["day", "night"]},
            {"property": "site", "operator": "exists"},
        ],
        "group_by": ["site"],
    }
    again = {"external_id": "energy", "name": "E", "terms": spec}
    assert (await refused(seller, "/v1/meters", again, 409))[0] == "meter_exists"
    peak = await made(seller, "/v1/meters", {**again, "external_id": "peak"})
    assert [one["operator"] for one in peak["terms"]["filters"]] == ["in", "exists"]
    spec = {**spec, "aggregation": "count"}
    wrong = {"external_id": "n", "name": "N", "terms": spec}
    assert await refused(seller, "/v1/meters", wrong, 400) == ("field_invalid", "/terms/value")


@pytest.mark.parametrize(
    ("components", "status", "code", "field"),
    [
        ([{**ENERGY, "meter": "gas"}], 422, "meter_unknown", "0/meter"),
        ([FEE, FEE], 400, "field_invalid", "1/id"),
        ([ENERGY, {**MINIMUM, "of": ["gas"]}], 400, "field_invalid", "1/of/0"),
        ([{**FEE, "revenue_account": "PSP_CLEARING"}], 422, "revenue_account_unfit", "0"),
        ([{**FEE, "every": None}], 400, "field_missing", "0/every"),
        ([{**FEE, "meter": "energy"}], 400, "field_unknown", "0/meter"),
        ([{**MINIMUM, "of": ["energy"]}], 400, "field_invalid", "0/of/0"),
    ],
)
async def test_a_plan_that_cannot_be_priced_is_refused(
    seller: Api, components: list[dict[str, Any]], status: int, code: str, field: str
) -> None:
    path = "/v1/plans/ext:power/versions"
    found = await refused(seller, path, {"terms": terms(*components)}, status)
    assert found[0] == code
    assert found[1].startswith(f"/terms/components/{field}")


async def test_a_price_of_each_event_needs_a_meter_that_counts_or_sums(seller: Api) -> None:
    spec = {"event_type": "energy.consumed", "aggregation": "max", "value": "kw"}
    await made(seller, "/v1/meters", {"external_id": "peak", "name": "Peak", "terms": spec})
    params = {"currency": "EUR", "free_events": 3, "unit_price": "1"}
    price = {"kind": "first_free", "params": params}
    version = {"terms": terms({**ENERGY, "meter": "peak", "price": price})}
    found = await refused(seller, "/v1/plans/ext:power/versions", version, 400)
    assert found == ("meter_unfit", "/terms/components/0/meter")
