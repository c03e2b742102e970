"""Use over time, how long credit lasts, and what comes in, as people look at them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from groschen.kit.ids import decode_id
from groschen.kit.permissions import ROLES
from support.api import api_key
from support.tickets import found_alliance
from support.town import METER, TERMS, WALLET

if TYPE_CHECKING:
    from uuid import UUID

    from fastapi import FastAPI

    from groschen.kit.db import Database
    from support.tickets import Alliance

START = datetime(2027, 1, 5, tzinfo=UTC)


@pytest.fixture
async def house(app: FastAPI, database: Database, root_id: UUID) -> Alliance:
    """A customer with ten euros of credit, who used 2.1 kWh on each of four days."""
    made = await found_alliance(app, database, root_id)
    ask = made.ask
    product = {"external_id": "power", "name": "Power", "tax_class": "standard"}
    await ask("POST", "/v1/products", product, status=201)
    await ask("POST", "/v1/meters", METER, status=201)
    plan = {"external_id": "day", "product": "ext:power", "name": "Day"}
    await ask("POST", "/v1/plans", plan, status=201)
    version = {"valid_from": "2027-01-01T00:00:00Z", "terms": TERMS}
    await ask("POST", "/v1/plans/ext:day/versions", version, status=201)
    wallet = {"account": "ext:customer", "external_id": "W", **WALLET}
    await ask("POST", "/v1/wallets", wallet, status=201)
    await ask("POST", "/v1/wallets/ext:W/grants", {"amount": "10.00"}, status=201)
    item = {"plan": "day", "quantity": "1", "subjects": ["meter"]}
    body = {"external_id": "S", "account": "customer", "items": [item], "funding": "wallet"}
    await ask("POST", "/v1/subscriptions", {**body, "wallet": "ext:W"}, status=201)
    await made.advance("2027-01-09T11:00:00Z")
    readings = [reading(day, hour) for day in range(4) for hour in (9, 9.25, 20)]
    await ask(
        "POST", "/v1/events", [*readings, {**reading(0, 9), "id": "x", "subject": "?"}], status=200
    )
    return made


def reading(day: int, hour: float) -> dict[str, Any]:
    """0.7 kWh at an hour (UTC) of a day after the start."""
    at = START + timedelta(days=day, hours=hour)
    event = {"specversion": "1.0", "id": f"{day}-{hour}", "source": "s", "type": "reading"}
    return {**event, "subject": "meter", "time": at.isoformat(), "data": {"kwh": "0.7"}}


async def series(house: Alliance, grain: str, first: str, last: str, status: int = 200) -> Any:
    """Ask for use over time."""
    path = f"/v1/subscriptions/ext:S/usage/series?grain={grain}&first={first}&last={last}"
    return await house.ask("GET", path, status=status)


async def test_use_by_day_month_and_quarter_of_an_hour_adds_up(house: Alliance) -> None:
    days = (await series(house, "day", "2027-01-01", "2027-01-31"))["data"]
    assert [one["quantity"] for one in days] == ["2.1"] * 4
    assert [one["gross"]["amount"] for one in days] == ["0.882"] * 4
    (month,) = (await series(house, "month", "2027-01-01", "2027-12-31"))["data"]
    assert (month["quantity"], month["gross"]["amount"]) == ("8.4", "3.528")
    quarters = (await series(house, "quarter_hour", "2027-01-06", "2027-01-06"))["data"]
    assert [(one["quantity"], one["gross"]) for one in quarters] == [("0.7", None)] * 3
    assert [one["from_at"][11:16] for one in quarters] == ["09:00", "09:15", "20:00"]


@pytest.mark.parametrize(
    ("grain", "first", "last"),
    [
        ("day", "2027-01-02", "2027-01-01"),
        ("day", "2027-01-01", "2028-03-01"),
        ("quarter_hour", "2027-01-01", "2027-01-02"),
    ],
)
async def test_a_span_that_does_not_fit_is_refused(
    house: Alliance, grain: str, first: str, last: str
) -> None:
    assert (await series(house, grain, first, last, 422))["code"] == "series_invalid"


async def test_credit_lasts_as_long_as_the_days_before_say(house: Alliance) -> None:
    used = (await house.ask("GET", "/v1/wallets/ext:W/used_by_day?days=6", status=200))["data"]
    assert [one["credit"]["amount"] for one in used] == ["0.00", *["0.882"] * 4, "0.00"]
    found = await house.ask("GET", "/v1/wallets/ext:W/forecast", status=200)
    assert (found["days"], found["per_day"]["amount"]) == (4, "0.882")
    assert found["days_left"] == 7  # 6.472 of credit left


async def test_pulse_tells_what_came_and_what_waits(house: Alliance) -> None:
    pulse = await house.ask("GET", "/v1/events/pulse", status=200)
    assert (pulse["last_minute"], pulse["open_rejects"]) == (12, 1)
    assert {one["subject"] for one in pulse["latest"]} == {"meter"}


async def test_a_customer_looks_at_its_own_use_alone(house: Alliance) -> None:
    names = {name: public for public, name in (await house.party_names()).items()}
    database = house.app.state.runtime.database
    seen = {}
    for name in ("rider", "op-a"):
        party = decode_id("pty", names[name])
        key = await api_key(database, house.api.tenant_id, ROLES["customer"], party_id=party)
        own = house.api.with_token(key)
        paths = ("subscriptions/ext:S/usage", "wallets/ext:W/forecast")
        statuses = [(await own.get(f"/v1/{path}")).status_code for path in paths]
        pulse = (await own.get("/v1/events/pulse")).json()
        told = await own.post("/v1/events/explain", {**reading(3, 22), "id": "new"})
        seen[name] = (statuses, pulse["latest"], len(told.json()["counts"]))
    assert seen == {"rider": ([200, 200], [], 1), "op-a": ([404, 404], [], 0)}
