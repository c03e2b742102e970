"""Settlement over HTTP: from closed books to booked payouts, and what partners see of it."""

from __future__ import annotations

import csv
import io
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest
from psycopg.types.json import Jsonb

from groschen.adapters.bank.sandbox import magic_iban
from groschen.app import create_app
from groschen.features.parties import service as parties
from groschen.features.settlements import jobs
from groschen.kit.ids import encode_id, new_id
from groschen.kit.permissions import ROLES
from support.alliance import Alliance, month_start, new_alliance, set_tenant
from support.api import Api, api_key

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from uuid import UUID

    from fastapi import FastAPI

    from groschen.kit.config import Settings
    from groschen.kit.db import Database
    from groschen.kit.postgres import ServerUrls
    from groschen.kit.runtime import Runtime

DEBTOR = {"name": "Verkehrsverbund Talheim", "iban": "DE89370400440532013000", "bic": None}


@pytest.fixture(scope="module")
async def app(settings: Settings) -> AsyncIterator[FastAPI]:
    app = create_app(settings)
    async with app.router.lifespan_context(app):
        yield app


@pytest.fixture
async def alliance(app: FastAPI, database: Database, database_urls: ServerUrls) -> Alliance:
    _ = app
    made = await new_alliance(database, database_urls)
    set_tenant(made, debtor=Jsonb(DEBTOR))
    async with made.scope() as scope:
        for number, party_id in enumerate(made.operators.values()):
            await parties.add_payout_account(
                scope,
                party_id,
                currency="EUR",
                holder="Operator",
                iban=magic_iban(None, number),
                bic=None,
            )
    return made


async def client(app: FastAPI, alliance: Alliance, role: str = "finance") -> Api:
    token = await api_key(alliance.database, alliance.tenant_id, ROLES[role])
    return Api(app, token, alliance.tenant_id)


async def partner_client(app: FastAPI, alliance: Alliance, party_id: UUID) -> Api:
    token = await api_key(
        alliance.database, alliance.tenant_id, ROLES["partner"], party_id=party_id
    )
    return Api(app, token, alliance.tenant_id)


def runtime_of(app: FastAPI) -> Runtime:
    runtime: Runtime = app.state.runtime
    return runtime


async def close_month(app: FastAPI, alliance: Alliance, api: Api, month: int) -> None:
    alliance.move_clock(month_start(month))
    day = month_start(month).date().isoformat()
    answer = await api.post("/v1/settlements/close", {"period_to": day}, key=f"close-{month}")
    assert answer.status_code == 202
    assert answer.json()["state"] == "running"
    await jobs.state_partners(runtime_of(app), alliance.tenant_id)
    progress = (await api.get("/v1/settlements/close")).json()
    assert (progress["state"], progress["period_to"]) == ("done", day)


async def statements_of(api: Api) -> list[dict[str, Any]]:
    answer = await api.get("/v1/statements")
    assert answer.status_code == 200
    found: list[dict[str, Any]] = answer.json()["data"]
    return found


async def test_from_closing_to_the_bank_line(app: FastAPI, alliance: Alliance) -> None:
    maker, second = await client(app, alliance), await client(app, alliance)
    await alliance.sell(10)
    await close_month(app, alliance, maker, 4)
    for statement in await statements_of(maker):
        answer = await maker.post(f"/v1/statements/{statement['id']}/approve")
        assert answer.json()["state"] == "approved"
    made = await maker.post("/v1/payout_runs", {"currency": "EUR"}, key="run-1")
    assert made.status_code == 201
    run = made.json()
    assert run["total"] == {"amount": "119.79", "currency": "EUR"}
    assert (run["count"], run["left_out"], run["state"]) == (3, [], "draft")
    file = await maker.get(f"/v1/payout_runs/{run['id']}/file.xml")
    assert file.headers["content-type"] == "application/xml"
    assert sha256(file.content).hexdigest() == run["file_hash"]
    path = f"/v1/payout_runs/{run['id']}"
    assert (await maker.post(f"{path}/approve")).json()["code"] == "second_person_needed"
    assert (await second.post(f"{path}/approve")).json()["state"] == "approved"
    sending = await maker.post(f"{path}/send", key="send-1")
    assert (sending.status_code, sending.json()["sending"]) == (202, True)
    await jobs.send_payouts(runtime_of(app), alliance.tenant_id)
    alliance.move_clock(month_start(5))
    assert (await maker.post(f"{path}/fetch_answers")).status_code == 202
    await jobs.fetch_answers(runtime_of(app), alliance.tenant_id)
    finished = (await maker.get(path)).json()
    assert finished["state"] == "finished"
    assert {payout["state"] for payout in finished["payouts"]} == {"booked"}
    listed = (await maker.get("/v1/payouts")).json()["data"]
    assert len(listed) == 3
    assert {one["state"] for one in await statements_of(maker)} == {"paid"}


async def test_closing_twice_with_one_key_is_one_closing(app: FastAPI, alliance: Alliance) -> None:
    api = await client(app, alliance)
    await alliance.sell(1)
    alliance.move_clock(month_start(4))
    body = {"period_to": "2026-04-01"}
    first = await api.post("/v1/settlements/close", body, key="close")
    again = await api.post("/v1/settlements/close", body, key="close")
    assert again.json() == first.json()
    assert again.headers["idempotency-replayed"] == "true"
    await jobs.state_partners(runtime_of(app), alliance.tenant_id)
    third = await api.post("/v1/settlements/close", body, key="close-again")
    assert (third.status_code, third.json()["statements_made"]) == (200, 3)


async def test_a_dry_run_closes_nothing(app: FastAPI, alliance: Alliance) -> None:
    api = await client(app, alliance)
    await alliance.sell(1)
    alliance.move_clock(month_start(4))
    answer = await api.post(
        "/v1/settlements/close?dry_run=true", {"period_to": "2026-04-01"}, key="d"
    )
    assert answer.json()["statements_left"] == 3
    assert (await api.get("/v1/settlements/close")).json()["state"] == "open"


async def test_a_period_that_is_not_over_is_refused(app: FastAPI, alliance: Alliance) -> None:
    api = await client(app, alliance)
    answer = await api.post("/v1/settlements/close", {"period_to": "2026-04-01"}, key="early")
    assert (answer.status_code, answer.json()["code"]) == (422, "period_not_over")
    assert "2026-03-10" in answer.json()["detail"]


async def test_a_partner_sees_its_own_statements_and_no_others(
    app: FastAPI, alliance: Alliance
) -> None:
    finance = await client(app, alliance)
    await alliance.sell(4)
    await close_month(app, alliance, finance, 4)
    everything = await statements_of(finance)
    partner = await partner_client(app, alliance, alliance.operators["op-b"])
    (own,) = await statements_of(partner)
    assert own["beneficiary_id"] == encode_id("pty", alliance.operators["op-b"])
    for statement in everything:
        is_own = statement["id"] == own["id"]
        expected = 200 if is_own else 404
        for path in ("", "/lines.csv"):
            answer = await partner.get(f"/v1/statements/{statement['id']}{path}")
            assert answer.status_code == expected
    assert (await partner.post(f"/v1/statements/{own['id']}/approve")).status_code == 403
    assert (await partner.get("/v1/payout_runs")).json()["data"] == []
    other = encode_id("pty", alliance.operators["op-a"])
    assert (await partner.get(f"/v1/partner_claims/{other}")).status_code == 404


async def test_the_line_file_comes_as_csv(app: FastAPI, alliance: Alliance) -> None:
    api = await client(app, alliance)
    await alliance.sell(3)
    await close_month(app, alliance, api, 4)
    for statement in await statements_of(api):
        answer = await api.get(f"/v1/statements/{statement['id']}/lines.csv")
        assert answer.headers["content-type"] == "text/csv; charset=utf-8"
        assert sha256(answer.content).hexdigest() == statement["lines_hash"]
        rows = list(csv.DictReader(io.StringIO(answer.text)))
        assert len(rows) == statement["line_count"]
        assert rows[0]["order_id"].startswith("ord_")


async def test_live_claims_of_a_partner(app: FastAPI, alliance: Alliance) -> None:
    finance = await client(app, alliance)
    await alliance.sell(10)
    await alliance.sell(1, pay=False)
    partner_id = alliance.operators["op-a"]
    partner = await partner_client(app, alliance, partner_id)
    path = f"/v1/partner_claims/{encode_id('pty', partner_id)}"
    (claims,) = (await partner.get(path)).json()["data"]
    assert claims["pending"]["share"]["amount"] == "3.187058823529"
    assert claims["released"]["share"]["amount"] == "31.87058823529"
    assert claims["released"]["net"]["amount"] == "29.59502823529"
    assert claims["next_statement_on"] == "2026-04-01"
    assert [day["day"] for day in claims["days"]] == ["2026-03-10"]
    await close_month(app, alliance, finance, 4)
    (claims,) = (await partner.get(path)).json()["data"]
    assert claims["released"]["share"]["amount"] == "0.00"
    assert claims["stated"]["share"]["amount"] == "31.87058823529"
    assert claims["on_its_way"]["amount"] == "29.60"


async def test_unknown_objects_and_states_are_refused(app: FastAPI, alliance: Alliance) -> None:
    api = await client(app, alliance)
    for path in ("/v1/statements/", "/v1/payout_runs/"):
        prefix = "stm" if "statements" in path else "run"
        answer = await api.get(path + encode_id(prefix, new_id()))
        assert answer.status_code == 404
    assert (await api.get("/v1/statements?state=lost")).status_code == 400
    answer = await api.post("/v1/payout_runs", {"currency": "EUR"}, key="empty")
    assert answer.json()["code"] == "nothing_to_pay_out"


async def test_without_funds_model_the_module_refuses(app: FastAPI, alliance: Alliance) -> None:
    set_tenant(alliance, funds_model=None)
    api = await client(app, alliance)
    answer = await api.post("/v1/payout_runs", {"currency": "EUR"}, key="run")
    assert (answer.status_code, answer.json()["code"]) == (422, "funds_model_missing")


async def test_the_limit_for_a_second_person_is_set_by_administrators(
    app: FastAPI, alliance: Alliance
) -> None:
    finance = await client(app, alliance)
    body = {"second_person_above": "1000.00"}
    assert (await finance("PUT", "/v1/payout_terms/EUR", body)).status_code == 403
    administrator = await client(app, alliance, "administrator")
    answer = await administrator("PUT", "/v1/payout_terms/EUR", body)
    assert answer.json()["second_person_above"] == {"amount": "1000.00", "currency": "EUR"}


async def test_statements_come_in_pages(app: FastAPI, alliance: Alliance) -> None:
    api = await client(app, alliance)
    await alliance.sell(1)
    await close_month(app, alliance, api, 4)
    first = (await api.get("/v1/statements?limit=2")).json()
    second = (await api.get(f"/v1/statements?limit=2&after={first['page']['next']}")).json()
    assert (len(first["data"]), len(second["data"]), second["page"]["next"]) == (2, 1, None)
    back = (await api.get(f"/v1/statements?limit=2&before={second['page']['previous']}")).json()
    assert back["data"] == first["data"]
