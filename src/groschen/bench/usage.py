"""Usage over HTTP: batches of a thousand events, 5 % of them sent before, half of it prepaid.

Answered after commit: stored once, priced, totals and wallets updated. The limit stages the same
events by COPY, inserts what is new into bare copies of the tables and adds up one balance for
each subject, as the owner, without any check, on as many connections as there are callers.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from psycopg import sql

from groschen.bench.figures import Figure, Run, Stopwatch
from groschen.bench.meters import DAYS, Households, households
from groschen.bench.registry import benchmark
from groschen.bench.shop import Shop, shop
from groschen.core.errors import invariant
from groschen.kit.actor import SYSTEM
from groschen.kit.ids import new_id

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from psycopg import AsyncConnection
    from psycopg.rows import TupleRow

    from groschen.bench.ground import Ground

BATCH: Final = 1_000
CALLS: Final = 12
RUNS: Final = 3
CALLERS: Final = 3
SERVING: Final = 2
SUBJECTS: Final = 20_000
DUPLICATES: Final = 50
LATE: Final = 0.02
BATCH_JSON: Final = "application/cloudevents-batch+json"
SHAPES: Final = {"usage_250_subjects": 250, "usage_distinct_subjects": 1_000}


@dataclass(slots=True)
class Readings:
    """Makes batches; each caller has households of its own, as head-end systems do."""

    towns: Households
    chance: random.Random = field(
        default_factory=lambda: random.Random(1)  # noqa: S311 - it must repeat
    )
    sent: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    quantity: Decimal = Decimal(0)

    @property
    def now(self) -> datetime:
        """The latest instant of an event: all lie in the last three hours, but for late ones."""
        return self.towns.starts_at + timedelta(days=DAYS)

    def batch(self, caller: int, subjects: int) -> list[dict[str, Any]]:
        """A thousand events of ``subjects`` households, some of them sent before."""
        mine = self.towns.subjects[caller::CALLERS]
        chosen = self.chance.sample(mine, subjects)
        fresh = [self._event(chosen[n % subjects]) for n in range(BATCH - DUPLICATES)]
        known = self.chance.sample(self.sent, DUPLICATES) if self.sent else fresh[:DUPLICATES]
        made = fresh + known
        self.chance.shuffle(made)
        self.sent += fresh[:DUPLICATES]
        return made

    def _event(self, subject: str) -> dict[str, Any]:
        late = self.chance.random() < LATE
        minutes = (
            self.chance.randrange(1, DAYS * 24 * 60) if late else self.chance.randrange(1, 180)
        )
        kwh = self.chance.randint(1, 999)
        self.quantity += Decimal(kwh).scaleb(-3)  # travels as a JSON number, read as a decimal
        return {
            "specversion": "1.0",
            "id": new_id().hex,
            "source": "head-end",
            "type": "reading",
            "subject": subject,
            "time": (self.now - timedelta(minutes=minutes)).isoformat(),
            "data": {"kwh": kwh / 1000},
        }


@benchmark("usage")
async def run(ground: Ground) -> list[Figure]:
    """Measure events a second over HTTP, beside staged COPY with a balance."""
    figures: list[Figure] = []
    async with shop(ground, "serve", serving=SERVING) as opened:
        readings = Readings(await households(ground, opened.tenant_id, SUBJECTS))
        await _bare_tables(ground, readings.towns)
        accepted = 0
        for name, subjects in SHAPES.items():
            calls = ground.times(CALLS)
            accepted += (await _send(opened, readings, calls=CALLERS, subjects=subjects))[1]
            runs, limits = list[Run](), list[Run]()
            for _ in range(ground.times(RUNS)):
                limits.append(await _bare(ground, readings, calls, subjects))
                made, new = await _send(opened, readings, calls, subjects)
                runs.append(made)
                accepted += new
            figures.append(_figure(name, runs, limits, subjects))
        await _recount(ground, opened, accepted, readings)
    return figures


def _figure(name: str, runs: Sequence[Run], limits: Sequence[Run], subjects: int) -> Figure:
    return Figure.of_rates(
        name,
        runs,
        limits,
        unit="events/s",
        target=15_000,
        target_ratio=0.5,
        notes={
            "events_a_call": BATCH,
            "subjects_a_call": subjects,
            "subjects": SUBJECTS,
            "duplicates": DUPLICATES,
            "callers": CALLERS,
            "serve_processes": SERVING,
            "late": LATE,
        },
    )


async def _send(opened: Shop, readings: Readings, calls: int, subjects: int) -> tuple[Run, int]:
    """Send batches from all callers; answer the run and how many events were accepted."""
    waiting = [
        [json.dumps(readings.batch(caller, subjects)).encode() for _ in range(calls)]
        for caller in range(CALLERS)
    ]
    accepted = 0
    watch = Stopwatch()

    async def caller(bodies: list[bytes]) -> None:
        nonlocal accepted
        for body in bodies:
            started = time.perf_counter()
            answer = await opened.client.post(
                "/v1/events", content=body, headers={"Content-Type": BATCH_JSON}
            )
            watch.lap(started)
            invariant(answer.is_success, f"a call answered {answer.status_code}: {answer.text}")
            told = answer.json()
            invariant(told["rejected"] == 0, f"an event was rejected: {answer.text[:500]}")
            accepted += told["accepted"]

    await asyncio.gather(*map(caller, waiting))
    return watch.run(calls * CALLERS * BATCH), accepted


async def _recount(ground: Ground, opened: Shop, accepted: int, readings: Readings) -> None:
    """Every event counts exactly once: in its total, in the days, in the wallet."""
    async with ground.database.scope(opened.tenant_id, SYSTEM, write=False) as scope:
        cursor = await scope.conn.execute(
            """
            SELECT (SELECT count(*) FROM usage_events WHERE tenant_id = %(t)s),
                   sum(event_count), sum(quantity), sum(gross),
                   (SELECT sum(gross) FROM total_days WHERE tenant_id = %(t)s),
                   sum(funded_wallet),
                   (SELECT sum(spent) FROM wallet_buckets WHERE tenant_id = %(t)s)
              FROM item_totals WHERE tenant_id = %(t)s
            """,
            {"t": opened.tenant_id},
        )
        row = await cursor.fetchone()
    invariant(row is not None, "a sum is always there")
    events, counted, quantity, gross, days, funded, spent = row or (0,) * 7
    invariant(
        events == counted == accepted, f"{accepted} accepted, {events} stored, {counted} counted"
    )
    invariant(quantity == readings.quantity, f"{readings.quantity} sent, {quantity} counted")
    invariant(gross == days, "the days do not add up to the totals")
    invariant(funded == spent, "the wallets do not pay what the totals say")


async def _bare_tables(ground: Ground, towns: Households) -> None:
    async with ground.owner() as owner:
        await owner.execute("CREATE SCHEMA bare")
        await owner.execute(
            """
            CREATE TABLE bare.events (LIKE groschen.usage_events);
            ALTER TABLE bare.events ADD PRIMARY KEY (tenant_id, source, event_id, received_month);
            CREATE INDEX ON bare.events (tenant_id, subject, occurred_at);
            CREATE TABLE bare.balances (subject text PRIMARY KEY, count bigint, quantity numeric)
                WITH (fillfactor = 50)
            """
        )
        async with owner.cursor() as cursor, cursor.copy("COPY bare.balances FROM STDIN") as copy:
            for subject in towns.subjects:
                await copy.write_row((subject, 0, 0))


async def _bare(ground: Ground, readings: Readings, calls: int, subjects: int) -> Run:
    """Stage and insert batches of the same kind, one transaction each."""
    month = readings.towns.starts_at.date().replace(day=1)
    tenant = new_id()
    work: list[list[list[tuple[object, ...]]]] = [
        [
            [
                (tenant, one["source"], one["id"], month, new_id(), one["type"], one["subject"],
                 one["time"], one["time"], "0" * 64, json.dumps(one["data"]))
                for one in _bare_batch(readings, caller, subjects)
            ]
            for _ in range(calls)
        ]
        for caller in range(CALLERS)
    ]  # fmt: skip
    watch = Stopwatch()

    async def caller(batches: list[list[tuple[object, ...]]]) -> None:
        async with ground.owner() as owner:
            await owner.execute("CREATE TEMP TABLE staged (LIKE bare.events) ON COMMIT DELETE ROWS")
            for batch in batches:
                started = time.perf_counter()
                await _stage(owner, batch)
                watch.lap(started)

    await asyncio.gather(*map(caller, work))
    return watch.run(calls * CALLERS * BATCH)


def _bare_batch(readings: Readings, caller: int, subjects: int) -> list[dict[str, Any]]:
    """A batch that is not counted among those sent."""
    quantity, sent = readings.quantity, len(readings.sent)
    batch = readings.batch(caller, subjects)
    readings.quantity = quantity
    del readings.sent[sent:]
    return batch


async def _stage(owner: AsyncConnection[TupleRow], batch: Sequence[tuple[object, ...]]) -> None:
    async with owner.transaction():
        async with owner.cursor() as cursor, cursor.copy("COPY staged FROM STDIN") as copy:
            for row in batch:
                await copy.write_row(row)
        await owner.execute(
            sql.SQL(
                """
                WITH added AS (
                    INSERT INTO bare.events SELECT * FROM staged ORDER BY source, event_id
                        ON CONFLICT DO NOTHING
                    RETURNING subject, (properties ->> 'kwh')::numeric AS kwh
                ), summed AS (
                    SELECT subject, count(*) AS count, sum(kwh) AS kwh
                      FROM added GROUP BY subject
                )
                UPDATE bare.balances b SET count = b.count + s.count, quantity = b.quantity + s.kwh
                  FROM summed s WHERE b.subject = s.subject
                """
            )
        )
