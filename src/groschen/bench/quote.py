"""Quotes at open load: 100 a second for a minute, whatever the answers take.

A call that starts late because others are slow counts from when it should have started. The limit
is the bare answer of the same server, its health, under the same load.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from statistics import median
from typing import TYPE_CHECKING, Final

from groschen.bench.figures import Figure, percentile
from groschen.bench.registry import benchmark
from groschen.bench.shop import ROUTE, shop
from groschen.core.errors import invariant

if TYPE_CHECKING:
    from groschen.bench.ground import Ground

PER_SECOND: Final = 100
SECONDS: Final = 60
LIMIT_SECONDS: Final = 10
BODY: Final = {"lines": [{"plan": "single", "route": ROUTE}]}


@benchmark("quote")
async def run(ground: Ground) -> list[Figure]:
    """Measure the time of a quote with its split at 100 calls a second."""
    async with shop(ground, "serve") as opened:

        async def quote() -> None:
            await opened.post("/v1/quotes", BODY)

        async def health() -> None:
            answer = await opened.client.get("/healthz")
            invariant(answer.is_success, "the server is not healthy")

        await _load(quote, 3)
        bare = await _load(health, max(2, ground.times(LIMIT_SECONDS)))
        taken = await _load(quote, max(3, ground.times(SECONDS)))
    limit = percentile(bare, 99) or 0.0
    return [
        Figure(
            "quote_open_load",
            percentile(taken, 99) or 0.0,
            "ms p99",
            limit=limit,
            target=10,
            p50=median(taken),
            p99=percentile(taken, 99),
            runs=[],
            lower_is_better=True,
            notes={"calls": len(taken), "per_second": PER_SECOND},
        )
    ]


async def _load(call: Callable[[], Awaitable[None]], seconds: int) -> list[float]:
    """Start PER_SECOND calls each second; answers their milliseconds from the due time."""
    started = time.perf_counter()
    taken: list[float] = []

    async def one(due: float) -> None:
        await call()
        taken.append(1000 * (time.perf_counter() - due))

    async with asyncio.TaskGroup() as group:
        for number in range(seconds * PER_SECOND):
            due = started + number / PER_SECOND
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            group.create_task(one(due))
    return taken
