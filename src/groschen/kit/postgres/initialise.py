"""Make a new data directory: scram passwords, checksums, UTF-8 with the built-in C.UTF-8 rules."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Final

from groschen.kit.postgres.configuration import INCLUDE_LINE
from groschen.kit.postgres.errors import PostgresFailed
from groschen.kit.postgres.folder import write_private

if TYPE_CHECKING:
    from groschen.kit.postgres.binaries import Binaries
    from groschen.kit.postgres.folder import PostgresFolder

OPTIONS: Final = (
    "--username=postgres",
    "--auth=scram-sha-256",
    "--encoding=UTF8",
    "--locale-provider=builtin",
    "--locale=C.UTF-8",
    "--lc-collate=C",
    "--lc-ctype=C",
    "--data-checksums",
    "--no-instructions",
)


def initialise(folder: PostgresFolder, binaries: Binaries, password: str) -> None:
    """Make ``pgdata``, whole or not at all: it is built beside its place and then renamed."""
    unfinished = folder.root / "pgdata.new"
    if unfinished.exists():
        shutil.rmtree(unfinished)
    unfinished.mkdir(mode=0o700)
    folder.runner.own(unfinished)
    password_file = folder.root / "superuser.password"
    write_private(password_file, password.encode())
    folder.runner.own(password_file)
    try:
        done = folder.runner.run(
            [
                binaries.initdb,
                f"--pgdata={unfinished}",
                f"--pwfile={password_file}",
                *OPTIONS,
            ]
        )
    finally:
        password_file.unlink()
    if done.returncode != 0:
        raise PostgresFailed(
            f"the data folder {folder.pgdata} could not be made:\n{done.stderr.strip()}",
            hint="Look for a full disk or missing rights in the text above.",
        )
    with (unfinished / "postgresql.conf").open("a") as settings:
        settings.write(INCLUDE_LINE)
    unfinished.rename(folder.pgdata)
