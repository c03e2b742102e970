"""The operating-system user that runs PostgreSQL, which itself refuses to run as root."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypedDict

from groschen.kit.postgres.errors import PostgresUserMissing

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

SYSTEM_USER: Final = "groschen"
SYSTEM_PATH: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
COMMAND_SECONDS: Final = 300


class DropOptions(TypedDict, total=False):
    """The options of ``subprocess`` that drop privileges; empty for an ordinary user."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True, slots=True)
class Runner:
    """Runs programs as the user who owns the data. ``drops`` is set when we are root."""

    name: str
    uid: int
    gid: int
    drops: bool

    @property
    def options(self) -> DropOptions:
        """Return what ``subprocess`` needs to become this user."""
        if not self.drops:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def run(self, command: Sequence[str], *, cwd: str = "/") -> subprocess.CompletedProcess[str]:
        """Run a program to its end and return its output; the exit code is the caller's."""
        return subprocess.run(
            command,
            check=False,
            capture_output=True,
            text=True,
            cwd=cwd,
            env=environment(),
            umask=0o077,
            timeout=COMMAND_SECONDS,
            stdin=subprocess.DEVNULL,
            **self.options,
        )

    def can_enter(self, folder: Path) -> bool:
        """Whether the user can reach ``folder``, tried for real."""
        shell = "/bin/sh"
        return self.run([shell, "-c", 'cd -- "$1"', shell, str(folder)]).returncode == 0

    def own(self, path: Path) -> None:
        """Make the user the owner of ``path``."""
        if self.drops:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)


def environment() -> dict[str, str]:
    """Return the whole environment of PostgreSQL's programs: English messages and UTC."""
    return {"LC_ALL": "C", "TZ": "UTC", "PATH": SYSTEM_PATH}


def current_runner(owner_uid: int | None) -> Runner:
    """Return who runs PostgreSQL: we ourselves or, when we are root, an unprivileged user.

    ``owner_uid`` is who owns an existing data folder; root then becomes that user again.
    """
    uid = os.geteuid()
    if uid != 0:
        return Runner(str(uid), uid, os.getegid(), drops=False)
    if owner_uid:
        try:
            return _dropping_to(pwd.getpwuid(owner_uid))
        except KeyError:
            raise _missing(f"the data folder belongs to user {owner_uid}, who is gone") from None
    try:
        return _dropping_to(pwd.getpwnam(SYSTEM_USER))
    except KeyError:
        _create_user()
    try:
        return _dropping_to(pwd.getpwnam(SYSTEM_USER))
    except KeyError:
        raise _missing(f"the system user '{SYSTEM_USER}' could not be created") from None


def _dropping_to(entry: pwd.struct_passwd) -> Runner:
    return Runner(entry.pw_name, entry.pw_uid, entry.pw_gid, drops=True)


def _create_user() -> None:
    """Create the system user with what this machine has; two starters may both try."""
    home, shell = "/nonexistent", "/bin/false"
    candidates = (
        ("useradd", "--system", "--user-group", "--no-create-home", "-d", home, "-s", shell),
        ("adduser", "-S", "-D", "-H", "-h", home, "-s", shell),
    )
    for program, *arguments in candidates:
        found = shutil.which(program, path=SYSTEM_PATH)
        if found is not None:
            done = subprocess.run(
                [found, *arguments, SYSTEM_USER], check=False, capture_output=True, text=True
            )
            if done.returncode == 0:
                return
            reason = done.stderr.strip() or f"{program} ended with {done.returncode}"
            if "already exists" not in reason:
                raise _missing(reason)


def _missing(reason: str) -> PostgresUserMissing:
    return PostgresUserMissing(
        f"PostgreSQL does not run as root and {reason}",
        hint=f"Create a system user (useradd --system {SYSTEM_USER}), start as an ordinary user,"
        " or set GROSCHEN_DATABASE_URL to a server of your own.",
    )
