"""Serve and work on one machine, in one process tree."""

from __future__ import annotations

from pathlib import Path

from groschen.commands._processes import run_processes
from groschen.kit.config import load_settings


def command(
    *,
    host: str | None = None,
    port: int | None = None,
    data: Path | None = None,
) -> int:
    """Serve, work and, unless GROSCHEN_DATABASE_URL is set, bring PostgreSQL; until Ctrl-C.

    A process that dies is started again, the embedded PostgreSQL included.

    Parameters
    ----------
    host
        Address to listen on (GROSCHEN_HOST, default 127.0.0.1).
    port
        Port to listen on (GROSCHEN_PORT, default 8000).
    data
        Folder of the embedded PostgreSQL, when GROSCHEN_DATABASE_URL is not set.
    """
    settings = load_settings(host=host, port=port, data_dir=data)
    return run_processes(settings, serve=settings.serve_processes, work=settings.worker_processes)
