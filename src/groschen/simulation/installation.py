"""A real installation on this machine: PostgreSQL, servers and workers, each to be killed."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Self

import httpx2
from pydantic import SecretStr

from groschen.kit import clock
from groschen.kit.config import Settings
from groschen.kit.migrate import migrate
from groschen.kit.postgres import EmbeddedServer
from groschen.kit.postgres.postmaster import read_postmaster
from groschen.kit.processes import PARENT_PIPE, this_program
from groschen.kit.provision import environment_of, kept_secret
from groschen.simulation.faults import ProcessEnded

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

READY_SECONDS: Final = 60
STOP_SECONDS: Final = 30
LOOK_SECONDS: Final = 0.05
CONNECTIONS: Final = 6
LOG_TAIL_LINES: Final = 12


@dataclass(slots=True)
class Part:
    """One server or worker process. It is down between ``kill`` and ``start``."""

    name: str
    command: list[str]
    environment: Mapping[str, str]
    log: Path
    _process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; its output goes to its log."""
        pipe = int(self.environment[PARENT_PIPE])
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self.command,
                env=dict(self.environment),
                pass_fds=(pipe,),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    async def end(self, number: signal.Signals) -> None:
        """Send a signal and wait for the end; harmless when it is down."""
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(number)
        try:
            await asyncio.to_thread(process.wait, STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            await asyncio.to_thread(process.wait)

    def check(self) -> None:
        """Raise ``ProcessEnded`` when it ended by itself."""
        if self._process is not None and self._process.poll() is not None:
            lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
            raise ProcessEnded(
                f"{self.name} ended by itself with status {self._process.returncode}",
                hint="\n".join(lines[-LOG_TAIL_LINES:]),
            )


@dataclass(slots=True)
class Installation:
    """Everything that runs. ``settings`` say how the simulation itself reaches the database."""

    folder: Path
    servers: int
    workers: int
    tell: Callable[[str], None]
    settings: Settings = field(default_factory=Settings)
    parts: dict[str, Part] = field(default_factory=dict[str, Part])
    addresses: list[str] = field(default_factory=list[str])
    _database: EmbeddedServer | None = None
    _pipe: tuple[int, int] | None = None
    _turn: int = 0

    async def __aenter__(self) -> Self:
        self._database = EmbeddedServer(self.folder, tell=self.tell)
        try:
            await self._start()
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.gather(*(part.end(signal.SIGTERM) for part in self.parts.values()))
        if self._pipe is not None:
            for descriptor in self._pipe:
                os.close(descriptor)
            self._pipe = None
        if self._database is not None:
            await asyncio.to_thread(self._database.stop)

    def address(self) -> str:
        """The next server in turn."""
        self._turn += 1
        return self.addresses[self._turn % len(self.addresses)]

    def names(self, kind: str) -> list[str]:
        """The parts of a kind, ``server`` or ``worker``."""
        return [name for name in self.parts if name.startswith(kind)]

    async def kill(self, name: str, down_seconds: float) -> None:
        """Kill -9 a part, or ``database``, and start it again after a while."""
        if name == "database":
            await self._kill_database(down_seconds)
            return
        part = self.parts[name]
        await part.end(signal.SIGKILL)
        await clock.sleep(down_seconds)
        part.start()

    def check(self) -> None:
        """Raise ``ProcessEnded`` when a part ended by itself."""
        for part in self.parts.values():
            part.check()

    async def ready(self) -> None:
        """Wait until every server answers."""
        async with httpx2.AsyncClient(timeout=5, trust_env=False) as client:
            deadline = clock.Deadline(READY_SECONDS)
            for address in self.addresses:
                while not await _is_ready(client, address):
                    self.check()
                    if deadline.passed:
                        raise ProcessEnded(f"{address} is not ready after {READY_SECONDS} s")
                    await clock.sleep(LOOK_SECONDS)

    async def _start(self) -> None:
        database = self._database
        if database is None:
            return
        urls = await asyncio.to_thread(database.start)
        await asyncio.to_thread(migrate, urls.owner)
        self.settings = Settings(
            database_url=SecretStr(urls.app),
            owner_database_url=SecretStr(urls.owner),
            data_dir=self.folder,
            secret_key=kept_secret(self.folder),
            pool_size=CONNECTIONS,
        )
        self._pipe = os.pipe()
        for number in range(self.servers):
            self._add_server(f"server-{number}", _free_port())
        for number in range(self.workers):
            self._add(f"worker-{number}", ["worker"])
        for part in self.parts.values():
            part.start()
        await self.ready()

    def _add_server(self, name: str, port: int) -> None:
        self._add(name, ["serve", "--port", str(port)])
        self.addresses.append(f"http://127.0.0.1:{port}")

    def _add(self, name: str, arguments: list[str]) -> None:
        reading = 0 if self._pipe is None else self._pipe[0]
        environment = {**environment_of(self.settings), PARENT_PIPE: str(reading)}
        log = self.folder / f"{name}.log"
        self.parts[name] = Part(name, this_program(*arguments), environment, log)

    async def _kill_database(self, down_seconds: float) -> None:
        database = self._database
        postmaster = read_postmaster(self.folder / "postgres" / "pgdata")
        if database is None or postmaster is None:
            return
        postmaster.send(signal.SIGKILL)
        await clock.sleep(down_seconds)
        await asyncio.to_thread(database.start)


async def _is_ready(client: httpx2.AsyncClient, address: str) -> bool:
    try:
        return (await client.get(f"{address}/readyz")).is_success
    except httpx2.TransportError:
        return False


def _free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        port: int = trial.getsockname()[1]
        return port
