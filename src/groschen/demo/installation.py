"""Everything the showcase runs on, started from nothing: PostgreSQL, server, worker, a key."""

from __future__ import annotations

import os
import signal
import subprocess
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar, Final

import httpx2

from groschen.core.errors import GroschenError, Kind
from groschen.features.tenants import service as tenants
from groschen.kit import clock
from groschen.kit.db import SYSTEM, Database
from groschen.kit.permissions import PERMISSIONS
from groschen.kit.postgres.folder import default_data_dir
from groschen.kit.processes import PARENT_PIPE, this_program
from groschen.kit.provision import environment_of, provisioned

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator, Mapping
    from pathlib import Path
    from uuid import UUID

    from groschen.demo.progress import Phases
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
    """A running installation. ``settings`` are complete, with the database's URL and the key.

    ``folder`` is where its data lie, ``environment`` what its processes are started with.
    """

    settings: Settings
    folder: Path
    environment: Mapping[str, str]
    base_url: str
    log: Path
    process: subprocess.Popen[bytes]


@dataclass(frozen=True, slots=True)
class Platform:
    """The tenant above all and a key with every right in it.

    ``link_path`` signs its administrator in once, while none has a password.
    """

    tenant_id: UUID
    key: str
    link_path: str | None


@dataclass(frozen=True, slots=True)
class Doorway:
    """The socket that the server listens on, and the variable that tells it so."""

    listener: socket.socket
    variable: str

    @property
    def base_url(self) -> str:
        """Where the server is reached."""
        host, port = self.listener.getsockname()[:2]
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


@contextmanager
def installed(settings: Settings, doorway: Doorway, phases: Phases) -> Iterator[Installation]:
    """Start the database, bring its schema up to date, start ``groschen all``; end all of it."""
    tell = phases.console.print
    with ExitStack() as stack:
        with phases.phase("database", "PostgreSQL and its schema"):
            provision = stack.enter_context(provisioned(settings, tell))
        with phases.phase("processes", "Server and worker"):
            folder = provision.settings.data_dir or default_data_dir()
            folder.mkdir(parents=True, exist_ok=True)
            environment = _environment(settings, provision.settings, folder)
            log = folder / "demo.log"
            process = stack.enter_context(_running(environment, doorway, log))
            found = Installation(
                provision.settings, folder, environment, doorway.base_url, log, process
            )
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
    """Make a key of the installation's first tenant that lives a day; the server founded it."""
    tenant_id = await tenants.root_tenant_id(database)
    link = await tenants.first_link(database)
    async with database.scope(tenant_id, SYSTEM) as scope:
        _, key = await tenants.create_key(
            scope,
            name="Showcase",
            permissions=PERMISSIONS,
            expires_at=scope.real_now + KEY_LIVES,
        )
    return Platform(tenant_id, key, None if link is None else tenants.link_path(link))


@contextmanager
def _running(
    environment: Mapping[str, str], doorway: Doorway, log: Path
) -> Iterator[subprocess.Popen[bytes]]:
    reading, writing = os.pipe()
    descriptor = doorway.listener.fileno()
    inherited = {doorway.variable: str(descriptor), PARENT_PIPE: str(reading)}
    try:
        with log.open("ab") as file:
            process = subprocess.Popen(
                this_program("all"),
                env={**environment, **inherited},
                pass_fds=(reading, descriptor),
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


def _environment(given: Settings, complete: Settings, folder: Path) -> dict[str, str]:
    """Return what a process needs to find the database, and to call systems on this machine.

    An embedded database is found by its folder, so that the process brings it back if it dies.
    """
    if given.uses_embedded_database:
        found = {**os.environ, "GROSCHEN_DATA_DIR": str(folder)}
    else:
        found = environment_of(complete)
    return {**found, "GROSCHEN_PRIVATE_WEBHOOK_TARGETS": "true"}


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
