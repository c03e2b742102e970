"""A worker that dies leaves jobs behind; another takes them back within seconds.

Each worker holds an advisory lock on a connection of its own, which ends with its process. A job
whose worker no longer holds its lock, and has not moved for three seconds, runs again. A worker
that is only slow keeps its lock and its jobs. Without any sign for two minutes (a lost machine,
whose connection still seems open) its jobs are taken all the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

from psycopg import AsyncConnection
from psycopg.rows import TupleRow
from psycopg_pool import AsyncConnectionPool

from groschen.kit import clock, metrics
from groschen.kit.logs import logger

if TYPE_CHECKING:
    from procrastinate import App
    from procrastinate.worker import Worker

LOCK_CLASS: Final = 1735552883  # the same number stands in ABANDONED
LOOK_SECONDS: Final = 1.0
MOST_ATTEMPTS: Final = 25
FAILED_JOBS_HOURS: Final = 30 * 24

JobPool: TypeAlias = AsyncConnectionPool[AsyncConnection[TupleRow]]

log = logger(__name__)

ABANDONED: Final = """
    SELECT job.id, job.task_name, job.attempts
      FROM procrastinate_jobs AS job
      LEFT JOIN procrastinate_workers AS worker ON worker.id = job.worker_id
     WHERE job.status = 'doing'
       AND (worker.id IS NULL
            OR worker.last_heartbeat < now() - interval '2 minutes'
            OR (worker.last_heartbeat < now() - interval '3 seconds'
                AND NOT EXISTS (
                    SELECT FROM pg_locks AS held
                     WHERE held.locktype = 'advisory' AND held.granted AND held.objsubid = 2
                       AND held.classid = 1735552883::oid
                       AND held.objid = worker.id::int::oid
                       AND held.database = (SELECT oid FROM pg_database
                                             WHERE datname = current_database()))))
       FOR UPDATE OF job SKIP LOCKED
"""
AGAIN: Final = "SELECT procrastinate_retry_job_v2(%s, now(), NULL, NULL, NULL)"
GIVE_UP: Final = "SELECT procrastinate_finish_job_v1(%s, 'failed', false)"
WAITING: Final = """
    SELECT count(*) AS waiting
      FROM procrastinate_jobs
     WHERE status = 'todo' AND (scheduled_at IS NULL OR scheduled_at <= now())
"""


async def stay_alive(pool: JobPool, worker: Worker) -> None:
    """Hold the worker's lock until cancelled; a lost connection raises, which ends the worker."""
    async with pool.connection() as conn:
        while worker.worker_id is None:
            await clock.sleep(0.01)
        await conn.execute("SELECT pg_advisory_lock(%s, %s)", [LOCK_CLASS, worker.worker_id])
        try:
            while True:
                await clock.sleep(LOOK_SECONDS)
                await conn.execute("SELECT")
        finally:
            await conn.close()  # not back into the pool: the lock must end here


async def keep_recovering(pool: JobPool, app: App) -> None:
    """Every second look for jobs of dead workers; every hour forget old failed ones."""
    turns_an_hour = int(3600 / LOOK_SECONDS)
    turn = 0
    while True:
        await recover(pool)
        await _count_waiting(pool)
        if turn % turns_an_hour == 0:
            await app.job_manager.delete_old_jobs(
                nb_hours=FAILED_JOBS_HOURS,
                include_failed=True,
                include_cancelled=True,
                include_aborted=True,
            )
        turn += 1
        await clock.sleep(LOOK_SECONDS)


async def recover(pool: JobPool) -> int:
    """Put abandoned jobs back into the queue and return how many there were.

    A job that was abandoned 25 times probably kills its worker: it fails for good.
    """
    async with pool.connection() as conn, conn.transaction():
        found = await (await conn.execute(ABANDONED)).fetchall()
        for job_id, name, attempts in found:
            log.warning("job_recovered", job=name, job_id=job_id, attempts=attempts)
            await conn.execute(AGAIN if attempts < MOST_ATTEMPTS else GIVE_UP, [job_id])
    metrics.jobs_recovered.inc(len(found))
    return len(found)


async def _count_waiting(pool: JobPool) -> None:
    async with pool.connection() as conn:
        row = await (await conn.execute(WAITING)).fetchone()
    metrics.jobs_waiting.set(0 if row is None else row[0])
