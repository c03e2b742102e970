"""The folder of the embedded PostgreSQL: where it lies, what is in it, its passwords."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from groschen.kit.postgres.binaries import SYSTEM_FOLDER
from groschen.kit.postgres.errors import DataFolderUnusable, WrongMajorVersion
from groschen.kit.postgres.runner import current_runner

if TYPE_CHECKING:
    from groschen.kit.postgres.runner import Runner

SOCKET_PATH_BYTES: Final = 103  # the least any supported system allows (macOS); Linux has 107
SOCKET_NAME: Final = "/.s.PGSQL.65535"
ROLES: Final = ("postgres", "groschen_owner", "groschen_app")


@dataclass(frozen=True, slots=True)
class PostgresFolder:
    """One embedded PostgreSQL on disk. ``root`` is a real path that the runner can enter."""

    root: Path
    runner: Runner

    @property
    def pgdata(self) -> Path:
        """PostgreSQL's own data directory."""
        return self.root / "pgdata"

    @property
    def log(self) -> Path:
        """What the server writes; its errors, no statements, no values."""
        return self.root / "postgres.log"

    @property
    def users_lock(self) -> Path:
        """Held shared by every process that uses the server."""
        return self.root / "users.lock"

    @property
    def server_lock(self) -> Path:
        """Inherited by the server and all its processes: free means that none of them lives."""
        return self.root / "server.lock"

    def check_major(self, major: int) -> None:
        """Raise ``WrongMajorVersion`` unless the data was made by version ``major`` (or none)."""
        marker = self.pgdata / "PG_VERSION"
        found = marker.read_text().strip() if marker.exists() else str(major)
        if found != str(major):
            raise WrongMajorVersion(
                f"{self.pgdata} was made by PostgreSQL {found}; this Groschen brings {major}",
                field="data",
                hint=f"Dump it with PostgreSQL {found} and load the dump into a new folder, or"
                " choose another one with --data.",
            )

    def passwords(self) -> dict[str, str]:
        """Return each role's password; they are made once and kept in a file of mode 0600."""
        path = self.root / "passwords.json"
        if path.exists():
            kept: dict[str, str] = json.loads(path.read_text())
            return kept
        if self.pgdata.exists():
            raise DataFolderUnusable(
                f"the passwords of the database are gone: {path} is missing",
                field="data",
                hint="Put the file back from a backup, or choose another folder with --data.",
            )
        made = {role: secrets.token_urlsafe(24) for role in ROLES}
        write_private(path, json.dumps(made).encode())
        return made

    def socket_folder(self) -> Path:
        """Return the folder of the Unix socket: short enough for the system, closed to others."""
        for folder in self._socket_candidates():
            if len(os.fsencode(f"{folder}{SOCKET_NAME}")) <= SOCKET_PATH_BYTES:
                self._make_closed(folder)
                return folder
        raise DataFolderUnusable(
            f"no folder is short enough for a Unix socket ({SOCKET_PATH_BYTES} bytes)",
            field="data",
            hint="Choose a shorter path with --data or set XDG_RUNTIME_DIR.",
        )

    def remove_socket_folders(self) -> None:
        """Remove the empty socket folders that lie outside; the next start makes them anew."""
        for folder in self._socket_candidates():
            if folder.parent != self.root and folder.is_dir() and not any(folder.iterdir()):
                folder.rmdir()

    def _socket_candidates(self) -> tuple[Path, ...]:
        name = f"groschen-{self.runner.uid}-{digest_of(self.root)}"
        runtime = os.environ.get("XDG_RUNTIME_DIR")
        places = [Path(runtime)] if runtime and not self.runner.drops else []
        places += [Path(tempfile.gettempdir()), Path("/tmp")]  # noqa: S108 - made 0700 and checked
        return (self.root / "run", *(place / name for place in places))

    def _make_closed(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
        ours = found.st_uid in {self.runner.uid, os.geteuid()}
        if not stat.S_ISDIR(found.st_mode) or not ours:
            raise DataFolderUnusable(
                f"{folder} belongs to somebody else", field="data", hint="Remove it and try again."
            )
        folder.chmod(0o700)
        self.runner.own(folder)


def digest_of(path: Path) -> str:
    """Return eight letters that stand for the path."""
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:8]


def write_private(path: Path, content: bytes) -> None:
    """Write a file of mode 0600, whole or not at all, and safe against a power cut."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        os.write(descriptor, content)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    unfinished.rename(path)


def default_data_dir() -> Path:
    """Return the per-user data folder: ``$XDG_DATA_HOME/groschen`` or below the home."""
    home = os.environ.get("XDG_DATA_HOME")
    return (Path(home) if home else Path.home() / ".local" / "share") / "groschen"


def make_data_dir(data_dir: Path) -> None:
    """Make the data folder. As root it can be passed through, because PostgreSQL is not root."""
    try:
        data_dir.mkdir(parents=True, exist_ok=True, mode=0o711 if os.geteuid() == 0 else 0o700)
    except OSError as error:
        raise _unusable(data_dir, error) from error


def open_folder(data_dir: Path) -> PostgresFolder:
    """Make or open ``data_dir/postgres``; the caller serialises this.

    As root the server runs as another user. When that user cannot enter ``data_dir`` (below
    ``/root``, say), the database lies in ``/var/lib/groschen`` and ``data_dir/postgres`` is a
    symbolic link to it.
    """
    place = data_dir / "postgres"
    try:
        existing = place / "pgdata"
        runner = current_runner(existing.stat().st_uid if existing.exists() else None)
        if not place.exists():
            _make_place(place, runner)
    except OSError as error:
        raise _unusable(place, error) from error
    root = place.resolve()
    if runner.drops and not runner.can_enter(root):
        raise DataFolderUnusable(
            f"user {runner.name}, who runs PostgreSQL, cannot enter {root}",
            field="data",
            hint="Open the folders above it for that user (chmod o+x) or choose another --data.",
        )
    if not os.access(root, os.W_OK):
        raise _unusable(root, PermissionError(13, "it belongs to another user"))
    return PostgresFolder(root, runner)


def _make_place(place: Path, runner: Runner) -> None:
    mode = 0o711 if runner.drops else 0o700
    place.unlink(missing_ok=True)  # a link whose target is gone
    place.mkdir(mode=mode)
    if runner.drops and not runner.can_enter(place):
        place.rmdir()
        elsewhere = SYSTEM_FOLDER / f"data-{digest_of(place.absolute())}"
        elsewhere.mkdir(parents=True, exist_ok=True, mode=mode)
        place.symlink_to(elsewhere)


def _unusable(path: Path, error: OSError) -> DataFolderUnusable:
    return DataFolderUnusable(
        f"{path} cannot be used: {error.strerror}",
        field="data",
        hint="Choose another folder with --data, or start as the user who owns this one.",
    )
