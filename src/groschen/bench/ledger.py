"""Ledger transfers: a journal of two postings, in calls of a thousand and one by one.

The limit is the bare statement: the same rows, as JSON already, inserted by the owner of the
tables on a session of its own, without any check and in a transaction by itself.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final, LiteralString

from psycopg import sql

from groschen.bench.figures import Figure, Run, Stopwatch
from groschen.bench.registry import benchmark
from groschen.core.ledger.chart import AR, PSP_CLEARING
from groschen.core.ledger.journal import Entry, Journal
from groschen.features.ledger import service
from groschen.features.ledger.model import NewJournal
from groschen.kit.actor import SYSTEM
from groschen.kit.clock import real_now
from groschen.kit.ids import new_id
from groschen.kit.rows import json_rows

if TYPE_CHECKING:
    from uuid import UUID

    from psycopg import AsyncConnection
    from psycopg.rows import TupleRow

    from groschen.bench.ground import Ground

BATCH: Final = 1_000
CALLS: Final = 20
RUNS: Final = 5
CONNECTIONS: Final = 8
SINGLES: Final = 400
PARTIES: Final = 1_000
AMOUNT: Final = Decimal("12.90")

BARE: Final[LiteralString] = """
    WITH booked AS (
        INSERT INTO journals (tenant_id, id, kind, reference, source_id, reverses, effective_on,
                              recorded_at)
        SELECT j.tenant_id, j.id, j.kind, j.reference, j.source_id, j.reverses, j.effective_on,
               j.recorded_at
          FROM json_to_recordset(%(journals)s::json) AS j(
               tenant_id uuid, id uuid, kind text, reference text, source_id uuid, reverses uuid,
               effective_on date, recorded_at timestamptz)
    )
    INSERT INTO postings (tenant_id, journal_id, position, account, party_id, tax_key, currency,
                          amount, effective_on, recorded_at)
    SELECT p.tenant_id, p.journal_id, p.position, p.account, p.party_id, p.tax_key, p.currency,
           p.amount, p.effective_on, p.recorded_at
      FROM json_to_recordset(%(postings)s::json) AS p(
           tenant_id uuid, journal_id uuid, position smallint, account text, party_id uuid,
           tax_key text, currency text, amount numeric, effective_on date, recorded_at timestamptz)
"""


@dataclass(frozen=True, slots=True)
class BareRows:
    """The same journals as parameters of the bare statement."""

    journals: str
    postings: str


class Transfers:
    """Makes transfers between a thousand customers and the provider's clearing account."""

    def __init__(self, tenant_id: UUID) -> None:
        self._tenant_id = tenant_id
        self._parties = [new_id() for _ in range(PARTIES)]
        self._made = 0

    def make(self, count: int) -> list[NewJournal]:
        """Return new transfers."""
        return [self._transfer() for _ in range(count)]

    def _transfer(self) -> NewJournal:
        self._made += 1
        journal_id = new_id()
        party_id = self._parties[self._made % PARTIES]
        entries = (Entry(AR, AMOUNT, party_id), Entry(PSP_CLEARING, -AMOUNT))
        journal = Journal("transfer", "EUR", entries)
        return NewJournal(journal_id, journal, f"transfer:{journal_id}", journal_id)

    def bare(self, count: int) -> BareRows:
        """Return new transfers as rows of the tables."""
        made = self.make(count)
        now = real_now()
        common = {
            "tenant_id": self._tenant_id,
            "effective_on": now.date(),
            "recorded_at": now,
        }
        journals = [
            {
                **common,
                "id": new.id,
                "kind": new.journal.kind,
                "reference": new.reference,
                "source_id": new.source_id,
            }
            for new in made
        ]
        postings = [
            {
                **common,
                "journal_id": new.id,
                "position": position,
                "account": entry.account,
                "party_id": entry.party_id,
                "currency": new.journal.currency,
                "amount": entry.amount,
            }
            for new in made
            for position, entry in enumerate(new.journal.entries, start=1)
        ]
        return BareRows(json_rows(journals), json_rows(postings))


@benchmark("ledger")
async def run(ground: Ground) -> list[Figure]:
    """Measure transfers a second, in batches and single, each beside the bare statement."""
    transfers = Transfers(ground.tenant_id)
    batches, bare_batches = await _batches(ground, transfers)
    singles, bare_singles = await _singles(ground, transfers)
    return [
        Figure.of_rates(
            "ledger_transfers_batch",
            batches,
            bare_batches,
            unit="transfers/s",
            target=20_000,
            target_ratio=0.6,
            notes={"transfers_a_call": BATCH, "connections": 1},
        ),
        Figure.of_rates(
            "ledger_transfers_single",
            singles,
            bare_singles,
            unit="transfers/s",
            target=3_000,
            notes={"transfers_a_call": 1, "connections": CONNECTIONS},
        ),
    ]


async def _batches(ground: Ground, transfers: Transfers) -> tuple[list[Run], list[Run]]:
    """Alternate runs of both, so that growing tables and other load meet both alike."""
    ours, bare = list[Run](), list[Run]()
    async with AsyncExitStack() as stack:
        owner = await _bare_session(stack, ground)
        await _post_batches(ground, transfers, calls=3)
        await _bare_batches(owner, transfers, calls=3)
        for _ in range(ground.times(RUNS)):
            bare.append(await _bare_batches(owner, transfers, calls=ground.times(CALLS)))
            ours.append(await _post_batches(ground, transfers, calls=ground.times(CALLS)))
    return ours, bare


async def _post_batches(ground: Ground, transfers: Transfers, calls: int) -> Run:
    prepared = [transfers.make(BATCH) for _ in range(calls)]
    watch = Stopwatch()
    for journals in prepared:
        started = time.perf_counter()
        async with ground.database.scope(ground.tenant_id, SYSTEM) as scope:
            await service.post_new(scope, journals)
        watch.lap(started)
    return watch.run(calls * BATCH)


async def _bare_batches(owner: AsyncConnection[TupleRow], transfers: Transfers, calls: int) -> Run:
    prepared = [transfers.bare(BATCH) for _ in range(calls)]
    watch = Stopwatch()
    for rows in prepared:
        started = time.perf_counter()
        await _insert(owner, rows)
        watch.lap(started)
    return watch.run(calls * BATCH)


async def _singles(ground: Ground, transfers: Transfers) -> tuple[list[Run], list[Run]]:
    """Alternate runs of both, each on all connections at once."""
    ours, bare = list[Run](), list[Run]()
    each = ground.times(SINGLES)
    async with AsyncExitStack() as stack:
        owners = [await _bare_session(stack, ground) for _ in range(CONNECTIONS)]
        await _post_singles(ground, transfers, each=20)
        await _bare_singles(owners, transfers, each=20)
        for _ in range(ground.times(RUNS)):
            bare.append(await _bare_singles(owners, transfers, each))
            ours.append(await _post_singles(ground, transfers, each))
    return ours, bare


async def _post_singles(ground: Ground, transfers: Transfers, each: int) -> Run:
    prepared = [transfers.make(each) for _ in range(CONNECTIONS)]
    watch = Stopwatch()

    async def client(journals: list[NewJournal]) -> None:
        for journal in journals:
            started = time.perf_counter()
            async with ground.database.scope(ground.tenant_id, SYSTEM) as scope:
                await service.post_new(scope, [journal])
            watch.lap(started)

    await asyncio.gather(*(client(journals) for journals in prepared))
    return watch.run(each * CONNECTIONS)


async def _bare_singles(
    owners: list[AsyncConnection[TupleRow]], transfers: Transfers, each: int
) -> Run:
    prepared = [[transfers.bare(1) for _ in range(each)] for _ in owners]
    watch = Stopwatch()

    async def client(owner: AsyncConnection[TupleRow], many: list[BareRows]) -> None:
        for rows in many:
            started = time.perf_counter()
            await _insert(owner, rows)
            watch.lap(started)

    await asyncio.gather(*(client(*pair) for pair in zip(owners, prepared, strict=True)))
    return watch.run(each * len(owners))


async def _bare_session(stack: AsyncExitStack, ground: Ground) -> AsyncConnection[TupleRow]:
    """Connect as the owner, the tenant set for the whole session."""
    owner = await stack.enter_async_context(ground.owner())
    tenant = sql.Literal(str(ground.tenant_id))
    await owner.execute(sql.SQL("SET app.tenant_id = {}").format(tenant))
    return owner


async def _insert(owner: AsyncConnection[TupleRow], rows: BareRows) -> None:
    await owner.execute(BARE, {"journals": rows.journals, "postings": rows.postings})
