"""Waiting until nothing is left to do: jobs, retries, leases of the dead, calls of the provider.

Real time cannot be moved. So when no job runs, and thus nobody can hold a lease, what waits for
a retry or for the end of a dead worker's lease is made due at once.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, LiteralString

import psycopg

from groschen.kit import clock
from groschen.kit.actor import SYSTEM
from groschen.kit.db import DatabaseUnavailable
from groschen.kit.jobs import defer
from groschen.simulation.faults import NeverQuiet

if TYPE_CHECKING:
    from collections.abc import Sequence

    from groschen.kit.db import Database, Scope
    from groschen.simulation.chance import Chance
    from groschen.simulation.installation import Installation
    from groschen.simulation.operations.registry import Turn

PATIENCE_SECONDS: Final = 120
LOOK_SECONDS: Final = 0.03
MOST_ROUNDS: Final = 25
PATIENT_SECONDS: Final = 2.0
PATIENT_ROUNDS: Final = 300
JOBS: Final = (
    "payments.capture",
    "payments.refund",
    "payments.book_payouts",
    "delivery.run",
    "settlements.state_partners",
    "settlements.send_payouts",
    "settlements.fetch_answers",
    "outbox.sequence",
)
WAITING: Final[dict[str, LiteralString]] = {
    "payments": """
        SELECT count(*)
          FROM payments p
          LEFT JOIN sandbox_charges c
            ON c.tenant_id = p.tenant_id AND split_part(c.idempotency_key, ':', 1) = p.id::text
         WHERE p.tenant_id = %(tenant_id)s AND p.state = 'requested'
           AND (c.state IS NULL OR c.state IN ('captured', 'unavailable')
                OR (c.state = 'failed' AND c.failure_code <> 'insufficient_funds'))
    """,
    "refunds": """
        SELECT count(*)
          FROM payment_refunds r
          LEFT JOIN sandbox_movements m
            ON m.tenant_id = r.tenant_id AND split_part(m.idempotency_key, ':', 1) = r.id::text
         WHERE r.tenant_id = %(tenant_id)s AND r.state = 'requested'
           AND (m.state IS NULL OR m.state <> 'pending')
    """,
    "deliveries": """
        SELECT count(*)
          FROM delivery_tasks
         WHERE tenant_id = %(tenant_id)s AND state IN ('ready', 'running', 'retry_wait')
    """,
    "payout runs": """
        SELECT count(*)
          FROM payout_runs
         WHERE tenant_id = %(tenant_id)s AND state = 'approved' AND next_attempt_at IS NOT NULL
    """,
    "events": "SELECT count(*) FROM outbox WHERE tenant_id = %(tenant_id)s",
}
"""What must be zero when all is quiet; what waits for the provider's clock is not counted."""
HURRY: Final[tuple[LiteralString, ...]] = (
    """
    UPDATE payments SET next_attempt_at = %(now)s
     WHERE tenant_id = %(tenant_id)s AND next_attempt_at > %(now)s
    """,
    """
    UPDATE payment_refunds SET next_attempt_at = %(now)s
     WHERE tenant_id = %(tenant_id)s AND next_attempt_at > %(now)s
    """,
    """
    UPDATE delivery_tasks SET next_attempt_at = %(now)s
     WHERE tenant_id = %(tenant_id)s AND next_attempt_at > %(now)s
       AND state <> 'awaiting_callback'
    """,
    """
    UPDATE payout_runs SET next_attempt_at = %(now)s
     WHERE tenant_id = %(tenant_id)s AND next_attempt_at > %(now)s
    """,
)


@dataclass(frozen=True, slots=True)
class Busy:
    """Jobs that could run, that run, that wait for a later try, and that have failed for good."""

    ready: int
    running: int
    later: int
    failed: int


@dataclass(frozen=True, slots=True)
class Quiet:
    """Brings an installation to rest; ``is_patient`` lets it take the time it takes."""

    installation: Installation
    database: Database
    is_patient: bool

    async def settle(self, turns: Sequence[Turn], chance: Chance) -> None:
        """Wait until the tenants of ``turns`` have nothing left to do; raise ``NeverQuiet``."""
        left: dict[str, str] = {}
        rounds = PATIENT_ROUNDS if self.is_patient else MOST_ROUNDS
        for number in range(rounds):
            waiting = 0
            for turn in turns:
                taken, refused = await turn.outside.call_back(chance.below(f"{number}"))
                waiting += taken + refused
            await self.jobs_done()
            left = await self._left(turns)
            if not waiting and not left and (number or self.is_patient):
                return
            await self._go_on(turns)
            await self.jobs_done()
        raise NeverQuiet(f"after {rounds} rounds there is still left: {left}")

    async def _go_on(self, turns: Sequence[Turn]) -> None:
        if self.is_patient:
            await clock.sleep(PATIENT_SECONDS)
        else:
            await self._hurry(turns)

    async def jobs_done(self) -> None:
        """Wait until no job runs or could run; raise ``NeverQuiet`` when one has failed."""
        deadline = clock.Deadline(PATIENCE_SECONDS)
        while True:
            self.installation.check()
            busy = await self._busy()
            if busy is not None and busy.failed:
                raise NeverQuiet("a job has failed for good", hint=await self._failed_jobs())
            if busy is not None and not (busy.ready or busy.running or busy.later):
                return
            if deadline.passed:
                raise NeverQuiet(f"after {PATIENCE_SECONDS} s there are still jobs: {busy}")
            await clock.sleep(LOOK_SECONDS)

    async def _busy(self) -> Busy | None:
        """How busy the workers are; None while the database restarts."""
        try:
            async with self.database.unscoped() as conn:
                cursor = await conn.execute(
                    """
                    SELECT count(*) FILTER (WHERE status = 'todo' AND NOT later),
                           count(*) FILTER (WHERE status = 'doing'),
                           count(*) FILTER (WHERE status = 'todo' AND later),
                           count(*) FILTER (WHERE status = 'failed')
                      FROM (SELECT status, coalesce(scheduled_at > now(), false) AS later
                              FROM procrastinate.procrastinate_jobs) AS jobs
                    """
                )
                row = await cursor.fetchone()
        except (psycopg.OperationalError, DatabaseUnavailable):
            return None
        return None if row is None else Busy(*row)

    async def _failed_jobs(self) -> str:
        async with self.database.unscoped() as conn:
            cursor = await conn.execute(
                """
                SELECT task_name, attempts, args
                  FROM procrastinate.procrastinate_jobs
                 WHERE status = 'failed'
                 ORDER BY id
                 LIMIT 5
                """
            )
            return str(await cursor.fetchall())

    async def _left(self, turns: Sequence[Turn]) -> dict[str, str]:
        found: dict[str, str] = {}
        for turn in turns:
            async with self.database.scope(turn.business.tenant_id, SYSTEM, write=False) as scope:
                for name, query in WAITING.items():
                    count = await _count(scope, query)
                    if count:
                        found[f"{name} of {turn.business.name}"] = str(count)
        return found

    async def _hurry(self, turns: Sequence[Turn]) -> None:
        await asyncio.gather(*(self._hurry_one(turn) for turn in turns))

    async def _hurry_one(self, turn: Turn) -> None:
        async with self.database.scope(turn.business.tenant_id, SYSTEM) as scope:
            given = {"tenant_id": scope.tenant_id, "now": scope.real_now}
            for statement in HURRY:
                await scope.conn.execute(statement, given)
            for name in JOBS:
                await defer(scope, name)


async def _count(scope: Scope, query: LiteralString) -> int:
    cursor = await scope.conn.execute(query, {"tenant_id": scope.tenant_id})
    row = await cursor.fetchone()
    return 0 if row is None else int(row[0])
