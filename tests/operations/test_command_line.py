"""The command line finds its commands and refuses in one clear line."""

from __future__ import annotations

import socket
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from groschen.kit.postgres import ServerUrls


def groschen(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    import os

    return subprocess.run(
        [sys.executable, "-m", "groschen", *arguments],
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "NO_COLOR": "1", **environment},
    )


def test_help_lists_every_command_with_its_purpose() -> None:
    done = groschen("--help")
    assert done.returncode == 0
    for name, purpose in (
        ("all", "Serve and work on one machine"),
        ("migrate", "Bring the database's schema"),
        ("serve", "Serve the API"),
        ("worker", "Run the jobs"),
    ):
        assert any(name in line and purpose in line for line in done.stdout.splitlines())


def test_an_unknown_command_is_refused() -> None:
    done = groschen("nonsense")
    assert done.returncode != 0
    assert "nonsense" in done.stdout + done.stderr


def test_figures_that_cannot_be_written_are_refused_before_the_work(tmp_path: Path) -> None:
    done = groschen("demo", "eticket", "--no-serve", "--json", str(tmp_path / "nowhere" / "f.json"))
    assert done.returncode == 1
    assert "cannot be written" in done.stderr
    assert "Traceback" not in done.stderr


def test_migrate_tells_the_revision_and_may_be_repeated(database_urls: ServerUrls) -> None:
    for _ in range(2):
        done = groschen("migrate", GROSCHEN_OWNER_DATABASE_URL=database_urls.owner)
        assert done.returncode == 0, done.stderr
        assert done.stdout.startswith("The schema is at revision 0")


def test_a_database_of_ones_own_needs_a_secret_key(database_urls: ServerUrls) -> None:
    done = groschen("all", GROSCHEN_DATABASE_URL=database_urls.app)
    assert done.returncode == 1
    assert "GROSCHEN_SECRET_KEY is not set" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_port_in_use_is_named(database_urls: ServerUrls) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = groschen(
            "all",
            "--port",
            port,
            GROSCHEN_DATABASE_URL=database_urls.app,
            GROSCHEN_SECRET_KEY="dGVzdC10ZXN0LXRlc3QtdGVzdC10ZXN0LXRlc3QtISE",
        )
    assert done.returncode == 1
    assert f"127.0.0.1:{port} cannot be used" in done.stderr
    assert "--port" in done.stderr


def test_a_setting_that_cannot_be_is_named() -> None:
    for done in (groschen("all", "--port", "99999"), groschen("all", GROSCHEN_PORT="99999")):
        assert done.returncode == 1
        assert "GROSCHEN_PORT: Input should be less than or equal to 65535" in done.stderr
        assert "Traceback" not in done.stderr


def test_a_data_folder_of_another_version_is_refused(run_folder: Path) -> None:
    data_dir = run_folder / "another-version"
    marker = data_dir / "postgres" / "pgdata" / "PG_VERSION"
    marker.parent.mkdir(parents=True)
    marker.write_text("17\n")
    done = groschen("serve", "--data", str(data_dir))
    assert done.returncode == 1
    assert "made by PostgreSQL 17" in done.stderr
    assert "--data" in done.stderr
    assert "Traceback" not in done.stderr
