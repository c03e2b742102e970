"""The clock of a test tenant moves forward only; a live one is real."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from support.api import Api


@pytest.fixture
async def twin(api: Api) -> Api:
    return api.on_behalf_of((await api.post("/v1/tenants/current/test_twin")).json()["id"])


async def advance(api: Api, to: str) -> tuple[int, dict[str, str]]:
    answer = await api.post("/v1/test_clock/advance", {"to": to})
    return answer.status_code, answer.json()


async def test_it_moves_and_then_stands(twin: Api) -> None:
    status, clock = await advance(twin, "2126-02-28T23:30:00Z")
    assert (status, clock["now"], clock["today"]) == (200, "2126-02-28T23:30:00Z", "2126-03-01")
    assert (await twin.get("/v1/test_clock")).json() == clock
    assert (await advance(twin, "2126-02-28T23:30:00Z"))[0] == 200


async def test_what_is_written_then_bears_its_time(twin: Api) -> None:
    await advance(twin, "2126-02-28T23:30:00Z")
    body = {"kind": "organisation", "name": "N", "roles": [], "country": "DE"}
    assert (await twin.post("/v1/parties", body)).json()["created_at"] == "2126-02-28T23:30:00Z"
    events = (await twin.get("/v1/event_feed")).json()["data"]
    assert [e["type"] for e in events if e["occurred_at"] == "2126-02-28T23:30:00Z"] == [
        "test_clock.advanced", "party.created",
    ]  # fmt: skip


async def test_it_never_goes_back(twin: Api) -> None:
    await advance(twin, "2126-02-28T23:30:00Z")
    status, problem = await advance(twin, "2126-02-28T23:29:59Z")
    assert (status, problem["code"]) == (422, "clock_backwards")


async def test_a_live_clock_cannot_be_moved(api: Api) -> None:
    status, problem = await advance(api, "2126-01-01T00:00:00Z")
    assert (status, problem["code"]) == (409, "live_tenant")


@pytest.mark.parametrize(
    "to", ["2126-01-01", "2126-01-01T00:00:00", "soon", "9999-12-31T00:00:00Z"]
)
async def test_a_wrong_instant_is_refused(twin: Api, to: str) -> None:
    assert (await advance(twin, to))[0] == 400
