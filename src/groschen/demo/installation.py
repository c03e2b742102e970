"""Everything the showcase runs on, started from nothing: PostgreSQL, server, worker, a key."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar, Final

import httpx2

from groschen.commands._processes import LISTEN_FD, listening
from groschen.core.errors import GroschenError, Kind
from groschen.features.tenants import service as tenants
from groschen.kit import clock
from groschen.kit.db import SYSTEM, Database
from groschen.kit.permissions import PERMISSIONS
from groschen.kit.postgres.folder import default_data_dir
from groschen.kit.processes import PARENT_PIPE, this_program
from groschen.kit.provision import provisioned

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from uuid import UUID

    from groschen.features.tenants.service.installation import FirstStart
    from groschen.kit.config import Settings

READY_SECONDS: Final = 120
STOP_SECONDS: Final = 60
LOOK_SECONDS: Final = 0.05
LOG_TAIL_LINES: Final = 8
KEY_LIVES: Final = timedelta(days=1)


class ServerNotReady(GroschenError):
    """Server and worker ended, or did not answer in time."""

    code: ClassVar[str] = "server_not_ready"
    kind: ClassVar[Kind] = Kind.UNAVAILABLE


@dataclass(frozen=True, slots=True)
class Installation:
    """A running installation. ``settings`` are complete, with the database's URL and the key."""

    settings: Settings
    base_url: str
    log: Path
    process: subprocess.Popen[bytes]


@dataclass(frozen=True, slots=True)
class Platform:
    """The tenant above all, a key with every right in it, and its first start if this was it."""

    tenant_id: UUID
    key: str
    first_start: FirstStart | None


@contextmanager
def installed(settings: Settings, tell: Callable[[str], None]) -> Iterator[Installation]:
    """Start the database, bring its schema up to date, start ``groschen all``; end all of it.

    ``tell`` receives a line before each step. A port that is taken is replaced by a free one.
    """
    tell("starting PostgreSQL and bringing its schema up to date")
    with provisioned(settings, tell) as provision, _listener(settings) as listener:
        tell("starting server and worker")
        log = (provision.settings.data_dir or default_data_dir()) / "demo.log"
        with _running(provision.settings, listener, log) as process:
            host, port = listener.getsockname()[:2]
            found = Installation(provision.settings, f"http://{host}:{port}", log, process)
            _await_ready(found)
            yield found


def await_end(installation: Installation) -> None:
    """Serve until Ctrl-C, or until the server ends by itself."""
    try:
        installation.process.wait()
    except KeyboardInterrupt:
        return
    raise _not_ready(installation, "ended")


async def platform_access(database: Database) -> Platform:
    """Found the installation if need be, and make a key of its first tenant that lives a day."""
    first = await tenants.ensure_installation(database)
    tenant_id = await tenants.root_tenant_id(database)
    async with database.scope(tenant_id, SYSTEM) as scope:
        _, key = await tenants.create_key(
            scope,
            name="Showcase",
            permissions=PERMISSIONS,
            expires_at=scope.real_now + KEY_LIVES,
        )
    return Platform(tenant_id, key, first)


@contextmanager
def _listener(settings: Settings) -> Iterator[socket.socket]:
    with closing(socket.socket()) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken = trial.connect_ex((settings.host, settings.port)) == 0
    chosen = settings.model_copy(update={"port": 0}) if taken else settings
    with listening(chosen) as listener:
        yield listener


@contextmanager
def _running(
    settings: Settings, listener: socket.socket, log: Path
) -> Iterator[subprocess.Popen[bytes]]:
    reading, writing = os.pipe()
    environment = {
        **os.environ,
        "GROSCHEN_DATA_DIR": str(settings.data_dir or default_data_dir()),
        "GROSCHEN_PRIVATE_WEBHOOK_TARGETS": "true",
        LISTEN_FD: str(listener.fileno()),
        PARENT_PIPE: str(reading),
    }
    try:
        with log.open("ab") as file:
            process = subprocess.Popen(
                this_program("all"),
                env=environment,
                pass_fds=(reading, listener.fileno()),
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                start_new_session=True,
            )
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(STOP_SECONDS)
    finally:
        os.close(reading)
        os.close(writing)


def _await_ready(installation: Installation) -> None:
    deadline = clock.Deadline(READY_SECONDS)
    with httpx2.Client(base_url=installation.base_url, timeout=5, trust_env=False) as client:
        while not deadline.passed:
            if installation.process.poll() is not None:
                raise _not_ready(installation, "ended")
            if _is_ready(client):
                return
            clock.pause(LOOK_SECONDS)
    raise _not_ready(installation, f"did not answer within {READY_SECONDS} seconds")


def _is_ready(client: httpx2.Client) -> bool:
    try:
        return client.get("/readyz").is_success
    except httpx2.TransportError:
        return False


def _not_ready(installation: Installation, what: str) -> ServerNotReady:
    lines = installation.log.read_text(encoding="utf-8", errors="replace").splitlines()
    return ServerNotReady(
        f"server and worker {what}", hint="\n".join(["The log ends:", *lines[-LOG_TAIL_LINES:]])
    )
