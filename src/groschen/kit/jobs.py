"""Jobs: registered by name, deferred inside the business transaction, retried by kind of error.

Arguments are ids only. A job runs at least once: its steps are idempotent, it claims its rows as
a lease and drains many of them. ``kit.worker`` runs what is registered here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, LiteralString, TypeAlias
from uuid import UUID

from groschen.core.errors import invariant
from groschen.kit.rows import json_rows

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from datetime import datetime

    from groschen.kit.db import Scope

JobFunction: TypeAlias = "Callable[..., Awaitable[None]]"
JobArgument: TypeAlias = UUID | int
QUEUE: Final = "groschen"


@dataclass(frozen=True, slots=True)
class JobSpec:
    """A registered job. ``serial`` jobs of one tenant run one after another, never side by side."""

    name: str
    run: JobFunction
    serial: bool


@dataclass(frozen=True, slots=True)
class SweepSpec:
    """A periodic job over all tenants, every ``seconds``."""

    name: str
    run: JobFunction
    seconds: int


JOBS: Final[dict[str, JobSpec]] = {}
SWEEPS: Final[dict[str, SweepSpec]] = {}


def job(name: str, *, serial: bool = False) -> Callable[[JobFunction], JobFunction]:
    """Register ``async def f(runtime: Runtime, tenant_id: UUID, **ids) -> None`` as a job.

    ``name`` is ``<feature>.<verb>`` and stays for ever: deferred jobs carry it.
    """

    def register(function: JobFunction) -> JobFunction:
        invariant(name not in JOBS, f"two jobs are called '{name}'")
        JOBS[name] = JobSpec(name, function, serial)
        return function

    return register


def sweep(name: str, *, seconds: int) -> Callable[[JobFunction], JobFunction]:
    """Register ``async def f(runtime: Runtime, tenant_id: UUID) -> None`` for all tenants.

    It runs every ``seconds`` (a divisor of 60, or whole minutes dividing an hour), once in the
    whole cluster, tenant after tenant. It finds what jobs left over: retries due, lost leases.
    """
    whole = 60 % seconds == 0 or (seconds % 60 == 0 and 3600 % seconds == 0)
    invariant(whole, f"the sweep '{name}' must divide a minute or an hour, not take {seconds} s")

    def register(function: JobFunction) -> JobFunction:
        invariant(name not in SWEEPS, f"two sweeps are called '{name}'")
        SWEEPS[name] = SweepSpec(name, function, seconds)
        return function

    return register


DEFER: Final[LiteralString] = """
    SELECT procrastinate.procrastinate_defer_jobs_v1(array_agg(
               ROW(%(queue)s, %(name)s, 0, %(lock)s, NULL, r.args, %(run_at)s)
               ::procrastinate.procrastinate_job_to_defer_v1))
      FROM json_to_recordset(%(rows)s::json) AS r(args jsonb)
"""


async def defer(
    scope: Scope, name: str, *, run_at: datetime | None = None, **ids: JobArgument
) -> None:
    """Put one job into the scope's transaction: it exists if and only if that commits.

    ``run_at`` is real time; without it the job runs at once. ``tenant_id`` is added.
    """
    await defer_many(scope, name, [ids], run_at=run_at)


async def defer_many(
    scope: Scope,
    name: str,
    arguments: Sequence[Mapping[str, JobArgument]],
    *,
    run_at: datetime | None = None,
) -> None:
    """Put many jobs of one name into the scope's transaction, in one statement."""
    if not arguments:
        return
    invariant(name in JOBS, f"no job is called '{name}'")
    lock = f"{name}:{scope.tenant_id}" if JOBS[name].serial else None
    rows = [{"args": {"tenant_id": scope.tenant_id, **ids}} for ids in arguments]
    await scope.conn.execute(
        DEFER,
        {"queue": QUEUE, "name": name, "lock": lock, "run_at": run_at, "rows": json_rows(rows)},
    )


DEFER_ONCE: Final[LiteralString] = """
    SELECT procrastinate.procrastinate_defer_jobs_v1(ARRAY[
               ROW(%(queue)s, %(name)s, 0, %(lock)s, NULL, %(args)s::jsonb, NULL)
               ::procrastinate.procrastinate_job_to_defer_v1])
     WHERE NOT EXISTS (
           SELECT FROM procrastinate.procrastinate_jobs
            WHERE status = 'todo' AND task_name = %(name)s AND lock = %(lock)s
              AND scheduled_at IS NULL)
"""


async def defer_once(scope: Scope, name: str) -> None:
    """Put a serial job without arguments into the transaction, unless one of the tenant waits.

    The one that waits may start before this transaction commits, and so miss what it brings; a
    sweep must find that later.
    """
    invariant(name in JOBS and JOBS[name].serial, f"no serial job is called '{name}'")
    await scope.conn.execute(
        DEFER_ONCE,
        {
            "queue": QUEUE,
            "name": name,
            "lock": f"{name}:{scope.tenant_id}",
            "args": json_rows([{"tenant_id": scope.tenant_id}])[1:-1],
        },
    )


def job_arguments(stored: Mapping[str, Any]) -> dict[str, JobArgument]:
    """Read stored arguments back: text is a UUID, a whole number stays one."""
    return {key: value if isinstance(value, int) else UUID(value) for key, value in stored.items()}
