"""Settings: environment variables with the prefix ``GROSCHEN_``, everything else by default."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar, Final, Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from groschen.core.errors import GroschenError, Kind

PREFIX: Final = "GROSCHEN_"


class SettingInvalid(GroschenError):
    """A setting has a value that cannot be."""

    code: ClassVar[str] = "setting_invalid"
    kind: ClassVar[Kind] = Kind.INVALID


class Settings(BaseSettings):
    """How this process runs. Without ``database_url`` the embedded PostgreSQL is used."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore")

    database_url: SecretStr | None = Field(
        default=None, description="Where the serving role (no owner, no BYPASSRLS) connects."
    )
    owner_database_url: SecretStr | None = Field(
        default=None, description="Where the owner of the schema connects: migrations only."
    )
    data_dir: Path | None = Field(
        default=None, description="Folder of the embedded PostgreSQL and the generated secrets."
    )
    database_port: int | None = Field(
        default=None, ge=1, le=65535, description="Loopback port of the embedded PostgreSQL."
    )
    keep_database: bool = Field(
        default=False, description="Leave the embedded PostgreSQL running at the end."
    )
    secret_key: SecretStr | None = Field(
        default=None, description="Base64url of 32 bytes that sign sessions and cursors."
    )
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    public_url: str | None = Field(default=None, description="How people reach this server.")
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["json", "text"] = "json"
    pool_size: int = Field(default=10, ge=1, le=200, description="Connections per process.")
    database_wait_seconds: int = Field(
        default=10, ge=0, description="How long a call waits for a database that restarts."
    )
    statement_timeout_seconds: int = Field(default=30, ge=1)
    lock_timeout_seconds: int = Field(default=5, ge=1)
    serve_processes: int = Field(default=1, ge=1, le=64)
    worker_processes: int = Field(default=1, ge=1, le=64)
    worker_concurrency: int = Field(default=4, ge=1, le=64, description="Jobs at once, a process.")
    private_webhook_targets: bool = Field(
        default=False,
        description="Let webhooks go to loopback and private networks, also unencrypted.",
    )
    worker_metrics_port: int | None = Field(default=None, ge=1, le=65535)

    @property
    def uses_embedded_database(self) -> bool:
        """Whether the launcher in ``kit.postgres`` has to supply the database."""
        return self.database_url is None


def load_settings(**given: Any) -> Settings:
    """Return the settings of the environment, overridden by what is ``given`` and not None.

    Raises ``SettingInvalid`` that names the first setting whose value cannot be.
    """
    chosen = {name: value for name, value in given.items() if value is not None}
    try:
        return Settings(**chosen)
    except ValidationError as refused:
        first = refused.errors(include_url=False, include_input=False)[0]
        name = PREFIX + str(first["loc"][0]).upper()
        raise SettingInvalid(
            f"{name}: {first['msg']}",
            field=name,
            hint="Correct it on the command line or in the environment.",
        ) from refused
