"""A quote is a promise: shown before the sale, kept for a while, equal to what is posted."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from support.journals import journals_of
from support.tickets import LEGS, Alliance, agree, agreement_terms, offer, publish

if TYPE_CHECKING:
    from groschen.core.ledger import Journal

pytestmark = pytest.mark.anyio

ROUTE = {"plan": "single", "route": "CENTRE-HARBOUR"}


async def quote(alliance: Alliance, *lines: dict[str, Any], **more: object) -> Any:
    return await alliance.ask("POST", "/v1/quotes", {"lines": lines or [ROUTE], **more}, status=201)


def by_quote(alliance: Alliance, name: str, quote_id: str, **changes: object) -> dict[str, object]:
    return {**alliance.draft(name), "lines": [], "quote_id": quote_id, **changes}


def posted(journal: Journal, account: str) -> set[Decimal]:
    return {-entry.amount for entry in journal.entries if entry.account == account}


async def test_a_quote_shows_price_tax_and_split(alliance: Alliance) -> None:
    made = await quote(alliance)
    [line] = made["lines"]
    assert [line[name]["amount"] for name in ("gross", "net", "tax")] == ["12.90", "12.06", "0.84"]
    assert line["tax_key"] == "DE-7"
    assert {one["party"]: one["amount"] for one in line["shares"]} == {
        "op-a": "3.187058823529",
        "op-b": "8.233235294118",
        "op-c": "1.479705882353",
    }
    assert {one["commission"] for one in line["shares"]} == {
        "0.191223529412",
        "0.493994117647",
        "0.088782352941",
    }
    assert line["retained"] == "0"
    assert line["proof"]["rule_hash"]
    assert await alliance.ask("GET", f"/v1/quotes/{made['id']}", status=200) == made


async def test_what_is_posted_is_what_was_quoted(alliance: Alliance) -> None:
    """Mixed: for others, in the own name, and without partners; several quantities."""
    await agree(alliance, "principal", "resale")
    await publish(alliance, "10.00", LEGS, "resold", "resale")
    flat = {"kind": "flat", "params": {"currency": "EUR", "amount": "3.50"}}
    await offer(alliance, "bag", flat, agreement=None)
    lines = [
        {**ROUTE, "quantity": "3"},
        {**ROUTE, "plan": "resold", "service_on": "2027-02-14"},
        {"plan": "bag"},
    ]
    made = await quote(alliance, *lines, account="customer")
    assert made["gross"]["amount"] == "52.20"
    await alliance.ask("POST", "/v1/orders", by_quote(alliance, "t1", made["id"]), status=201)
    await alliance.drain()
    order = await alliance.order("t1")
    for item, line in zip(order["items"], made["lines"], strict=True):
        for name in ("gross", "net", "tax", "tax_key", "service_on", "quantity"):
            assert item[name] == line[name]
    journals = await journals_of(alliance, "t1")
    sales = [*journals["sale_agent"], *journals["sale_principal"]]
    shares = {Decimal(one["amount"]) for line in made["lines"] for one in line["shares"]}
    assert set().union(*(posted(one, "SHARE_PENDING") for one in sales)) == shares
    owed = sum(entry.amount for one in sales for entry in one.entries if entry.account == "AR")
    assert owed == Decimal("52.20")


async def test_a_quote_keeps_its_price_when_the_plan_changes(alliance: Alliance) -> None:
    made = await quote(alliance)
    terms = await alliance.ask("GET", "/v1/plans/ext:single/versions", status=200)
    dearer = dict(terms["data"][0]["terms"])
    route = {"fare": "20.00", "legs": [{"operator": "op-a", "weight": "1"}]}
    params = {"currency": "EUR", "routes": {"CENTRE-HARBOUR": route}}
    price = {"kind": "route_table", "params": params}
    dearer["components"] = [{"id": "fare", "price": price}]
    body = {"valid_from": "2027-01-05T08:05:00Z", "terms": dearer}
    await alliance.ask("POST", "/v1/plans/ext:single/versions", body, status=201)
    await alliance.advance("2027-01-05T08:10:00Z")
    await alliance.ask("POST", "/v1/orders", by_quote(alliance, "t1", made["id"]), status=201)
    await alliance.drain()
    assert (await alliance.order("t1"))["order"]["gross"]["amount"] == "12.90"
    assert (await alliance.buy("t2"))["order"]["gross"]["amount"] == "20.00"


async def test_a_quote_keeps_its_split_when_the_agreement_changes(alliance: Alliance) -> None:
    made = await quote(alliance)
    rules = [{"id": "rest", "kind": "residual", "beneficiary": "op-c"}]
    terms = agreement_terms(rules)
    body = {"valid_from": "2027-01-05T07:59:00Z", "terms": terms}
    version = await alliance.ask("POST", "/v1/agreements/ext:clearing/versions", body, status=201)
    path = f"/v1/agreements/versions/{version['id']}/sign_off"
    await alliance.ask("POST", path, {"hash": version["hash"]}, status=200)
    await alliance.ask("POST", "/v1/orders", by_quote(alliance, "t1", made["id"]), status=201)
    await alliance.drain()
    await alliance.buy("t2")
    assert {one["rule"] for one in await shares_of(alliance, "t1")} == {"fare", "commission"}
    assert {one["rule"] for one in await shares_of(alliance, "t2")} == {"rest"}


async def shares_of(alliance: Alliance, name: str) -> Any:
    money = await alliance.ask("GET", f"/v1/orders/ext:{name}/money", status=200)
    return money["lines"]


async def test_an_expired_quote_is_refused(alliance: Alliance) -> None:
    made = await quote(alliance)
    await alliance.advance("2027-01-05T08:15:00Z")
    problem = await alliance.refuse("POST", "/v1/orders", by_quote(alliance, "t1", made["id"]))
    assert (problem["code"], problem["errors"][0]["pointer"]) == ("quote_expired", "/quote_id")


async def test_an_order_is_repeated_even_when_its_quote_has_expired(alliance: Alliance) -> None:
    made = await quote(alliance)
    draft = by_quote(alliance, "t1", made["id"])
    first = await alliance.ask("POST", "/v1/orders", draft, status=201)
    await alliance.advance("2027-01-05T09:00:00Z")
    again = await alliance.ask("POST", "/v1/orders", draft, status=201)
    assert again["id"] == first["id"]


async def test_a_quote_of_another_account_is_refused(alliance: Alliance) -> None:
    body = {"external_id": "other", "party": "ext:rider", "currency": "EUR"}
    await alliance.ask("POST", "/v1/accounts", body, status=201)
    made = await quote(alliance, account="other")
    problem = await alliance.refuse("POST", "/v1/orders", by_quote(alliance, "t1", made["id"]))
    assert problem["code"] == "quote_of_other_account"
    draft = by_quote(alliance, "t1", made["id"], account="other")
    await alliance.ask("POST", "/v1/orders", draft, status=201)


async def test_a_quote_that_cannot_be_kept_says_so(alliance: Alliance) -> None:
    """A tax rate was added for the day of travel after the quote."""
    made = await quote(alliance, {**ROUTE, "service_on": "2027-06-01"})
    rate = {"country": "DE", "tax_class": "reduced", "rate": "0.05", "valid_from": "2027-05-01"}
    await alliance.ask("POST", "/v1/tax_rates", rate, status=201)
    problem = await alliance.refuse("POST", "/v1/orders", by_quote(alliance, "t1", made["id"]))
    assert (problem["code"], problem["errors"][0]["pointer"]) == ("quote_changed", "/quote_id")


async def test_an_unknown_quote_is_refused(alliance: Alliance) -> None:
    stranger = "quo_01hzzzzzzzzzzzzzzzzzzzzzzz"
    problem = await alliance.refuse("POST", "/v1/orders", by_quote(alliance, "t1", stranger))
    assert problem["code"] == "quote_not_found"


@pytest.mark.parametrize("chosen", [None, "2027-01-09"])
async def test_a_ticket_by_quote_is_valid_like_one_without(
    alliance: Alliance, chosen: str | None
) -> None:
    """From the sale on, or from the start of the day that was chosen."""
    line = {**ROUTE, "service_on": chosen}
    made = await quote(alliance, line)
    await alliance.ask("POST", "/v1/orders", by_quote(alliance, "t1", made["id"]), status=201)
    draft = {**alliance.draft("t2"), "lines": [line]}
    await alliance.ask("POST", "/v1/orders", draft, status=201)
    async with alliance.scope(write=False) as scope:
        cursor = await scope.conn.execute(
            "SELECT attributes ->> 'valid_from' FROM delivery_tasks WHERE tenant_id = %s",
            (scope.tenant_id,),
        )
        valid_from = {row[0] for row in await cursor.fetchall()}
    start = "2027-01-05T08:00:00" if chosen is None else "2027-01-08T23:00:00"
    assert {one[:19] for one in valid_from} == {start}
