"""Placing orders: each once, each wrong one named, one or a thousand in a call."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from support.tickets import LEGS, Alliance, agree, agreement_terms, offer, publish

if TYPE_CHECKING:
    from collections.abc import Iterable

pytestmark = pytest.mark.anyio

ROUTE = {"plan": "single", "route": "CENTRE-HARBOUR"}


async def bulk(alliance: Alliance, drafts: Iterable[object]) -> Any:
    body = {"orders": list(drafts)}
    return await alliance.ask("POST", "/v1/orders/bulk", body, status=200)


def outcomes(answer: Any) -> list[str]:
    return [one["outcome"] for one in answer["results"]]


async def count(alliance: Alliance) -> tuple[int, int, int]:
    """How many orders, payments and sale journals there are."""
    async with alliance.scope(write=False) as scope:
        cursor = await scope.conn.execute(
            """
            SELECT (SELECT count(*) FROM orders WHERE tenant_id = %(t)s),
                   (SELECT count(*) FROM payments WHERE tenant_id = %(t)s),
                   (SELECT count(*) FROM journals WHERE tenant_id = %(t)s AND kind = 'sale_agent')
            """,
            {"t": scope.tenant_id},
        )
        row = await cursor.fetchone()
    assert row is not None
    return row


async def test_the_same_order_again_is_the_same_order(alliance: Alliance) -> None:
    draft = alliance.draft("t1")
    first = await alliance.ask("POST", "/v1/orders", draft, status=201)
    again = await alliance.ask("POST", "/v1/orders", draft, status=201)
    spelt = {**draft, "lines": [{**ROUTE, "quantity": "1.00"}]}
    other = await alliance.ask("POST", "/v1/orders", spelt, status=201)
    assert first["id"] == again["id"] == other["id"]
    assert await count(alliance) == (1, 1, 1)


async def test_another_order_under_a_known_id_is_refused(alliance: Alliance) -> None:
    await alliance.ask("POST", "/v1/orders", alliance.draft("t1"), status=201)
    for changes in (
        {"lines": [{**ROUTE, "quantity": "2"}]},
        {"payment": {"provider": "sandbox", "method": "tok_other"}},
    ):
        draft = {**alliance.draft("t1"), **changes}
        problem = await alliance.refuse("POST", "/v1/orders", draft)
        assert problem["code"] == "external_id_reused"
        assert problem["errors"][0]["pointer"] == "/external_id"
        assert outcomes(await bulk(alliance, [draft])) == ["rejected"]
    assert await count(alliance) == (1, 1, 1)


async def test_a_bulk_call_takes_each_order_by_itself(alliance: Alliance) -> None:
    await alliance.ask("POST", "/v1/orders", alliance.draft("known"), status=201)
    answer = await bulk(
        alliance,
        [
            alliance.draft("new"),
            alliance.draft("known"),
            {**alliance.draft("route"), "lines": [{"plan": "single", "route": "NOWHERE"}]},
            alliance.draft("new"),  # twice within the call
            {**alliance.draft("new"), "lines": [{**ROUTE, "quantity": "2"}]},  # and another one
            {**alliance.draft("account"), "account": "nobody"},
            {**alliance.draft("provider"), "payment": {"provider": "paypal", "method": "x"}},
            {**alliance.draft("empty"), "lines": []},
            alliance.draft("last"),
        ],
    )
    assert outcomes(answer) == [
        "created",
        "duplicate",
        "rejected",
        "duplicate",
        "rejected",
        "rejected",
        "rejected",
        "rejected",
        "created",
    ]
    assert (answer["created"], answer["duplicates"], answer["rejected"]) == (2, 2, 5)
    errors = [one["error"] for one in answer["results"] if one["error"]]
    assert [(one["code"], one["field"]) for one in errors] == [
        ("route_unknown", "lines.0.route"),
        ("external_id_reused", "external_id"),
        ("customer_account_unknown", "account"),
        ("provider_unknown", "payment.provider"),
        ("lines_missing", "lines"),
    ]
    assert all(one["detail"] and one["hint"] for one in errors)
    assert answer["results"][0]["order_id"] == answer["results"][3]["order_id"]
    assert await count(alliance) == (3, 3, 3)


async def test_bulk_calls_that_overlap_in_opposite_order(alliance: Alliance) -> None:
    """Whoever comes second waits and finds duplicates; nobody is a victim of the other."""
    names = [f"t{number:03}" for number in range(60)]
    calls = [names, names[::-1], names[30:] + names[:30], sorted(names, key=lambda n: n[::-1])]
    answers = await asyncio.gather(
        *(bulk(alliance, [alliance.draft(name) for name in call]) for call in calls)
    )
    created = sum(answer["created"] for answer in answers)
    assert (created, sum(answer["duplicates"] for answer in answers)) == (60, 180)
    ids = {one["external_id"]: one["order_id"] for answer in answers for one in answer["results"]}
    assert len(set(ids.values())) == 60
    assert await count(alliance) == (60, 60, 60)


async def test_a_line_that_is_wrong_is_named(alliance: Alliance) -> None:
    lines: list[dict[str, object]] = [
        ROUTE,
        {**ROUTE, "route": "NOWHERE"},
        {**ROUTE, "plan": "nothing"},
    ]
    problem = await alliance.refuse("POST", "/v1/orders", {**alliance.draft("t1"), "lines": lines})
    assert problem["errors"][0]["pointer"] == "/lines/1/route"
    assert "CENTRE-HARBOUR" in problem["hint"]
    problem = await alliance.refuse("POST", "/v1/quotes", {"lines": [ROUTE, lines[2]]})
    assert problem["errors"][0]["pointer"] == "/lines/1/plan"


async def test_an_order_beyond_all_books_is_refused(alliance: Alliance) -> None:
    """Sixteen digits are the limit of an amount, also of the sum of lines."""
    flood = {**ROUTE, "quantity": "9999999999999999"}
    problem = await alliance.refuse(
        "POST", "/v1/orders", {**alliance.draft("t1"), "lines": [flood]}
    )
    assert (problem["code"], problem["errors"][0]["pointer"]) == (
        "order_too_large",
        "/lines/0/quantity",
    )
    much = {**ROUTE, "quantity": "700000000000000"}
    problem = await alliance.refuse(
        "POST", "/v1/orders", {**alliance.draft("t1"), "lines": [much, much]}
    )
    assert (problem["code"], problem["errors"][0]["pointer"]) == ("order_too_large", "/lines")
    assert await count(alliance) == (0, 0, 0)


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"lines": [{**ROUTE, "quantity": "0"}]}, "/lines/0/quantity"),
        ({"lines": [{**ROUTE, "quantity": "1.0000000000001"}]}, "/lines/0/quantity"),
        ({"lines": [{**ROUTE, "quantity": 1}]}, "/lines/0/quantity"),
        ({"lines": [{**ROUTE, "service_on": "2027-02-30"}]}, "/lines/0/service_on"),
        ({"lines": [ROUTE] * 101}, "/lines"),
        ({"payment": {"provider": "sandbox", "method": "4111 1111"}}, "/payment/method"),
        ({"external_id": ""}, "/external_id"),
        ({"surprise": True}, "/surprise"),
    ],
)
async def test_a_body_that_is_wrong_is_named(
    alliance: Alliance, changes: dict[str, object], pointer: str
) -> None:
    answer = await alliance.api("POST", "/v1/orders", {**alliance.draft("t1"), **changes}, key="k1")
    assert answer.status_code == 400, answer.text
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert await count(alliance) == (0, 0, 0)


async def test_lines_and_a_quote_exclude_each_other(alliance: Alliance) -> None:
    quote = await alliance.quote()
    draft = {**alliance.draft("t1"), "quote_id": quote["id"]}
    assert (await alliance.refuse("POST", "/v1/orders", draft))["code"] == "lines_missing"


async def test_one_order_has_one_currency_and_that_of_its_account(alliance: Alliance) -> None:
    flat = {"kind": "flat", "params": {"currency": "CHF", "amount": "5.00"}}
    await offer(alliance, "swiss", flat, agreement=None, currency="CHF", refund=None)
    draft = {**alliance.draft("t1"), "lines": [{"plan": "swiss"}]}
    problem = await alliance.refuse("POST", "/v1/orders", draft)
    assert (problem["code"], problem["errors"][0]["pointer"]) == ("currency_mismatch", "/account")
    draft["lines"] = [ROUTE, {"plan": "swiss"}]
    problem = await alliance.refuse("POST", "/v1/orders", draft)
    assert (problem["code"], problem["errors"][0]["pointer"]) == ("mixed_currencies", "/lines")
    account = {"external_id": "swiss", "party": "ext:rider", "currency": "CHF"}
    await alliance.ask("POST", "/v1/accounts", account, status=201)
    draft = {**alliance.draft("t2"), "account": "swiss", "lines": [{"plan": "swiss"}]}
    await alliance.ask("POST", "/v1/orders", draft, status=201)


async def test_a_plan_whose_agreement_is_not_in_force_cannot_be_sold(alliance: Alliance) -> None:
    await alliance.ask(
        "POST", "/v1/agreements", {"external_id": "later", "name": "later"}, status=201
    )
    rules = [{"id": "rest", "kind": "residual", "beneficiary": "op-a"}]
    body = {"valid_from": "2027-01-01T00:00:00Z", "terms": agreement_terms(rules)}
    version = await alliance.ask("POST", "/v1/agreements/ext:later/versions", body, status=201)
    await publish(alliance, "5.00", LEGS, "early", "later")
    draft = {**alliance.draft("t1"), "lines": [{**ROUTE, "plan": "early"}]}
    problem = await alliance.refuse("POST", "/v1/orders", draft)
    assert problem["code"] == "agreement_not_in_force"
    wrong = {"hash": "0" * 64}
    path = f"/v1/agreements/versions/{version['id']}/sign_off"
    problem = await alliance.refuse("POST", path, wrong)
    assert (problem["code"], version["hash"] in problem["hint"]) == ("sign_off_hash_mismatch", True)
    await alliance.ask("POST", path, {"hash": version["hash"]}, status=200)
    await alliance.ask("POST", "/v1/orders", draft, status=201)


async def test_a_route_with_an_operator_nobody_knows_cannot_be_sold(alliance: Alliance) -> None:
    await publish(alliance, "5.00", {"op-a": "1", "ghost": "2"}, "haunted")
    draft = {**alliance.draft("t1"), "lines": [{**ROUTE, "plan": "haunted"}]}
    problem = await alliance.refuse("POST", "/v1/orders", draft)
    assert problem["code"] == "beneficiary_unknown"
    assert "ghost" in problem["detail"]
    assert await count(alliance) == (0, 0, 0)


async def test_rules_that_give_more_than_there_is_are_refused_at_the_sale(
    alliance: Alliance,
) -> None:
    await alliance.ask("POST", "/v1/agreements", {"external_id": "much", "name": "m"}, status=201)
    rules = [
        {
            "id": "fixed",
            "kind": "fixed",
            "beneficiary": "op-a",
            "base": "gross",
            "params": {"amount": "6.00"},
        }
    ]
    body = {"valid_from": "2027-01-01T00:00:00Z", "terms": agreement_terms(rules)}
    version = await alliance.ask("POST", "/v1/agreements/ext:much/versions", body, status=201)
    path = f"/v1/agreements/versions/{version['id']}/sign_off"
    await alliance.ask("POST", path, {"hash": version["hash"]}, status=200)
    await publish(alliance, "5.00", LEGS, "cheap", "much")
    draft = {**alliance.draft("t1"), "lines": [{**ROUTE, "plan": "cheap"}]}
    problem = await alliance.refuse("POST", "/v1/orders", draft)
    assert problem["code"] == "shares_exceed_base"


async def test_a_dry_run_leaves_nothing(alliance: Alliance) -> None:
    answer = await alliance.api(
        "POST", "/v1/orders?dry_run=true", alliance.draft("t1"), key="k-dry"
    )
    assert answer.status_code == 201, answer.text
    assert answer.json()["gross"]["amount"] == "12.90"
    assert await count(alliance) == (0, 0, 0)
    await alliance.drain()
    assert await alliance.outstanding() == {}


async def test_several_lines_are_one_payment_and_one_order(alliance: Alliance) -> None:
    await agree(alliance, "principal", "resale")
    await publish(alliance, "10.00", LEGS, "resold", "resale")
    await publish(alliance, "4.00", LEGS, "bare", delivery=[])
    order = await alliance.buy("t1", "single", "resold", "bare", "single")
    assert order["order"]["gross"]["amount"] == "39.80"
    assert [one["amount"]["amount"] for one in order["payments"]] == ["39.80"]
    assert [one["state"] for one in order["items"]] == ["delivered"] * 4
    assert order["order"]["state"] == "completed"
    await alliance.refunded("t1", fee="0")
    assert await alliance.outstanding() == {}


async def test_a_plan_without_delivery_steps_is_delivered_when_paid(alliance: Alliance) -> None:
    await publish(alliance, "4.00", LEGS, "bare", delivery=[])
    order = await alliance.buy("t1", "bare")
    assert (order["order"]["state"], order["tasks"]) == ("completed", [])
