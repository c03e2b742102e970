"""The embedded PostgreSQL's life: start it, adopt a running one, stop it with its last user."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol
from urllib.parse import quote, urlsplit

from groschen.kit import clock
from groschen.kit.postgres import roles
from groschen.kit.postgres.binaries import usable_binaries
from groschen.kit.postgres.configuration import configuration
from groschen.kit.postgres.errors import PostgresFailed
from groschen.kit.postgres.folder import (
    PostgresFolder,
    default_data_dir,
    make_data_dir,
    open_folder,
)
from groschen.kit.postgres.initialise import initialise
from groschen.kit.postgres.locks import serialised, try_lock
from groschen.kit.postgres.postmaster import Postmaster, read_postmaster, remove_stale_pid_file
from groschen.kit.postgres.runner import environment

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from groschen.kit.postgres.binaries import Binaries

SUPERUSER: Final = "postgres"
RECOVERY_SECONDS: Final = 30 * 60
ORPHAN_SECONDS: Final = 120
STOP_SECONDS: Final = 300
TELL_EVERY_SECONDS: Final = 5
POLL_SECONDS: Final = 0.05
LOG_BYTES: Final = 16 * 1024 * 1024
LOG_TAIL_LINES: Final = 8


class _Spawned(subprocess.Popen[bytes]):
    """A server that this process started. Others may use it longer: outliving us is no leak."""

    def __del__(self) -> None:
        """Say nothing about a server that still runs."""


# While this process lives, it must reap the servers that it started.
_spawned: Final[list[_Spawned]] = []


@dataclass(frozen=True, slots=True)
class ServerUrls:
    """Where to connect: ``owner`` migrates, ``app`` serves, ``superuser`` is for tests and care."""

    owner: str
    app: str
    superuser: str

    def of_database(self, name: str) -> ServerUrls:
        """Return the same roles' URLs for another database of this server."""
        return ServerUrls(*(_renamed(url, name) for url in (self.owner, self.app, self.superuser)))


class DatabaseServer(Protocol):
    """A database that must be started; any other implementation may stand in."""

    def start(self) -> ServerUrls:
        """Make the server answer and return its URLs."""
        ...

    def stop(self) -> None:
        """Give it up; the last user ends it."""
        ...


def tell_on_stderr(line: str) -> None:
    """Print one line of progress."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


class EmbeddedServer:
    """PostgreSQL from the wheel in a data folder. Several processes may use one at a time.

    ``port`` opens 127.0.0.1 besides the Unix socket; ``stay`` leaves the server running at the
    end; ``extra`` are further PostgreSQL settings; ``tell`` receives lines of progress.
    """

    def __init__(
        self,
        data_dir: Path | None = None,
        *,
        port: int | None = None,
        stay: bool = False,
        extra: Mapping[str, str] | None = None,
        tell: Callable[[str], None] = tell_on_stderr,
    ) -> None:
        self.data_dir = (data_dir or default_data_dir()).absolute()
        self._port = port
        self._stay = stay
        self._extra = dict(extra or {})
        self._tell = tell
        self._use: int | None = None
        self._folder: PostgresFolder | None = None

    def __enter__(self) -> ServerUrls:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> ServerUrls:
        """Start PostgreSQL or adopt a running one; wait through crash recovery.

        Raises ``WrongMajorVersion``, ``DataFolderUnusable``, ``PostgresUserMissing``,
        ``PostgresBinariesMissing`` or ``PostgresFailed``.
        """
        make_data_dir(self.data_dir)
        with serialised(self.data_dir / "start.lock", self._tell):
            folder = self._folder = open_folder(self.data_dir)
            binaries = usable_binaries(folder.runner)
            folder.check_major(binaries.major)
            passwords = folder.passwords()
            if not folder.pgdata.exists():
                initialise(folder, binaries, passwords[SUPERUSER])
            if self._use is None:
                self._use = try_lock(folder.users_lock, shared=True)
            postmaster = self._running(folder, binaries, passwords[SUPERUSER])
            with postmaster.connect(SUPERUSER, passwords[SUPERUSER]) as conn:
                roles.ensure_roles(conn, passwords)
            return _urls(postmaster, passwords)

    def ensure_running(self) -> None:
        """Bring the server back if it was killed; costs next to nothing while it runs."""
        _reap()
        lock = None if self._folder is None else try_lock(self._folder.server_lock)
        if lock is not None:
            os.close(lock)
            self._tell("PostgreSQL has gone; starting it again.")
            self.start()

    def stop(self) -> None:
        """Give the server up; it ends, in order, unless others use it or it shall stay."""
        folder = self._folder
        if self._use is None or folder is None:
            return
        with serialised(self.data_dir / "start.lock", self._tell):
            os.close(self._use)
            self._use = None
            alone = try_lock(folder.users_lock)
            if alone is None:
                return
            os.close(alone)
            if not self._stay:
                self._end(folder)

    def _running(self, folder: PostgresFolder, binaries: Binaries, password: str) -> Postmaster:
        """Return a server that answers: the running one, or a new one once the old is gone."""
        waiting = _Waiting(self._tell)
        while True:
            lock = try_lock(folder.server_lock)
            if lock is not None:
                try:
                    self._spawn(folder, binaries, lock)
                finally:
                    os.close(lock)
                return self._await_start(folder, password)
            postmaster = read_postmaster(folder.pgdata)
            if postmaster is not None and postmaster.answers(SUPERUSER, password):
                return postmaster
            waiting.another_turn(folder, alive=postmaster is not None and postmaster.is_alive)

    def _spawn(self, folder: PostgresFolder, binaries: Binaries, lock: int) -> None:
        """Start the server; it inherits ``lock``, which so lasts as long as any process of it."""
        remove_stale_pid_file(folder.pgdata)
        socket_folder = folder.socket_folder()
        text = configuration(socket_folder=socket_folder, port=self._port, extra=self._extra)
        settings = folder.pgdata / "groschen.conf"
        settings.write_text(text)
        folder.runner.own(settings)
        if folder.log.exists() and folder.log.stat().st_size > LOG_BYTES:
            folder.log.replace(folder.log.with_suffix(".log.1"))
        with folder.log.open("ab") as log:
            _spawned.append(
                _Spawned(
                    [binaries.postgres, "-D", str(folder.pgdata)],
                    cwd="/",
                    env=environment(),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                    pass_fds=(lock,),
                    umask=0o077,
                    **folder.runner.options,
                )
            )

    def _await_start(self, folder: PostgresFolder, password: str) -> Postmaster:
        waiting = _Waiting(self._tell)
        while True:
            _reap()
            lock = try_lock(folder.server_lock)
            if lock is not None:
                os.close(lock)
                raise _failed("PostgreSQL ended while it started", folder)
            postmaster = read_postmaster(folder.pgdata)
            if postmaster is not None and postmaster.answers(SUPERUSER, password):
                return postmaster
            waiting.another_turn(folder, alive=True)

    def _end(self, folder: PostgresFolder) -> None:
        """Shut the server down fast and in order; break it off only when that takes too long."""
        for number, seconds in ((signal.SIGINT, STOP_SECONDS), (signal.SIGQUIT, ORPHAN_SECONDS)):
            postmaster = read_postmaster(folder.pgdata)
            if postmaster is not None:
                postmaster.send(number)
            if self._gone(folder, seconds):
                folder.remove_socket_folders()
                return
        raise _failed("PostgreSQL does not stop", folder)

    def _gone(self, folder: PostgresFolder, seconds: int) -> bool:
        deadline = clock.Deadline(seconds)
        while not deadline.passed:
            _reap()
            lock = try_lock(folder.server_lock)
            if lock is not None:
                os.close(lock)
                return True
            clock.pause(POLL_SECONDS)
        return False


class _Waiting:
    """Patience with a server that recovers, and a line of progress every five seconds."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._whole = clock.Deadline(RECOVERY_SECONDS)
        self._orphans = clock.Deadline(ORPHAN_SECONDS)
        self._told_at = 0

    def another_turn(self, folder: PostgresFolder, *, alive: bool) -> None:
        """Wait a moment; raise ``PostgresFailed`` when patience is at its end."""
        if self._whole.passed or (not alive and self._orphans.passed):
            raise _failed(f"PostgreSQL did not answer for {self._whole.elapsed_seconds} s", folder)
        elapsed = self._whole.elapsed_seconds
        if elapsed >= self._told_at + TELL_EVERY_SECONDS:
            self._told_at = elapsed
            what = "starts or recovers" if alive else "of an earlier run is ending"
            self._tell(f"PostgreSQL {what}, {elapsed} s ... {_last_line(folder)}")
        clock.pause(POLL_SECONDS)


def _reap() -> None:
    """Let ended servers go, so that none lingers as a zombie."""
    _spawned[:] = [process for process in _spawned if process.poll() is None]


def _renamed(url: str, database: str) -> str:
    return urlsplit(url)._replace(path=f"/{quote(database)}").geturl()


def _urls(postmaster: Postmaster, passwords: Mapping[str, str]) -> ServerUrls:
    def url(role: str, database: str) -> str:
        return roles.role_url(
            role,
            passwords[role],
            socket_folder=postmaster.socket_folder,
            port=postmaster.port,
            database=database,
        )

    return ServerUrls(
        owner=url(roles.OWNER, roles.DATABASE),
        app=url(roles.APP, roles.DATABASE),
        superuser=url(SUPERUSER, "postgres"),
    )


def _log_lines(folder: PostgresFolder) -> list[str]:
    if not folder.log.exists():
        return []
    return folder.log.read_text(errors="replace")[-20_000:].splitlines()


def _last_line(folder: PostgresFolder) -> str:
    return "".join(_log_lines(folder)[-1:])


def _failed(what: str, folder: PostgresFolder) -> PostgresFailed:
    tail = "\n".join(_log_lines(folder)[-LOG_TAIL_LINES:])
    return PostgresFailed(f"{what}. The end of {folder.log}:\n{tail}", hint="Read the log above.")
