"""Run the jobs: deliveries, captures, settlements, webhooks."""

from __future__ import annotations

from pathlib import Path

from groschen.commands._processes import run_processes, work_here
from groschen.kit.config import load_settings


def command(
    *,
    processes: int | None = None,
    concurrency: int | None = None,
    data: Path | None = None,
) -> int:
    """Run jobs until Ctrl-C. Any number of workers may share one database.

    Parameters
    ----------
    processes
        How many worker processes (GROSCHEN_WORKER_PROCESSES, default 1).
    concurrency
        Jobs at once in each process (GROSCHEN_WORKER_CONCURRENCY, default 4).
    data
        Folder of the embedded PostgreSQL, when GROSCHEN_DATABASE_URL is not set.
    """
    settings = load_settings(
        worker_processes=processes, worker_concurrency=concurrency, data_dir=data
    )
    if settings.uses_embedded_database or settings.worker_processes > 1:
        return run_processes(settings, serve=0, work=settings.worker_processes)
    return work_here(settings)
