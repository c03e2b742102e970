"""A running server as its file ``postmaster.pid`` tells of it."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import psycopg

from groschen.kit.postgres.errors import DataFolderUnusable
from groschen.kit.postgres.runner import environment

if TYPE_CHECKING:
    import signal

CONNECT_SECONDS: Final = 5
PID_LINE, PORT_LINE, SOCKET_LINE = 0, 3, 4


@dataclass(frozen=True, slots=True)
class Postmaster:
    """The server's first process and where it listens."""

    pid: int
    port: int
    socket_folder: Path

    @property
    def is_alive(self) -> bool:
        """Whether some process has this number; it may be a stranger."""
        return _exists(self.pid)

    def send(self, number: signal.Signals) -> None:
        """Send a signal; nothing happens when the process is gone."""
        try:
            os.kill(self.pid, number)
        except ProcessLookupError:
            return

    def connect(self, role: str, password: str, database: str = "postgres") -> psycopg.Connection:
        """Connect in autocommit mode."""
        return psycopg.connect(
            host=str(self.socket_folder),
            port=self.port,
            user=role,
            password=password,
            dbname=database,
            connect_timeout=CONNECT_SECONDS,
            autocommit=True,
        )

    def answers(self, role: str, password: str) -> bool:
        """Whether it takes connections; raises ``DataFolderUnusable`` on a wrong password."""
        try:
            self.connect(role, password).close()
        except psycopg.OperationalError as error:
            if "password authentication failed" in str(error):
                raise DataFolderUnusable(
                    "passwords.json does not fit this database",
                    field="data",
                    hint="Put the right file back, or choose another folder with --data.",
                ) from error
            return False
        return True


def read_postmaster(pgdata: Path) -> Postmaster | None:
    """Read ``postmaster.pid``; None when it is missing or not yet complete."""
    try:
        lines = (pgdata / "postmaster.pid").read_text().splitlines()
        pid, port, socket_folder = int(lines[PID_LINE]), int(lines[PORT_LINE]), lines[SOCKET_LINE]
    except (FileNotFoundError, IndexError, ValueError):
        return None
    return Postmaster(abs(pid), port, Path(socket_folder.strip())) if socket_folder else None


def remove_stale_pid_file(pgdata: Path) -> None:
    """Remove ``postmaster.pid`` when its number now belongs to a stranger.

    Called only while ``server.lock`` is free, so no server of ours lives. PostgreSQL itself
    clears the file when the number is unused, but refuses to start when it is used again. A
    PostgreSQL that somebody else started on the folder is left alone, with a clear error.
    """
    path = pgdata / "postmaster.pid"
    try:
        pid = abs(int(path.read_text().splitlines()[PID_LINE]))
    except FileNotFoundError:
        return
    except (IndexError, ValueError):
        path.unlink()
        return
    if not _exists(pid):
        return
    if _is_postgres_in(pid, pgdata):
        raise DataFolderUnusable(
            f"a PostgreSQL that Groschen did not start (process {pid}) uses {pgdata}",
            field="data",
            hint="Stop it (pg_ctl stop), or choose another folder with --data.",
        )
    path.unlink()


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _is_postgres_in(pid: int, pgdata: Path) -> bool:
    """Whether the process is a PostgreSQL, and at home in ``pgdata`` where that can be told."""
    process = Path(f"/proc/{pid}")
    if process.exists():
        program = (process / "cmdline").read_bytes().partition(b"\0")[0].decode(errors="replace")
        home = str((process / "cwd").readlink()) if program else ""
        return Path(program).name.startswith("postgres") and home == str(pgdata)
    done = subprocess.run(
        ["/bin/ps", "-p", str(pid), "-o", "comm="],
        check=False,
        capture_output=True,
        text=True,
        env=environment(),
    )
    return Path(done.stdout.strip()).name.startswith("postgres")
