"""The catalog over HTTP: products, plans, versions that never change, tax rates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from support.api import Api

TICKET: dict[str, Any] = {
    "currency": "EUR",
    "basis": "gross",
    "components": [
        {
            "id": "fare",
            "price": {
                "kind": "route_table",
                "params": {
                    "currency": "EUR",
                    "routes": {
                        "CENTRE-HARBOUR": {
                            "fare": "12.90",
                            "legs": [
                                {"operator": "nordbahn", "weight": "8.4"},
                                {"operator": "stadtbus", "weight": "21.7"},
                            ],
                        }
                    },
                },
            },
        }
    ],
    "agreement": "alliance",
    "revenue_account": "REV_TRANSPORT",
    "valid_minutes": 120,
    "delivery": [{"step": "ticket", "adapter": "ticket", "after": [], "settings": {}}],
    "refund": {"fee": "2.00", "fee_tax_class": "standard"},
}


async def made(api: Api, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = await api.post(path, body)
    assert answer.status_code == 201, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


async def plan(api: Api) -> dict[str, Any]:
    product = {"external_id": "single", "name": "Single ticket", "tax_class": "reduced"}
    await made(api, "/v1/products", product)
    offer = {"external_id": "single-online", "product": "ext:single", "name": "Single, online"}
    return await made(api, "/v1/plans", offer)


async def test_products_and_plans_are_found_by_either_id(api: Api, other: Api) -> None:
    mine = await plan(api)
    assert mine["id"].startswith("pln_")
    for name in (mine["id"], "ext:single-online"):
        assert (await api.get(f"/v1/plans/{name}")).json() == mine
        assert (await other.get(f"/v1/plans/{name}")).status_code == 404
    product = (await api.get(f"/v1/products/{mine['product_id']}")).json()
    assert (await api.get("/v1/products/ext:single")).json() == product
    assert (await api.get("/v1/plans")).json()["data"] == [mine]
    assert (await api.get("/v1/products")).json()["data"] == [product]
    for wrong in ("single-online", "ext:", "pln_x", mine["product_id"]):
        assert (await api.get(f"/v1/plans/{wrong}")).status_code == 400


async def test_an_external_id_is_given_once(api: Api) -> None:
    await plan(api)
    again = {"external_id": "single", "name": "Other", "tax_class": "standard"}
    answer = await api.post("/v1/products", again)
    assert (answer.status_code, answer.json()["code"]) == (409, "product_exists")
    answer = await api.post("/v1/plans", {"external_id": "x", "product": "ext:y", "name": "Z"})
    assert (answer.status_code, answer.json()["code"]) == (422, "product_unknown")


async def test_a_version_is_published_and_shown_as_sent(api: Api) -> None:
    mine = await plan(api)
    path = f"/v1/plans/{mine['id']}/versions"
    version = await made(api, path, {"terms": TICKET})
    (component,) = version["terms"]["components"]
    given = {name: value for name, value in component.items() if value is not None}
    assert given.pop("kind") == "one_time"
    shown = {name: value for name, value in version["terms"].items() if name != "wholesale"}
    assert (version["version"], shown | {"components": [given]}) == (1, TICKET)
    assert (await api.get(path)).json()["data"] == [version]
    assert (await api.get(f"{path}/{version['id']}")).json() == version
    next_year = {"terms": {**TICKET, "refund": None}, "valid_from": "2199-01-01T00:00:00Z"}
    second = await made(api, "/v1/plans/ext:single-online/versions", next_year)
    assert second["version"] == 2
    assert second["hash"] != version["hash"]
    answer = await api.post(path, next_year)
    assert (answer.status_code, answer.json()["code"]) == (409, "plan_version_exists")


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
async def test_a_version_is_never_changed(api: Api, method: str) -> None:
    mine = await plan(api)
    version = await made(api, f"/v1/plans/{mine['id']}/versions", {"terms": TICKET})
    path = f"/v1/plans/{mine['id']}/versions/{version['id']}"
    answer = await api(method, path)
    assert (answer.status_code, answer.json()["code"]) == (409, "plan_version_immutable")
    assert "POST /v1/plans" in answer.json()["hint"]
    unknown = await api(method, f"/v1/plans/{mine['id']}/versions/plv_01k6p5s00000000000000001kt")
    assert unknown.status_code == 404


def changed(**changes: Any) -> dict[str, Any]:
    return {**TICKET, **changes}


def priced(**price: Any) -> dict[str, Any]:
    return changed(components=[{"id": "fare", "price": price}])


@pytest.mark.parametrize(
    ("terms", "status", "code", "pointer"),
    [
        (changed(surprise=1), 400, "invalid_request", "/terms/surprise"),
        (changed(valid_minutes="120"), 400, "invalid_request", "/terms/valid_minutes"),
        (changed(valid_minutes=0), 400, "field_invalid", "/terms/valid_minutes"),
        (changed(revenue_account="BANK"), 422, "revenue_account_unfit", "/terms/revenue_account"),
        (
            priced(kind="gift", params={}),
            400,
            "price_kind_unknown",
            "/terms/components/0/price/kind",
        ),
        (
            priced(kind="flat", params={"currency": "EUR", "amount": 9.9}),
            400,
            "field_invalid",
            "/terms/components/0/price/params/amount",
        ),
        (
            priced(kind="flat", params={"currency": "CHF", "amount": "9.9"}),
            422,
            "currency_mismatch",
            "/terms/components/0/price/params/currency",
        ),
        (
            priced(
                kind="route_table",
                params={
                    "currency": "EUR",
                    "routes": {"A": {"fare": "1", "legs": [{"operator": "x", "weight": "0"}]}},
                },
            ),
            422,
            "weights_all_zero",
            "/terms/components/0/price/params/routes/A/legs",
        ),
    ],
)
async def test_bad_terms_are_refused_with_their_place(
    api: Api, terms: dict[str, Any], status: int, code: str, pointer: str
) -> None:
    mine = await plan(api)
    answer = await api.post(f"/v1/plans/{mine['id']}/versions", {"terms": terms})
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (status, code), answer.text
    assert problem["errors"][0]["pointer"] == pointer
    assert problem["hint"]
    assert (await api.get(f"/v1/plans/{mine['id']}/versions")).json()["data"] == []


async def test_tax_rates_are_seeded_and_added(api: Api) -> None:
    rates = (await api.get("/v1/tax_rates?country=DE")).json()["data"]
    assert rates[-1] == {
        "country": "DE",
        "tax_class": "standard",
        "rate": "0.19",
        "key": "DE-19",
        "valid_from": "2021-01-01",
        "valid_until": None,
    }
    assert (await api.get("/v1/tax_rates?country=AT")).json()["data"] == []
    rate = {"country": "AT", "tax_class": "standard", "rate": "0.2", "valid_from": "1995-01-01"}
    assert (await made(api, "/v1/tax_rates", rate))["key"] == "AT-20"
    again = await api.post("/v1/tax_rates", rate)
    assert (again.status_code, again.json()["code"]) == (409, "tax_rate_exists")
    backdated = await api.post("/v1/tax_rates", {**rate, "valid_from": "1996-01-01"})
    assert (backdated.status_code, backdated.json()["code"]) == (409, "tax_rate_too_early")


@pytest.mark.parametrize("rate", ["1", "-0.1", "0.1234567", 0.2])
async def test_a_rate_is_below_one_and_has_six_decimals(api: Api, rate: object) -> None:
    body = {"country": "AT", "tax_class": "standard", "rate": rate, "valid_from": "1995-01-01"}
    assert (await api.post("/v1/tax_rates", body)).status_code == 400
