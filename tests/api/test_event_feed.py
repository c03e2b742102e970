"""The feed gives every committed event once, in one order without gaps."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from groschen.kit.actor import SYSTEM
from groschen.kit.ids import new_id
from groschen.kit.outbox import Event, publish, sequence_events

if TYPE_CHECKING:
    from groschen.kit.db import Database
    from support.api import Api


async def read(api: Api, after: int = 0, limit: int = 1000) -> tuple[list[dict[str, Any]], bool]:
    answer = await api.get(f"/v1/event_feed?after={after}&limit={limit}")
    assert answer.status_code == 200, answer.text
    body = answer.json()
    return body["data"], body["more"]


async def test_what_is_committed_is_in_the_feed(api: Api) -> None:
    made = await api.post("/v1/api_keys", {"name": "Shop", "permissions": ["orders:read"]})
    events, more = await read(api)
    assert not more
    assert [event["sequence"] for event in events] == list(range(1, len(events) + 1))
    assert events[0]["type"] == "tenant.created"
    assert events[-1]["type"] == "api_key.created"
    assert events[-1]["data"] == {"api_key": made.json()["key"]["id"]}


async def test_asking_again_goes_on_where_one_was(api: Api) -> None:
    before, _ = await read(api)
    last = int(before[-1]["sequence"])
    assert await read(api, last) == ([], False)
    await api.post("/v1/api_keys", {"name": "Shop", "permissions": ["orders:read"]})
    after, _ = await read(api, last)
    assert [event["sequence"] for event in after] == [last + 1]
    limited, more = await read(api, 0, 1)
    assert (len(limited), more) == (1, True)


async def test_many_writers_and_sequencers_leave_no_gap(api: Api, database: Database) -> None:
    objects = [new_id() for _ in range(8)]

    async def write(number: int) -> None:
        for step in range(5):
            async with database.scope(api.tenant_id, SYSTEM) as scope:
                await publish(scope, [Event("thing.moved", objects[number], {"step": step})] * 3)

    async def sequence() -> None:
        for _ in range(10):
            async with database.scope(api.tenant_id, SYSTEM) as scope:
                await sequence_events(scope)

    await asyncio.gather(*(write(number) for number in range(4)), sequence(), sequence())
    events, _ = await read(api)
    assert [event["sequence"] for event in events] == list(range(1, len(events) + 1))
    assert len({event["id"] for event in events}) == len(events)
    moved = [event for event in events if event["type"] == "thing.moved"]
    assert len(moved) == 4 * 5 * 3
    for number in range(4):
        steps = [e["data"]["step"] for e in moved if e["object_id"] == str(objects[number])]
        assert steps == sorted(steps)


async def test_an_event_of_a_transaction_that_fails_never_was(api: Api, database: Database) -> None:
    before, _ = await read(api)
    with pytest.raises(ZeroDivisionError):
        async with database.scope(api.tenant_id, SYSTEM) as scope:
            await publish(scope, [Event("thing.moved", new_id())])
            _ = 1 // 0
    assert await read(api) == (before, False)


async def test_tenants_have_their_own_feeds(api: Api, other: Api) -> None:
    mine, _ = await read(api)
    theirs, _ = await read(other)
    assert {event["id"] for event in mine}.isdisjoint(event["id"] for event in theirs)
