"""Tickets over the bulk call: 1,000 a call, three operators, until A1 to A3 are committed.

The whole way with real processes: HTTP, order, sale in the ledger, the provider's own books,
capture, release. The limit writes the very rows that came out of it, as JSON already, into bare
copies of the same tables with the same indexes, in one transaction for each thousand tickets.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Final

from psycopg import sql

from groschen.bench.figures import Figure, Run, Stopwatch
from groschen.bench.registry import benchmark
from groschen.bench.shop import Shop, orders, shop
from groschen.core.errors import invariant
from groschen.kit.actor import SYSTEM
from groschen.kit.ids import new_id

if TYPE_CHECKING:
    from psycopg import AsyncConnection
    from psycopg.rows import TupleRow

    from groschen.bench.ground import Ground

BATCH: Final = 1_000
CALLS: Final = 5
RUNS: Final = 3
CALLERS: Final = 2
WAIT_SECONDS: Final = 0.02
TABLES: Final = (
    "orders",
    "order_items",
    "totals",
    "share_lines",
    "share_movements",
    "journals",
    "postings",
    "open_items",
    "allocations",
    "payments",
    "payment_movements",
    "sandbox_charges",
)


@benchmark("tickets")
async def run(ground: Ground) -> list[Figure]:
    """Measure tickets a second, ordered over HTTP until their shares are released."""
    calls = ground.times(CALLS)
    async with shop(ground, "serve", "worker") as opened:
        await _sell(ground, opened, calls=1)
        runs = [await _sell(ground, opened, calls) for _ in range(ground.times(RUNS))]
        limits = await _bare(ground, opened)
    return [
        Figure.of_rates(
            "tickets_bulk",
            runs,
            limits,
            unit="tickets/s",
            target=1_000,
            notes={"tickets_a_call": BATCH, "operators": 3, "callers": CALLERS},
        )
    ]


async def _sell(ground: Ground, opened: Shop, calls: int) -> Run:
    before = await _released(ground, opened)
    watch = Stopwatch()
    waiting = [[f"t-{new_id().hex}" for _ in range(BATCH)] for _ in range(calls)]
    await asyncio.gather(*(_call(opened, waiting, watch) for _ in range(CALLERS)))
    await _until_released(ground, opened, before + calls * BATCH)
    return watch.run(calls * BATCH)


async def _until_released(ground: Ground, opened: Shop, wanted: int) -> None:
    """Look until the worker process has brought that many orders to A3."""
    missing = wanted
    while missing > 0:
        await asyncio.sleep(WAIT_SECONDS)
        missing = wanted - await _released(ground, opened)


async def _call(opened: Shop, waiting: list[list[str]], watch: Stopwatch) -> None:
    while waiting:
        names = waiting.pop()
        started = time.perf_counter()
        answer = await opened.post("/v1/orders/bulk", orders(names))
        watch.lap(started)
        invariant(answer["created"] == BATCH, "a bulk call did not create all its orders")


async def _released(ground: Ground, opened: Shop) -> int:
    """How many orders have come to A3: each capture and its release commit together."""
    async with ground.database.scope(opened.tenant_id, SYSTEM, write=False) as scope:
        cursor = await scope.conn.execute(
            """
            SELECT count(*)
              FROM payment_movements
             WHERE tenant_id = %(tenant_id)s AND kind = 'captured'
            """,
            {"tenant_id": opened.tenant_id},
        )
        row = await cursor.fetchone()
    return int(row[0]) if row is not None else 0


async def _bare(ground: Ground, opened: Shop) -> list[Run]:
    """Insert what the runs wrote into copies of the tables, a thousand tickets a transaction."""
    async with ground.owner() as owner:
        await owner.execute(
            sql.SQL("SET app.tenant_id = {}").format(sql.Literal(str(opened.tenant_id)))
        )
        await owner.execute("CREATE SCHEMA bare")
        for table in TABLES:
            await owner.execute(
                sql.SQL("CREATE TABLE bare.{0} (LIKE groschen.{0} INCLUDING ALL)").format(
                    sql.Identifier(table)
                )
            )
        tickets = await _released(ground, opened)
        parts = max(1, tickets // BATCH)
        written = {table: await _parts(owner, table, parts) for table in TABLES}
        watch = Stopwatch()
        for part in range(parts):
            started = time.perf_counter()
            async with owner.transaction():
                for table in TABLES:
                    await _insert(owner, table, written[table][part])
            watch.lap(started)
        return [watch.run(tickets)]


async def _parts(owner: AsyncConnection[TupleRow], table: str, parts: int) -> list[str]:
    """All rows of a table as JSON, divided into ``parts`` in the order they were written."""
    cursor = await owner.execute(
        sql.SQL(
            """
            SELECT json_agg(to_json(r))::text
              FROM (SELECT t.*, ntile({parts}) OVER (ORDER BY t.ctid) AS part
                      FROM groschen.{table} t) r
             GROUP BY r.part
             ORDER BY r.part
            """
        ).format(table=sql.Identifier(table), parts=sql.Literal(parts))
    )
    return [row[0] for row in await cursor.fetchall()]


async def _insert(owner: AsyncConnection[TupleRow], table: str, rows: str) -> None:
    await owner.execute(
        sql.SQL(
            "INSERT INTO bare.{0} SELECT * FROM json_populate_recordset(NULL::bare.{0}, {1}::json)"
        ).format(sql.Identifier(table), sql.Placeholder()),
        [rows],
    )
