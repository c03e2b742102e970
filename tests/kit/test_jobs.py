"""Jobs run if and only if their transaction committed, at least once, also after kill -9."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import psycopg
import pytest

from groschen.core.errors import GroschenError, InvariantBroken, Kind
from groschen.kit.ids import new_id
from groschen.kit.jobs import JOBS, SWEEPS, defer, defer_many, job, sweep
from groschen.kit.recovery import recover
from groschen.kit.runtime import Ports, Runtime
from groschen.kit.worker import cron_of, drain, job_pool, run_worker, sweep_once

if TYPE_CHECKING:
    from collections.abc import Iterator

    from groschen.kit.config import Settings
    from groschen.kit.db import Database
    from groschen.kit.postgres import ServerUrls
    from support.database import ScopeFactory

DOOMED_WORKER = Path(__file__).with_name("doomed_worker.py")


class StillBusy(GroschenError):
    code = "still_busy"
    kind = Kind.BUSY


class Refused(GroschenError):
    code = "refused"
    kind = Kind.UNPROCESSABLE


class Ran:
    """Notes what jobs ran with."""

    def __init__(self) -> None:
        self.calls: list[tuple[UUID, dict[str, object]]] = []
        self.failure: BaseException | None = None

    async def __call__(self, _runtime: Runtime, tenant_id: UUID, **ids: object) -> None:
        self.calls.append((tenant_id, ids))
        if self.failure is not None:
            raise self.failure


@pytest.fixture
def ran() -> Iterator[Ran]:
    noted = Ran()
    job("test.note")(noted)
    yield noted
    del JOBS["test.note"]


@pytest.fixture
def runtime(database: Database, settings: Settings) -> Runtime:
    return Runtime(database, settings, Ports())


def stored_jobs(urls: ServerUrls) -> list[tuple[str, int, bool]]:
    """Return status, attempts and whether a later time is set, of all jobs but sweeps."""
    with psycopg.connect(urls.superuser) as conn:
        return conn.execute(
            "SELECT status::text, attempts, coalesce(scheduled_at > now(), false)"
            "  FROM procrastinate.procrastinate_jobs"
            " WHERE task_name NOT LIKE 'sweep:%' ORDER BY id"
        ).fetchall()


def forget_jobs(urls: ServerUrls) -> None:
    with psycopg.connect(urls.superuser) as conn:
        conn.execute("SET LOCAL search_path = procrastinate; DELETE FROM procrastinate_jobs")


@pytest.fixture(autouse=True)
def no_jobs_left(database_urls: ServerUrls) -> Iterator[None]:
    yield
    forget_jobs(database_urls)


async def test_a_job_runs_with_its_ids_and_is_forgotten(
    scope_factory: ScopeFactory,
    runtime: Runtime,
    ran: Ran,
    database_urls: ServerUrls,
    tenant_id: UUID,
) -> None:
    order_id = new_id()
    async with scope_factory() as scope:
        await defer(scope, "test.note", order_id=order_id, step=3)
    await drain(runtime)
    assert ran.calls == [(tenant_id, {"order_id": order_id, "step": 3})]
    assert stored_jobs(database_urls) == []


async def test_a_rolled_back_transaction_leaves_no_job(
    scope_factory: ScopeFactory, runtime: Runtime, ran: Ran
) -> None:
    with pytest.raises(RuntimeError, match="on purpose"):
        async with scope_factory() as scope:
            await defer(scope, "test.note")
            raise RuntimeError("on purpose")
    async with scope_factory(dry_run=True) as scope:
        await defer(scope, "test.note")
    await drain(runtime)
    assert ran.calls == []


async def test_many_jobs_are_deferred_in_one_statement(
    scope_factory: ScopeFactory, runtime: Runtime, ran: Ran
) -> None:
    ids = [new_id() for _ in range(20)]
    async with scope_factory() as scope:
        await defer_many(scope, "test.note", [{"order_id": each} for each in ids])
        await defer_many(scope, "test.note", [])
    await drain(runtime)
    assert {call[1]["order_id"] for call in ran.calls} == set(ids)


async def test_an_unknown_job_is_a_bug(scope_factory: ScopeFactory) -> None:
    with pytest.raises(InvariantBroken, match=r"test\.unknown"):
        async with scope_factory() as scope:
            await defer(scope, "test.unknown")


@pytest.mark.parametrize(
    ("failure", "left"),
    [
        (StillBusy("later"), ("todo", 1, True)),
        (psycopg.OperationalError("gone"), ("todo", 1, True)),
        (ValueError("a bug"), ("todo", 1, True)),
        (Refused("never"), ("failed", 1, False)),
    ],
)
async def test_the_kind_of_error_decides_about_the_next_try(
    scope_factory: ScopeFactory,
    runtime: Runtime,
    ran: Ran,
    database_urls: ServerUrls,
    failure: BaseException,
    left: tuple[str, int, bool],
) -> None:
    ran.failure = failure
    async with scope_factory() as scope:
        await defer(scope, "test.note")
    await drain(runtime)
    assert stored_jobs(database_urls) == [left]


async def test_a_deadlock_is_tried_again_at_once_with_the_same_input(
    scope_factory: ScopeFactory, runtime: Runtime, ran: Ran
) -> None:
    ran.failure = psycopg.errors.DeadlockDetected("victim")
    async with scope_factory() as scope:
        await defer(scope, "test.note", step=1)
    await drain(runtime)
    assert [ids for _, ids in ran.calls] == [{"step": 1}] * 3


async def test_a_sweep_visits_every_tenant(runtime: Runtime, tenant_id: UUID) -> None:
    noted = Ran()
    sweep("test.sweep", seconds=5)(noted)
    try:
        await sweep_once(runtime, "test.sweep")
    finally:
        del SWEEPS["test.sweep"]
    assert tenant_id in [tenant for tenant, _ in noted.calls]


def test_a_sweep_must_divide_a_minute_or_an_hour() -> None:
    assert [cron_of(seconds) for seconds in (5, 60, 300, 3600)] == [
        "* * * * * */5",
        "*/1 * * * *",
        "*/5 * * * *",
        "0 * * * *",
    ]
    with pytest.raises(InvariantBroken, match="7 s"):
        sweep("test.odd", seconds=7)


async def test_a_running_worker_takes_new_jobs_at_once_and_sweeps(
    scope_factory: ScopeFactory, runtime: Runtime, ran: Ran, tenant_id: UUID
) -> None:
    noted = Ran()
    sweep("test.sweep", seconds=1)(noted)
    stop = asyncio.Event()
    worker = asyncio.create_task(run_worker(runtime, stop))
    try:
        await asyncio.sleep(1)
        async with scope_factory() as scope:
            await defer(scope, "test.note")
        async with asyncio.timeout(10):
            while not ran.calls or tenant_id not in [tenant for tenant, _ in noted.calls]:
                await asyncio.sleep(0.02)
    finally:
        stop.set()
        await worker
        del SWEEPS["test.sweep"]


async def test_a_killed_worker_loses_no_job(
    scope_factory: ScopeFactory,
    runtime: Runtime,
    settings: Settings,
    database_urls: ServerUrls,
    ran: Ran,
    tmp_path: Path,
) -> None:
    async with scope_factory() as scope:
        await defer(scope, "test.note")
    started = tmp_path / "started"
    doomed = subprocess.Popen(
        [sys.executable, str(DOOMED_WORKER), str(started)],
        env={**os.environ, "GROSCHEN_DATABASE_URL": database_urls.app},
    )
    try:
        async with asyncio.timeout(30):
            while not started.exists():
                await asyncio.sleep(0.05)
        async with job_pool(settings) as pool:
            async with pool.connection() as conn:
                await conn.execute(
                    "UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 minute'"
                )
            assert await recover(pool) == 0, "a slow worker lives and keeps its job"
            doomed.send_signal(signal.SIGKILL)
            doomed.wait()
            async with asyncio.timeout(10):
                while await recover(pool) == 0:
                    await asyncio.sleep(0.1)
    finally:
        doomed.kill()
        doomed.wait()
    assert stored_jobs(database_urls) == [("todo", 1, False)]
    await drain(runtime)
    assert len(ran.calls) == 1
