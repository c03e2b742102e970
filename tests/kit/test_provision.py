"""What the settings leave out is supplied; what cannot be made up is asked for."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pydantic import SecretStr, ValidationError

from groschen.kit.config import Settings
from groschen.kit.provision import (
    SettingMissing,
    environment_of,
    kept_secret,
    owner_url,
    provisioned,
)

if TYPE_CHECKING:
    from groschen.kit.postgres import ServerUrls

SECRET = "dGVzdC10ZXN0LXRlc3QtdGVzdC10ZXN0LXRlc3QtISE"


def test_the_secret_key_is_made_once_and_private(tmp_path: Path) -> None:
    first = kept_secret(tmp_path)
    assert len(base64.urlsafe_b64decode(first.get_secret_value())) == 32
    assert kept_secret(tmp_path) == first
    assert (tmp_path / "secret.key").stat().st_mode & 0o777 == 0o600


def test_a_database_of_ones_own_is_used_as_it_is(database_urls: ServerUrls) -> None:
    settings = Settings(database_url=SecretStr(database_urls.app), secret_key=SecretStr(SECRET))
    with provisioned(settings, print) as provision:
        assert provision.settings == settings
        provision.check()


def test_what_cannot_be_made_up_is_named(database_urls: ServerUrls) -> None:
    settings = Settings(database_url=SecretStr(database_urls.app))
    with (
        pytest.raises(SettingMissing, match="GROSCHEN_SECRET_KEY") as refused,
        provisioned(settings, print),
    ):
        pass
    assert "32 random bytes" in (refused.value.hint or "")
    with pytest.raises(SettingMissing, match="GROSCHEN_OWNER_DATABASE_URL"):
        owner_url(settings)


def test_children_get_the_settings_but_not_the_owners_url(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GROSCHEN_OWNER_DATABASE_URL", "postgresql://owner@/x")
    settings = Settings(
        database_url=SecretStr("postgresql://app@/x"), data_dir=Path("/somewhere"), pool_size=3
    )
    handed = environment_of(settings)
    assert "GROSCHEN_OWNER_DATABASE_URL" not in handed
    for name, value in handed.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("GROSCHEN_OWNER_DATABASE_URL")
    assert Settings() == settings.model_copy(update={"owner_database_url": None})


def test_settings_hide_their_secrets_and_refuse_nonsense(monkeypatch: pytest.MonkeyPatch) -> None:
    assert SECRET not in repr(Settings(secret_key=SecretStr(SECRET)))
    monkeypatch.setenv("GROSCHEN_PORT", "99999")
    with pytest.raises(ValidationError, match="port"):
        Settings()
