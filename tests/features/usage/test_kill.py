"""A server that is killed in the middle: the same calls again, and nothing is lost or doubled."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from groschen.kit.processes import this_program
from groschen.kit.provision import environment_of
from support.metering import BATCH, event, per_unit
from support.processes import answering, free_port

if TYPE_CHECKING:
    from groschen.kit.config import Settings
    from support.metering import Utility

pytestmark = pytest.mark.anyio
CALLS, EVENTS = 60, 100


def start(settings: Settings, port: int) -> subprocess.Popen[bytes]:
    changed = settings.model_copy(update={"port": port, "log_level": "error"})
    environment = {**os.environ, **environment_of(changed)}
    return subprocess.Popen(this_program("serve"), env=environment, stdin=subprocess.DEVNULL)


def bodies() -> list[bytes]:
    """The calls; every tenth event comes in two of them."""
    names = [[f"r-{call}-{number}" for number in range(EVENTS)] for call in range(CALLS)]
    for call in range(1, CALLS):
        names[call][::10] = names[call - 1][::10]
    return [json.dumps([event(name, "0.25") for name in one]).encode() for one in names]


async def send_all(utility: Utility, base: str, waiting: list[bytes]) -> list[Any]:
    """Send every body with four callers; those that got an answer are taken off the list."""
    headers = {"Authorization": f"Bearer {utility.api.token}", "Content-Type": BATCH}
    queue = list(waiting)
    answers: list[Any] = []

    async def caller(client: httpx2.AsyncClient) -> None:
        while queue:
            body = queue.pop()
            try:
                answer = await client.post(f"{base}/v1/events", content=body, headers=headers)
            except httpx2.TransportError:
                return
            assert answer.status_code == 200, answer.text
            waiting.remove(body)
            answers.append(answer.json())

    async with httpx2.AsyncClient(timeout=60) as client:
        await asyncio.gather(*(caller(client) for _ in range(4)))
    return answers


async def test_a_killed_server_loses_and_doubles_nothing(
    utility: Utility, settings: Settings
) -> None:
    await utility.household(per_unit("0.30"))
    sent = bodies()
    waiting, answers = list(sent), list[Any]()
    for _ in range(3):
        port = free_port()
        process = start(settings, port)
        base = answering(f"http://127.0.0.1:{port}")
        killing = asyncio.get_running_loop().call_later(0.25, process.send_signal, signal.SIGKILL)
        answers += await send_all(utility, base, waiting)
        killing.cancel()
        process.kill()
        process.wait()
    assert waiting, "the server was killed before it had answered all"
    port = free_port()
    process = start(settings, port)
    base = answering(f"http://127.0.0.1:{port}")
    answers += await send_all(utility, base, waiting)
    assert not waiting
    again = await send_all(utility, base, list(sent))
    process.terminate()
    process.wait()
    assert {one["duplicates"] for one in again} == {EVENTS}
    distinct = {one["id"] for body in sent for one in json.loads(body)}
    stored = await utility.rows("SELECT event_id FROM usage_events WHERE tenant_id = %(t)s")
    assert sorted(row["event_id"] for row in stored) == sorted(distinct)
    assert sum(one["accepted"] for one in answers) <= len(distinct)
    [total] = await utility.totals()
    assert total["event_count"] == len(distinct)
    assert total["amount"] == len(distinct) * Decimal("0.075")
    [day] = await utility.days()
    assert day["amount"] == total["amount"]
