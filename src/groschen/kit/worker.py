"""Runs the registered jobs: procrastinate's worker, restarted as long as nobody asks it to stop."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import psycopg
from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import ConnectorException
from procrastinate.worker import Worker
from psycopg_pool import AsyncConnectionPool
from structlog.contextvars import bound_contextvars

from groschen.kit import clock, metrics
from groschen.kit.db import DatabaseUnavailable
from groschen.kit.jobs import JOBS, QUEUE, SWEEPS, JobSpec, SweepSpec, job_arguments
from groschen.kit.logs import logger
from groschen.kit.recovery import keep_recovering, stay_alive
from groschen.kit.retry import RetryByKind

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from uuid import UUID

    from procrastinate import JobContext
    from psycopg import AsyncConnection
    from psycopg.rows import TupleRow

    from groschen.kit.config import Settings
    from groschen.kit.recovery import JobPool
    from groschen.kit.runtime import Runtime

HEARTBEAT_SECONDS: Final = 1.0
POLL_SECONDS: Final = 1.0
FORGET_WORKER_SECONDS: Final = 120.0
GRACE_SECONDS: Final = 20.0
RESTART_SECONDS: Final = 0.5
SAME_INPUT_TRIES: Final = 3
TENANTS_A_PAGE: Final = 500

log = logger(__name__)


@dataclass(frozen=True, slots=True)
class Workshop:
    """Procrastinate with our jobs as its tasks, and the connections it shares with the recovery."""

    app: App
    pool: JobPool
    runtime: Runtime


async def run_worker(runtime: Runtime, stop: asyncio.Event) -> None:
    """Run jobs until ``stop`` is set; a lost database only makes it wait.

    Running jobs get 20 seconds to end; what is left then is taken over by another worker.
    """
    async with open_workshop(runtime) as workshop:
        while not stop.is_set():
            try:
                await _run_until(workshop, stop)
            except (psycopg.OperationalError, ConnectorException):
                log.warning("worker_lost_database", exc_info=True)
            if not stop.is_set():
                await clock.sleep(RESTART_SECONDS)


async def drain(runtime: Runtime) -> None:
    """Run the jobs that are due now, and those they defer, and return. Sweeps do not run."""
    async with open_workshop(runtime, sweeps=False) as workshop:
        while await _is_due(workshop.pool):
            await _worker(workshop, wait=False).run()


async def _is_due(pool: JobPool) -> bool:
    """Whether a job could run now: procrastinate does not look again for what its jobs deferred."""
    async with pool.connection() as conn:
        cursor = await conn.execute(
            """
            SELECT EXISTS (SELECT FROM procrastinate.procrastinate_jobs
                            WHERE status = 'todo'
                              AND (scheduled_at IS NULL OR scheduled_at <= clock_timestamp()))
            """
        )
        row = await cursor.fetchone()
    return row is not None and bool(row[0])


async def sweep_once(runtime: Runtime, name: str) -> None:
    """Run one sweep over all tenants, here and now; an error goes to the caller."""
    async for tenant_id in every_tenant(runtime):
        await SWEEPS[name].run(runtime, tenant_id)


@asynccontextmanager
async def open_workshop(runtime: Runtime, *, sweeps: bool = True) -> AsyncIterator[Workshop]:
    """Make every registered job, and the sweeps if wanted, known to procrastinate."""
    app = App(connector=PsycopgConnector(), periodic_defaults={"max_delay": 60})
    for spec in JOBS.values():
        _add_job(app, runtime, spec)
    for sweep_spec in SWEEPS.values() if sweeps else ():
        _add_sweep(app, runtime, sweep_spec)
    pool = job_pool(runtime.settings)
    async with pool, app.open_async(pool):
        yield Workshop(app, pool, runtime)


def job_pool(settings: Settings) -> JobPool:
    """Return the worker's own connections, apart from those of the jobs' scopes."""
    url = settings.database_url
    if url is None:
        raise DatabaseUnavailable("a worker needs a database", field="GROSCHEN_DATABASE_URL")
    return AsyncConnectionPool(
        url.get_secret_value(),
        configure=_configure,
        check=AsyncConnectionPool.check_connection,
        min_size=1,
        max_size=settings.worker_concurrency + 4,
        open=False,
        name="groschen-jobs",
    )


async def _configure(conn: AsyncConnection[TupleRow]) -> None:
    await conn.set_autocommit(True)
    await conn.execute("SET search_path = procrastinate; SET statement_timeout = '30s'")


def _worker(workshop: Workshop, *, wait: bool) -> Worker:
    return Worker(
        app=workshop.app,
        name="groschen",
        queues=[QUEUE],
        wait=wait,
        concurrency=workshop.runtime.settings.worker_concurrency,
        fetch_job_polling_interval=POLL_SECONDS,
        delete_jobs="successful",
        install_signal_handlers=False,
        listen_notify=wait,
        update_heartbeat_interval=HEARTBEAT_SECONDS,
        stalled_worker_timeout=FORGET_WORKER_SECONDS,
        shutdown_graceful_timeout=GRACE_SECONDS,
    )


async def _run_until(workshop: Workshop, stop: asyncio.Event) -> None:
    """Run one worker beside its life sign and the recovery of dead ones; any end ends all."""
    worker = _worker(workshop, wait=True)
    main = asyncio.create_task(worker.run(), name="worker")
    beside: list[asyncio.Task[Any]] = [
        asyncio.create_task(stop.wait(), name="stop"),
        asyncio.create_task(stay_alive(workshop.pool, worker), name="life sign"),
        asyncio.create_task(keep_recovering(workshop.pool, workshop.app), name="recovery"),
    ]
    try:
        await asyncio.wait([main, *beside], return_when=asyncio.FIRST_COMPLETED)
        worker.stop()
        await main
    finally:
        for task in beside:
            task.cancel()
        results = await asyncio.gather(*beside, return_exceptions=True)
    for result in results:
        if isinstance(result, Exception):
            raise result


def _add_job(app: App, runtime: Runtime, spec: JobSpec) -> None:
    async def run(context: JobContext, /, **stored: Any) -> None:
        arguments = job_arguments(stored)
        tenant_id = arguments["tenant_id"]
        with bound_contextvars(job=spec.name, job_id=context.job.id, tenant_id=str(tenant_id)):
            await _measured(spec.name, partial(_same_input, spec, runtime, arguments))

    app.task(name=spec.name, queue=QUEUE, pass_context=True, retry=RetryByKind())(run)


async def _same_input(spec: JobSpec, runtime: Runtime, arguments: dict[str, Any]) -> None:
    """Run the job; a deadlock or serialization failure is tried again with the same input."""
    for attempt in range(1, SAME_INPUT_TRIES + 1):
        try:
            return await spec.run(runtime, **arguments)
        except (psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure):
            if attempt == SAME_INPUT_TRIES:
                raise
            log.info("job_tried_again", attempt=attempt)
    return None


async def _measured(name: str, run: Callable[[], Awaitable[None]]) -> None:
    """Run and count; the exception goes on to procrastinate, which asks the retry table."""
    started = clock.monotonic_ns()
    outcome = "failed"
    try:
        await run()
        outcome = "succeeded"
    except Exception:
        log.exception("job_failed")
        raise
    finally:
        seconds = (clock.monotonic_ns() - started) / clock.NANOSECONDS_PER_SECOND
        metrics.job_seconds.labels(name).observe(seconds)
        metrics.jobs_run.labels(name, outcome).inc()


def _add_sweep(app: App, runtime: Runtime, spec: SweepSpec) -> None:
    name = f"sweep:{spec.name}"

    async def run(timestamp: int) -> None:
        with bound_contextvars(job=name, tick=timestamp):
            async for tenant_id in every_tenant(runtime):
                # One tenant's error is logged and counted, and must not keep out the others.
                with bound_contextvars(tenant_id=str(tenant_id)), suppress(Exception):
                    await _measured(name, partial(spec.run, runtime, tenant_id))

    task = app.task(name=name, queue=QUEUE, lock=name, queueing_lock=name)(run)
    app.periodic(cron=cron_of(spec.seconds))(task)


def cron_of(seconds: int) -> str:
    """Return the cron line of "every ``seconds``", in procrastinate's six fields, seconds last."""
    if seconds < 60:
        return f"* * * * * */{seconds}"
    minutes = seconds // 60
    return f"*/{minutes} * * * *" if minutes < 60 else "0 * * * *"


async def every_tenant(runtime: Runtime) -> AsyncIterator[UUID]:
    """Yield the ids of all tenants, in pages, each page in a transaction of its own."""
    after: UUID | None = None
    while True:
        async with runtime.database.unscoped() as conn:
            rows = await conn.execute(
                """
                SELECT DISTINCT tenant_id
                  FROM directory
                 WHERE kind = 'tenant' AND (%(after)s::uuid IS NULL OR tenant_id > %(after)s)
                 ORDER BY tenant_id
                 LIMIT %(limit)s
                """,
                {"after": after, "limit": TENANTS_A_PAGE},
            )
            page: list[UUID] = [row[0] for row in await rows.fetchall()]
        for tenant_id in page:
            yield tenant_id
        if len(page) < TENANTS_A_PAGE:
            return
        after = page[-1]
