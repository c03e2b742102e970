"""Serve the API and the web pages."""

from __future__ import annotations

from pathlib import Path

from groschen.commands._processes import run_processes, serve_here
from groschen.kit.config import load_settings


def command(
    *,
    host: str | None = None,
    port: int | None = None,
    processes: int | None = None,
    data: Path | None = None,
) -> int:
    """Serve the API and the web pages until Ctrl-C; jobs run in ``groschen worker``.

    Parameters
    ----------
    host
        Address to listen on (GROSCHEN_HOST, default 127.0.0.1).
    port
        Port to listen on (GROSCHEN_PORT, default 8000).
    processes
        How many processes share the port (GROSCHEN_SERVE_PROCESSES, default 1).
    data
        Folder of the embedded PostgreSQL, when GROSCHEN_DATABASE_URL is not set.
    """
    settings = load_settings(host=host, port=port, serve_processes=processes, data_dir=data)
    if settings.uses_embedded_database or settings.serve_processes > 1:
        return run_processes(settings, serve=settings.serve_processes, work=0)
    return serve_here(settings)
