"""Bring the database's schema to this release."""

from __future__ import annotations

import sys
from pathlib import Path

from groschen.kit.config import load_settings
from groschen.kit.migrate import migrate
from groschen.kit.postgres.server import tell_on_stderr
from groschen.kit.provision import owner_url, provisioned


def command(*, data: Path | None = None) -> None:
    """Upgrade the schema as the owner (GROSCHEN_OWNER_DATABASE_URL). Safe to repeat.

    Parameters
    ----------
    data
        Folder of the embedded PostgreSQL, when GROSCHEN_DATABASE_URL is not set.
    """
    settings = load_settings(data_dir=data)
    if settings.owner_database_url is not None:
        done = migrate(owner_url(settings))
    else:
        with provisioned(settings, tell_on_stderr) as provision:
            done = migrate(owner_url(provision.settings))
    sys.stdout.write(f"The schema is at revision {done.after} (it was {done.before or 'empty'}).\n")
