"""Bad input over the whole API: a clear error with field, reason and remedy; nothing half done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from groschen.adapters.payments.sandbox import SandboxPayments
from groschen.demo.alliance import ROUTE, TICKET, Alliance, found_alliance
from groschen.demo.api import Api, Json, make_client
from groschen.demo.installation import Installation, platform_access
from groschen.demo.numbers import EticketNumbers
from groschen.demo.reversals import FORGED
from groschen.demo.selling import Completed, advance_clock, make_plot, sell
from groschen.demo.settling import Month, close_month
from groschen.demo.waiting import wait_until
from groschen.demo.world import OutsideWorld
from groschen.kit.db import Database
from groschen.kit.ids import new_id
from groschen.kit.seal import install, seal_from

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx2


NUMBERS = EticketNumbers(tickets=3)


class NoBar:
    """Draws nothing."""

    total = 0

    def to(self, done: int) -> None: ...

    def step(self) -> None: ...


@dataclass(frozen=True)
class Stage:
    """A fresh alliance in a running installation, and the world around it."""

    alliance: Alliance
    world: OutsideWorld
    above: Api

    @property
    def api(self) -> Api:
        return self.alliance.api


@pytest.fixture
async def stage(installation: Installation) -> AsyncIterator[Stage]:
    settings = installation.settings
    seal = seal_from(settings)
    install(seal)
    async with Database(settings) as database, make_client(installation.base_url) as client:
        platform = await platform_access(database)
        alliance = await found_alliance(client, platform, NUMBERS, "http://127.0.0.1:9/cards")
        provider = SandboxPayments(database, seal).world(alliance.tenant_id)
        world = OutsideWorld(client, provider, alliance.tenant_id)
        yield Stage(alliance, world, Api(client, platform.key))


def refused(answer: httpx2.Response, status: int, code: str, field: str | None = None) -> Json:
    """The answer is a problem that names field, reason and remedy."""
    problem: Json = answer.json()
    assert (answer.status_code, problem["code"]) == (status, code), problem
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["detail"]
    if field is not None:
        pointers = [fault.get("pointer", "") for fault in problem["errors"]]
        assert any(field in pointer for pointer in pointers), problem
    return problem


def helpful(problem: Json) -> None:
    assert problem["hint"], problem


async def books(api: Api) -> tuple[Json, Json, Json]:
    """Everything that a refusal must leave as it is."""
    return (
        await api.get("/v1/ledger/trial_balance"),
        await api.get("/v1/orders", limit=1),
        await api.get("/v1/payout_runs", limit=1),
    )


def version_terms(legs: list[Json], fare: str = "12.90", **changes: object) -> Json:
    routes = {ROUTE: {"fare": fare, "legs": legs}}
    price = {"kind": "route_table", "params": {"currency": "EUR", "routes": routes}}
    return {
        "currency": "EUR",
        "basis": "gross",
        "components": [{"id": "fare", "price": price}],
        "agreement": "clearing",
        "revenue_account": "REV_TRANSPORT",
        "delivery": [],
        **changes,
    }


def leg(operator: str, weight: str) -> Json:
    return {"operator": operator, "weight": weight}


@pytest.mark.parametrize(
    ("terms", "code", "field"),
    [
        (version_terms([leg("op-a", "0"), leg("op-b", "0")]), "weights_all_zero", "legs"),
        (version_terms([]), "field_invalid", "legs"),
        (version_terms([{"weight": "8.4"}]), "field_missing", "operator"),
        (version_terms([leg("", "8.4")]), "field_invalid", "operator"),
        (version_terms([leg("op-a", "8.4")], fare="12.9000000000001"), "amount_invalid", "fare"),
        (version_terms([leg("op-a", "8.4")], currency="USD"), "currency_mismatch", "currency"),
    ],
    ids=["weights zero", "no legs", "no operator", "empty operator", "13 decimals", "currency"],
)
async def test_a_price_that_cannot_be_is_not_published(
    stage: Stage, terms: Json, code: str, field: str
) -> None:
    path = f"/v1/plans/ext:{TICKET}/versions"
    before = await stage.api.get(path)
    answer = await stage.api.attempt("POST", path, {"terms": terms})
    problem: Json = answer.json()
    assert problem["code"] == code, problem
    assert answer.status_code in {400, 422}
    assert any(field in fault["pointer"] for fault in problem["errors"]), problem
    helpful(problem)
    assert await stage.api.get(path) == before


async def test_a_route_with_an_operator_nobody_knows_is_not_sold(stage: Stage) -> None:
    api, before = stage.api, await books(stage.api)
    body = {"external_id": "stranger", "product": "ext:einzelticket", "name": "Fremd"}
    await api.post("/v1/plans", body)
    terms = version_terms([leg("op-unknown", "3")])
    await api.post("/v1/plans/ext:stranger/versions", {"terms": terms})
    line = {"plan": "stranger", "route": ROUTE}
    quoted = await api.attempt("POST", "/v1/quotes", {"lines": [line]})
    helpful(refused(quoted, 422, "beneficiary_unknown", "beneficiary"))
    helpful(refused(await order(api, [line]), 422, "beneficiary_unknown", "beneficiary"))
    assert await books(api) == before


async def order(api: Api, lines: list[Json], **changes: object) -> httpx2.Response:
    body: Json = {
        "external_id": f"X-{new_id()}",
        "account": "petersen",
        "lines": lines,
        "payment": {"provider": "sandbox", "method": "tok_visa"},
        **changes,
    }
    return await api.attempt("POST", "/v1/orders", body)


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
async def test_a_price_version_is_not_edited_after_use(stage: Stage, method: str) -> None:
    api = stage.api
    path = f"/v1/plans/ext:{TICKET}/versions"
    (version,) = (await api.get(path))["data"]
    assert (await order(api, [{"plan": TICKET, "route": ROUTE}])).status_code == 201
    answer = await api.attempt(method, f"{path}/{version['id']}", {})
    helpful(refused(answer, 409, "plan_version_immutable"))
    assert (await api.get(path))["data"] == [version]


async def test_a_route_the_table_does_not_have_is_named(stage: Stage) -> None:
    before = await books(stage.api)
    answer = await order(stage.api, [{"plan": TICKET, "route": "NOWHERE"}])
    assert ROUTE in refused(answer, 422, "route_unknown", "route")["hint"]
    assert await books(stage.api) == before


async def test_an_expired_quote_buys_nothing(stage: Stage) -> None:
    api = stage.api
    quote = await api.post("/v1/quotes", {"lines": [{"plan": TICKET, "route": ROUTE}]})
    await advance_clock(api, "2027-01-01T09:00:00+01:00")
    before = await books(api)
    answer = await order(api, [], quote_id=quote["id"])
    helpful(refused(answer, 409, "quote_expired", "quote"))
    assert await books(api) == before


async def test_an_account_in_another_currency_cannot_buy(stage: Stage) -> None:
    api = stage.api
    account = {"party": "ext:petersen", "external_id": "dollars", "currency": "USD"}
    await api.post("/v1/accounts", account)
    before = await books(api)
    answer = await order(api, [{"plan": TICKET, "route": ROUTE}], account="dollars")
    helpful(refused(answer, 422, "currency_mismatch", "account"))
    assert await books(api) == before


async def test_a_wrong_order_in_a_bulk_call_is_refused_by_itself(stage: Stage) -> None:
    right, wrong = make_plot(NUMBERS).sales[0].order, make_plot(NUMBERS).sales[1].order
    wrong["lines"] = [{"plan": TICKET, "route": "NOWHERE"}]
    answer = await stage.api.post("/v1/orders/bulk", {"orders": [wrong, right]})
    assert (answer["created"], answer["rejected"]) == (1, 1)
    refusal = answer["results"][0]["error"]
    assert (refusal["code"], refusal["field"]) == ("route_unknown", "lines.0.route")
    assert refusal["hint"]


async def test_a_payment_that_is_declined_leaves_nothing_owed(stage: Stage) -> None:
    api = stage.api
    payment = {"provider": "sandbox", "method": "tok_declined"}
    sold = await order(api, [{"plan": TICKET, "route": ROUTE}], payment=payment)

    async def look() -> Json:
        return await api.get(f"/v1/orders/{sold.json()['id']}")

    seen = await wait_until(
        "the order is cancelled", look, lambda seen: seen["order"]["state"] == "cancelled"
    )
    assert seen["payments"][0]["failure_code"] == "card_declined"
    balances = (await api.get("/v1/ledger/trial_balance"))["data"]
    assert {row["account"]: row["balance"] for row in balances} == dict.fromkeys(
        [row["account"] for row in balances], "0"
    )


async def test_forged_and_repeated_callbacks_have_no_effect(stage: Stage) -> None:
    await _sell_all(stage)
    payment = (await stage.api.get("/v1/payments", limit=1))["data"][0]
    await stage.world.provider.open_dispute(payment["provider_reference"])
    (call,) = await stage.world.provider.next_callbacks()
    before = await books(stage.api)
    refused(await stage.world.send(call, signature=FORGED), 401, "callback_forged")
    assert await books(stage.api) == before
    assert (await stage.world.send(call)).json() == {"duplicate": False}
    booked = await books(stage.api)
    assert booked != before
    assert (await stage.world.send(call)).json() == {"duplicate": True}
    assert await books(stage.api) == booked


async def test_no_payout_without_bank_details_and_nobody_else_waits(stage: Stage) -> None:
    api = stage.api
    await _sell_all(stage)
    party = {"kind": "organisation", "name": "Neubus", "roles": ["partner"], "country": "DE"}
    await api.post("/v1/parties", {"external_id": "op-new", **party})
    body = {"external_id": "new", "product": "ext:einzelticket", "name": "Neu"}
    await api.post("/v1/plans", body)
    terms = version_terms([leg("op-new", "3")])
    await api.post("/v1/plans/ext:new/versions", {"terms": terms})
    sold = await order(api, [{"plan": "new", "route": ROUTE}])
    await _paid(api, sold.json()["id"])
    newcomer = await api.get("/v1/parties/ext:op-new")
    stage.alliance.partner_ids["op-new"] = newcomer["id"]
    month = await _close_january(stage)
    own = month.statements["op-new"]
    await stage.alliance.approver.post(f"/v1/statements/{own['id']}/approve")
    nobody = await api.attempt("POST", "/v1/payout_runs", {"currency": "EUR"})
    helpful(refused(nobody, 422, "nothing_to_pay_out", "currency"))
    for name, statement in month.statements.items():
        if name != "op-new":
            await stage.alliance.approver.post(f"/v1/statements/{statement['id']}/approve")
    run = await api.post("/v1/payout_runs", {"currency": "EUR"})
    assert [left["code"] for left in run["left_out"]] == ["payout_account_missing"]
    assert [left["statement_id"] for left in run["left_out"]] == [own["id"]]
    assert run["count"] == len(month.statements) - 1


async def test_no_payout_before_somebody_says_whose_money_it_is(stage: Stage) -> None:
    api = stage.api
    await _sell_all(stage)
    month = await _close_january(stage)
    for statement in month.statements.values():
        await stage.alliance.approver.post(f"/v1/statements/{statement['id']}/approve")
    await api.patch("/v1/tenants/current", {"funds_model": None})
    before = await books(api)
    answer = await api.attempt("POST", "/v1/payout_runs", {"currency": "EUR"})
    helpful(refused(answer, 422, "funds_model_missing", "funds_model"))
    assert await books(api) == before


async def test_amounts_travel_as_decimal_texts_of_at_most_twelve_decimals(stage: Stage) -> None:
    api = stage.api
    await _sell_all(stage)
    path = f"/v1/orders/ext:{make_plot(NUMBERS).sales[0].external_id}/refund"
    before = await books(api)
    for amount in ("1.0000000000001", "NaN", "1e2", 12.9, "-1"):
        answer = await api.attempt("POST", path, {"reason": "no", "amount": amount})
        assert answer.status_code == 400, amount
        (fault,) = answer.json()["errors"]
        assert fault["pointer"] == "/amount"
    assert await books(api) == before


async def _sell_all(stage: Stage) -> None:
    bar: Any = NoBar()
    sales = make_plot(NUMBERS).sales
    completed = Completed(stage.api, bar)
    assert await sell(stage.api, sales, bar, completed) == len(sales)
    await completed.reach(len(sales))


async def _paid(api: Api, order_id: str) -> None:
    async def look() -> Json:
        return await api.get(f"/v1/orders/{order_id}")

    await wait_until("it is paid", look, lambda seen: seen["order"]["paid"]["amount"] != "0.00")


async def _close_january(stage: Stage) -> Month:
    await advance_clock(stage.api, "2027-02-01T09:00:00+01:00")
    month = Month()
    await close_month(stage.alliance, month, "2027-02-01")
    return month
