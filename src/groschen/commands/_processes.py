"""What ``serve``, ``worker`` and ``all`` share: settings, the process tree, the two processes."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import tempfile
from contextlib import contextmanager
from typing import TYPE_CHECKING, ClassVar, Final

import uvicorn
import uvloop

from groschen import app
from groschen.core.errors import GroschenError, Kind
from groschen.kit.config import Settings
from groschen.kit.db import Database
from groschen.kit.logs import configure_logs
from groschen.kit.metrics import SHARED_FOLDER, serve_metrics
from groschen.kit.postgres.server import tell_on_stderr
from groschen.kit.processes import Child, follow_parent, run_tree, this_program
from groschen.kit.provision import environment_of, provisioned
from groschen.kit.worker import run_worker

if TYPE_CHECKING:
    from collections.abc import Iterator

LISTEN_FD: Final = "GROSCHEN_LISTEN_FD"
BACKLOG: Final = 2048
GRACE_SECONDS: Final = 20


class AddressUnusable(GroschenError):
    """The host and port cannot be listened on."""

    code: ClassVar[str] = "address_unusable"
    kind: ClassVar[Kind] = Kind.UNAVAILABLE


def settings_with(**given: object) -> Settings:
    """Return the settings of the environment, overridden by what the command line gave."""
    chosen = {name: value for name, value in given.items() if value is not None}
    return Settings().model_copy(update=chosen)


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
        app.create_app(settings),
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


@contextmanager
def listening(settings: Settings) -> Iterator[socket.socket]:
    """Return the listening socket: inherited from the tree, or bound here.

    The tree keeps it open, so that callers wait instead of being refused while a server that
    died starts again. Raises ``AddressUnusable``.
    """
    inherited = os.environ.get(LISTEN_FD)
    if inherited is not None:
        with socket.socket(fileno=int(inherited)) as listener:
            yield listener
        return
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((settings.host, settings.port))
        except OSError as error:
            raise AddressUnusable(
                f"{settings.host}:{settings.port} cannot be used: {error.strerror}",
                field="port",
                hint="Stop what listens there, or choose another port with --port.",
            ) from error
        listener.listen(BACKLOG)
        yield listener
