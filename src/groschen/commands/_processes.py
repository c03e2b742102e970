"""What ``serve``, ``worker`` and ``all`` share: the process tree and the two processes."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import tempfile
from typing import TYPE_CHECKING, Final

import uvicorn
import uvloop

from groschen import app
from groschen.kit.db import Database
from groschen.kit.listening import LISTEN_FD, listening
from groschen.kit.logs import configure_logs
from groschen.kit.metrics import SHARED_FOLDER, serve_metrics
from groschen.kit.postgres.server import tell_on_stderr
from groschen.kit.processes import Child, follow_parent, run_tree, this_program
from groschen.kit.provision import environment_of, provisioned
from groschen.kit.worker import run_worker

if TYPE_CHECKING:
    from fastapi import FastAPI

    from groschen.kit.config import Settings

GRACE_SECONDS: Final = 20
COLLECTED_AFTER: Final = (50_000, 50, 100)


def run_processes(settings: Settings, *, serve: int, work: int) -> int:
    """Run ``serve`` servers and ``work`` workers as one tree with the database they need."""
    configure_logs(settings)
    follow_parent()
    with (
        provisioned(settings, tell_on_stderr) as provision,
        listening(settings) as listener,
        tempfile.TemporaryDirectory(prefix="groschen-metrics-") as folder,
    ):
        alone = provision.settings.model_copy(update={"serve_processes": 1, "worker_processes": 1})
        environment = {
            **environment_of(alone),
            SHARED_FOLDER: folder,
            LISTEN_FD: str(listener.fileno()),
        }
        children = [
            Child(f"serve-{number}", this_program("serve"), environment, [listener.fileno()])
            for number in range(serve)
        ]
        children += [
            Child(f"worker-{number}", this_program("worker"), environment) for number in range(work)
        ]
        if serve:
            host, port = listener.getsockname()[:2]
            address = provision.settings.public_url or f"http://{host}:{port}"
            tell_on_stderr(f"Groschen serves on {address}")
            tell_first_start(provision.settings, address)
        return run_tree(children, provision.check)


def tell_first_start(settings: Settings, address: str) -> None:
    """Found a new installation; print how its administrator signs in until they did."""
    path = asyncio.run(app.first_start(settings))
    if path is not None:
        tell_on_stderr(f"Sign in as administrator, once and within a day: {address}{path}")


def serve_here(settings: Settings) -> int:
    """Serve in this process until SIGINT or SIGTERM."""
    configure_logs(settings)
    follow_parent()
    config = uvicorn.Config(
        calmly(app.create_app(settings)),
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    with listening(settings) as listener:
        if LISTEN_FD not in os.environ:
            host, port = listener.getsockname()[:2]
            tell_first_start(settings, settings.public_url or f"http://{host}:{port}")
        uvicorn.Server(config).run(sockets=[listener])
    return 0


def calmly(application: FastAPI) -> FastAPI:
    """Let the garbage collector leave alone what lives as long as the process.

    A call with a thousand events makes many objects and no cycles; looking through everything
    that was ever imported each time costs as much as the call.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECTED_AFTER)
    return application


def work_here(settings: Settings) -> int:
    """Run jobs in this process until SIGINT or SIGTERM."""
    configure_logs(settings)
    follow_parent()
    if settings.worker_metrics_port is not None:
        serve_metrics(settings.host, settings.worker_metrics_port)
    uvloop.run(_work(settings))
    return 0


async def _work(settings: Settings) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    app.wire()
    async with Database(settings) as database:
        await run_worker(app.make_runtime(settings, database), stop)
