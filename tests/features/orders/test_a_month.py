"""A month of tickets from the sale to the operators' bank lines (A5, A6), beside the oracle.

The figures of 10,000 tickets are proved by the demo; here are fewer, and other fares.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest

from groschen.kit.ids import decode_id
from oracle import books
from oracle.sharing import Line, Month, Shared, month, share
from support.api import Api, api_key
from support.journals import PRINTED, journals_of_source
from support.tickets import IBANS, LEGS, Alliance, found_alliance

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from fastapi import FastAPI

    from groschen.core.ledger import Journal
    from groschen.kit.db import Database

pytestmark = pytest.mark.anyio

COMMISSION_VAT = Fraction(19, 100)


def shared(fare: str, legs: Mapping[str, str]) -> Shared:
    terms = {
        "seller_role": "agent",
        "rules": [
            {"id": "fare", "kind": "apportion", "base": "gross", "params": {"weights": "legs"}},
            {
                "id": "commission",
                "kind": "percent",
                "params": {"rate": "0.06"},
                "deducted_from": "statement",
                "vat_rate": "0.19",
            },
        ],
    }
    weights = tuple((name, Fraction(weight)) for name, weight in legs.items())
    return share(terms, Line(Fraction(fare), Fraction(fare), Fraction(1), weights))


def expected(fare: str, legs: Mapping[str, str], tickets: int) -> dict[str, Month]:
    """The statements of a month in which only ``tickets`` were sold."""
    split = shared(fare, legs)
    commission = {one.who: one.amount for one in split.commissions}
    return {
        part.who: month(
            Fraction(0),
            Fraction(0),
            part.amount * tickets,
            {COMMISSION_VAT: commission[part.who] * tickets},
            Fraction(10),
        )
        for part in split.parts
    }


def rows(journal: Journal) -> dict[tuple[str, str], Fraction]:
    """What a journal posts by account and tax key."""
    found: dict[tuple[str, str], Fraction] = {}
    for entry in journal.entries:
        place = entry.account, entry.tax_key or ""
        found[place] = found.get(place, Fraction(0)) + Fraction(entry.amount)
    return found


def without_parties(wanted: books.Rows) -> dict[tuple[str, str], Fraction]:
    return {(account, tax): amount for (account, _, tax), amount in wanted.items()}


async def pay(alliance: Alliance, database: Database) -> Any:
    """Approve everything as a second person, pay it, and let the bank book it."""
    second = Api(
        alliance.app, await api_key(database, alliance.api.tenant_id), alliance.api.tenant_id
    )
    for name, iban in IBANS.items():
        body = {"currency": "EUR", "holder": f"Operator {name}", "iban": iban}
        await alliance.ask("POST", f"/v1/parties/ext:{name}/payout_accounts", body, status=201)
    tag = (await alliance.api.get("/v1/tenants/current")).headers["etag"]
    settings = {
        "funds_model": "agent_for_payee",
        "debtor": {"name": "Verbund AG", "iban": "DE89370400440532013000"},
    }
    await alliance.api("PATCH", "/v1/tenants/current", settings, headers={"If-Match": tag})
    for statement in (await alliance.api.get("/v1/statements?state=issued")).json()["data"]:
        assert (await second.post(f"/v1/statements/{statement['id']}/approve")).status_code == 200
    run = await alliance.ask("POST", "/v1/payout_runs", {"currency": "EUR"}, status=201)
    path = f"/v1/payout_runs/{run['id']}"
    assert (await second.post(f"{path}/approve")).status_code == 200
    await alliance.ask("POST", f"{path}/send", status=202)
    await alliance.drain()
    await alliance.advance("2027-02-08T12:00:00Z")
    await alliance.ask("POST", f"{path}/fetch_answers", status=202)
    await alliance.drain()
    return await alliance.ask("GET", path, status=200)


@pytest.mark.parametrize(
    ("fare", "legs", "tickets"),
    [
        ("12.90", LEGS, 40),
        ("10.00", {"op-a": "1", "op-b": "1", "op-c": "1"}, 31),
        ("7.77", {"op-a": "0.001", "op-b": "99.9", "op-c": "33.333"}, 25),
    ],
)
async def test_statements_and_payouts_are_those_of_the_oracle(
    app: FastAPI,
    database: Database,
    root_id: UUID,
    fare: str,
    legs: Mapping[str, str],
    tickets: int,
) -> None:
    alliance = await found_alliance(app, database, root_id, fare=fare, legs=legs)
    await alliance.sell([f"t{number}" for number in range(tickets)])
    statements = await alliance.close("2027-02-01")
    wanted = expected(fare, legs, tickets)
    assert statements.keys() == wanted.keys()
    for name, statement in statements.items():
        _agrees(statement, wanted[name])
        source = decode_id("stm", statement["id"])
        journals = (await journals_of_source(alliance, source)).get("statement_agent", [])
        nothing = dict.fromkeys(wanted[name].vat, Fraction(0))
        posted = books.stated(PRINTED[name], wanted[name], nothing, nothing)
        # a share that rounds to nothing posts nothing
        assert [rows(one) for one in journals] == [without_parties(posted)] * bool(posted), name
    paid = {name: one.payout for name, one in wanted.items() if one.payout}
    run = await pay(alliance, database)
    assert run["state"] == "finished"
    assert Fraction(run["total"]["amount"]) == sum(paid.values())
    payable = Fraction((await alliance.balances())["PARTNER_PAYABLE"])
    assert payable == -sum(one.total - one.payout for one in wanted.values())
    await alliance.audit()


def _agrees(statement: Any, wanted: Month) -> None:
    figures = {
        "share": wanted.share,
        "carried_out": wanted.carried,
        "commission": wanted.commission[COMMISSION_VAT],
        "vat": wanted.vat[COMMISSION_VAT],
        "total": wanted.total,
        "payout": wanted.payout,
    }
    for name, amount in figures.items():
        assert Fraction(Decimal(statement[name]["amount"])) == amount, (name, statement)
