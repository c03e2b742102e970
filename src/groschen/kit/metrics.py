"""Figures for Prometheus. With several processes they are summed through a shared folder.

The command line sets ``PROMETHEUS_MULTIPROC_DIR`` before it starts the processes.
"""

from __future__ import annotations

import os
from typing import Final

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
    start_http_server,
)
from prometheus_client.multiprocess import MultiProcessCollector

CONTENT_TYPE: Final = CONTENT_TYPE_LATEST
SHARED_FOLDER: Final = "PROMETHEUS_MULTIPROC_DIR"
SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

request_seconds: Final = Histogram(
    "groschen_request_seconds",
    "Time from the request to its answer.",
    ["method", "route", "status"],
    buckets=SECONDS,
)
job_seconds: Final = Histogram(
    "groschen_job_seconds", "Run time of jobs.", ["job"], buckets=SECONDS
)
jobs_run: Final = Counter(
    "groschen_jobs",
    "Runs of jobs that succeeded or failed; a failed one may run again.",
    ["job", "outcome"],
)
jobs_recovered: Final = Counter(
    "groschen_jobs_recovered", "Jobs taken back from a worker that died."
)
jobs_waiting: Final = Gauge(
    "groschen_jobs_waiting",
    "Jobs that are due and not yet taken.",
    multiprocess_mode="mostrecent",
)


def render_metrics() -> bytes:
    """Return the exposition of this process, or of all that share the folder."""
    if SHARED_FOLDER not in os.environ:
        return generate_latest()
    shared = CollectorRegistry()
    MultiProcessCollector(shared)
    return generate_latest(shared)


def serve_metrics(host: str, port: int) -> None:
    """Answer Prometheus on a port of its own, from a thread; for a process without a web server."""
    start_http_server(port, addr=host)
