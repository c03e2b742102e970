"""Supply what the settings leave out: the embedded PostgreSQL, its schema, the secret key."""

from __future__ import annotations

import base64
import os
import secrets
from contextlib import contextmanager
from typing import TYPE_CHECKING, ClassVar, Final

from pydantic import SecretStr

from groschen.core.errors import GroschenError, Kind
from groschen.kit.migrate import migrate
from groschen.kit.postgres import EmbeddedServer
from groschen.kit.postgres.folder import write_private

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from groschen.kit.config import Settings

KEY_FILE: Final = "secret.key"
SECRET_BYTES: Final = 32


class SettingMissing(GroschenError):
    """A setting is needed that cannot be made up."""

    code: ClassVar[str] = "setting_missing"
    kind: ClassVar[Kind] = Kind.INVALID


def no_check() -> None:
    """Do nothing: a database of somebody else's is not ours to watch."""


class Provision:
    """Complete settings, and ``check`` that brings back an embedded server that was killed."""

    def __init__(self, settings: Settings, check: Callable[[], None] = no_check) -> None:
        self.settings = settings
        self.check = check


@contextmanager
def provisioned(settings: Settings, tell: Callable[[str], None]) -> Iterator[Provision]:
    """Start or adopt the embedded PostgreSQL unless a database is set, and migrate it.

    A database of one's own is used as it is; ``groschen migrate`` brings it up to date. Raises
    ``SettingMissing`` when such a database comes without a secret key.
    """
    if not settings.uses_embedded_database:
        _require(settings.secret_key, "GROSCHEN_SECRET_KEY")
        yield Provision(settings)
        return
    server = EmbeddedServer(
        settings.data_dir, port=settings.database_port, stay=settings.keep_database, tell=tell
    )
    urls = server.start()
    try:
        migrate(urls.owner)
        complete = settings.model_copy(
            update={
                "data_dir": server.data_dir,
                "database_url": SecretStr(urls.app),
                "owner_database_url": SecretStr(urls.owner),
                "secret_key": settings.secret_key or kept_secret(server.data_dir),
            }
        )
        yield Provision(complete, server.ensure_running)
    finally:
        server.stop()


def owner_url(settings: Settings) -> str:
    """Return the URL that may change the schema; raises ``SettingMissing``."""
    return _require(settings.owner_database_url, "GROSCHEN_OWNER_DATABASE_URL").get_secret_value()


def kept_secret(data_dir: Path) -> SecretStr:
    """Return the data folder's secret key, made on first use. It belongs in the backup."""
    path = data_dir / KEY_FILE
    if not path.exists():
        write_private(path, base64.urlsafe_b64encode(secrets.token_bytes(SECRET_BYTES)))
    return SecretStr(path.read_text().strip())


def environment_of(settings: Settings) -> dict[str, str]:
    """Return the environment of a child process with these settings, without the owner's URL."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("GROSCHEN_")}
    values = settings.model_dump(exclude={"owner_database_url"}, exclude_none=True)
    given = {
        f"GROSCHEN_{name.upper()}": value.get_secret_value()
        if isinstance(value, SecretStr)
        else str(value)
        for name, value in values.items()
    }
    return inherited | given


def _require(value: SecretStr | None, name: str) -> SecretStr:
    if value is None:
        raise SettingMissing(
            f"{name} is not set",
            field=name,
            hint="A database of your own needs GROSCHEN_DATABASE_URL (serving role),"
            " GROSCHEN_OWNER_DATABASE_URL (migrations) and GROSCHEN_SECRET_KEY (32 random bytes,"
            " base64url).",
        )
    return value
