"""The embedded PostgreSQL survives everything but the loss of its disk, as root and as a user."""

from __future__ import annotations

import json
import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

from groschen.kit.postgres import (
    DataFolderUnusable,
    EmbeddedServer,
    ServerUrls,
    WrongMajorVersion,
    binaries,
    folder,
)
from groschen.kit.postgres.locks import try_lock
from groschen.kit.postgres.postmaster import read_postmaster
from groschen.kit.postgres.runner import current_runner, environment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from groschen.kit.postgres.postmaster import Postmaster

AS_ROOT = os.geteuid() == 0
needs_root = pytest.mark.skipif(not AS_ROOT, reason="only root can drop to another user")
NOBODY = 65534


@pytest.fixture
def place() -> Iterator[Path]:
    """Return a new folder that any user can pass through; what still runs in it is killed."""
    path = Path(tempfile.mkdtemp(prefix="groschen-pg-"))
    path.chmod(0o755)
    yield path
    for pgdata in path.rglob("pgdata"):
        end_at_once(pgdata)
    shutil.rmtree(path)


def end_at_once(pgdata: Path) -> None:
    postmaster = read_postmaster(pgdata)
    if postmaster is not None and is_running(pgdata.parent.parent):
        postmaster.send(signal.SIGQUIT)
        wait_until_free(pgdata.parent / "server.lock")


def wait_until_free(lock: Path) -> None:
    """Wait until no process of the server lives."""
    until = time.monotonic() + 30
    while (descriptor := try_lock(lock)) is None:
        assert time.monotonic() < until, "the server still runs"
        time.sleep(0.02)
    os.close(descriptor)


def postmaster_of(data_dir: Path) -> Postmaster:
    found = read_postmaster(data_dir / "postgres" / "pgdata")
    assert found is not None
    return found


@contextmanager
def superuser(urls: ServerUrls) -> Iterator[psycopg.Connection]:
    with psycopg.connect(urls.superuser, autocommit=True) as conn:
        yield conn


def note(urls: ServerUrls, text: str) -> None:
    with superuser(urls) as conn:
        conn.execute("CREATE TABLE IF NOT EXISTS notes (text text)")
        conn.execute("INSERT INTO notes VALUES (%s)", [text])


def notes(urls: ServerUrls) -> list[str]:
    with superuser(urls) as conn:
        return [row[0] for row in conn.execute("SELECT text FROM notes ORDER BY text")]


def is_running(data_dir: Path) -> bool:
    descriptor = try_lock(data_dir / "postgres" / "server.lock")
    if descriptor is None:
        return True
    os.close(descriptor)
    return False


def test_it_is_durable_quiet_and_closed(place: Path) -> None:
    with EmbeddedServer(place) as urls, superuser(urls) as conn:
        shown = {
            name: conn.execute("SELECT current_setting(%s)", [name]).fetchone()
            for name in ("fsync", "synchronous_commit", "listen_addresses", "jit", "data_checksums")
        }
        provider = conn.execute(
            "SELECT datlocprovider, datlocale FROM pg_database WHERE datname = 'groschen'"
        ).fetchone()
    assert shown == {
        "fsync": ("on",),
        "synchronous_commit": ("on",),
        "listen_addresses": ("",),
        "jit": ("off",),
        "data_checksums": ("on",),
    }
    assert provider == ("b", "C.UTF-8")
    assert (place / "postgres" / "passwords.json").stat().st_mode & 0o777 == 0o600
    assert not is_running(place)


def test_roles_have_no_more_rights_than_they_need(place: Path) -> None:
    with EmbeddedServer(place) as urls:
        with superuser(urls) as conn:
            rights = conn.execute(
                "SELECT rolname, rolsuper, rolbypassrls, rolcreatedb, rolcreaterole FROM pg_roles"
                " WHERE rolname IN ('groschen_owner', 'groschen_app') ORDER BY rolname"
            ).fetchall()
        assert rights == [
            ("groschen_app", False, False, False, False),
            ("groschen_owner", False, False, False, False),
        ]
        with psycopg.connect(urls.owner) as conn:
            conn.execute("CREATE SCHEMA owned")
        with (
            psycopg.connect(urls.app) as conn,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            conn.execute("CREATE TABLE public.mine (id int)")
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(urls.app, password="guessed")


def test_a_port_opens_the_loopback_address(place: Path) -> None:
    with EmbeddedServer(place, port=54329) as urls:
        password = psycopg.conninfo.conninfo_to_dict(urls.app)["password"]
        where = {"host": "127.0.0.1", "port": 54329, "user": "groschen_app", "dbname": "groschen"}
        psycopg.connect(**where, password=password).close()
        with pytest.raises(psycopg.OperationalError, match="no password supplied"):
            psycopg.connect(**where)


def test_the_last_user_stops_it(place: Path) -> None:
    first, second = EmbeddedServer(place), EmbeddedServer(place)
    urls = first.start()
    pid = postmaster_of(place).pid
    assert second.start() == urls
    assert postmaster_of(place).pid == pid, "the second start adopts the running server"
    first.stop()
    note(urls, "still there")
    second.stop()
    assert not is_running(place)
    second.stop()


def test_it_stays_when_told_to(place: Path) -> None:
    with EmbeddedServer(place, stay=True) as urls:
        note(urls, "kept")
    assert notes(urls) == ["kept"]
    with EmbeddedServer(place):
        pass
    assert not is_running(place)


def test_a_killed_postmaster_loses_nothing_answered(place: Path) -> None:
    server = EmbeddedServer(place)
    urls = server.start()
    for number in range(4):
        note(urls, f"answered {number}")
        killed = postmaster_of(place)
        killed.send(signal.SIGKILL)
        if number % 2:
            while postmaster_of(place).pid == killed.pid:
                server.ensure_running()
        else:
            wait_until_free(place / "postgres" / "server.lock")
            with EmbeddedServer(place) as again:
                assert again == urls
    assert notes(urls) == [f"answered {number}" for number in range(4)]
    server.stop()


def start_and_hang(data_dir: Path, started: Path) -> None:
    urls = EmbeddedServer(data_dir).start()
    note(urls, "from the killed one")
    started.touch()
    signal.pause()


def test_a_killed_starter_leaves_a_server_that_the_next_one_adopts(place: Path) -> None:
    started = place / "started"
    starter = multiprocessing.get_context("fork").Process(
        target=start_and_hang, args=(place / "data", started)
    )
    starter.start()
    until = time.monotonic() + 30
    while not started.exists():
        assert time.monotonic() < until
        time.sleep(0.02)
    starter.kill()
    starter.join()
    pid = postmaster_of(place / "data").pid
    with EmbeddedServer(place / "data") as urls:
        assert postmaster_of(place / "data").pid == pid
        assert notes(urls) == ["from the killed one"]
    assert not is_running(place / "data")


def test_a_killed_first_start_begins_anew(place: Path) -> None:
    starter = multiprocessing.get_context("fork").Process(
        target=start_and_hang, args=(place / "data", place / "never")
    )
    starter.start()
    until = time.monotonic() + 30
    while not (place / "data" / "postgres" / "pgdata.new").exists():
        assert time.monotonic() < until
        time.sleep(0.001)
    starter.kill()
    starter.join()
    with EmbeddedServer(place / "data") as urls:
        note(urls, "second try")
        assert notes(urls)[-1] == "second try"


def test_a_pid_file_of_a_stranger_is_cleared(place: Path) -> None:
    with EmbeddedServer(place):
        pass
    stale = place / "postgres" / "pgdata" / "postmaster.pid"
    stale.write_text(f"{os.getpid()}\n{stale.parent}\n1\n5432\n/nowhere\n\n  1 1\nready\n")
    with EmbeddedServer(place) as urls:
        assert postmaster_of(place).pid != os.getpid()
        note(urls, "alive")


def test_a_postgres_that_somebody_else_started_is_left_alone(place: Path) -> None:
    with EmbeddedServer(place):
        pass
    opened = folder.open_folder(place)
    programs = binaries.usable_binaries(opened.runner)
    with subprocess.Popen(
        [programs.postgres, "-D", str(opened.pgdata)],
        env=environment(),
        stderr=subprocess.DEVNULL,
        **opened.runner.options,
    ) as foreign:
        while read_postmaster(opened.pgdata) is None:
            time.sleep(0.02)
        with pytest.raises(DataFolderUnusable, match=f"process {foreign.pid}"):
            EmbeddedServer(place).start()
        assert foreign.poll() is None
        foreign.send_signal(signal.SIGQUIT)


def test_starters_at_the_same_moment_share_one_server(place: Path) -> None:
    script = (
        "import sys; from pathlib import Path\n"
        "from groschen.kit.postgres import EmbeddedServer\n"
        "from groschen.kit.postgres.postmaster import read_postmaster\n"
        "data = Path(sys.argv[1])\n"
        "EmbeddedServer(data, stay=True).start()\n"
        "print(read_postmaster(data / 'postgres' / 'pgdata').pid)\n"
    )
    starters = [
        subprocess.Popen(
            [sys.executable, "-c", script, str(place)], stdout=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]
    pids = {starter.communicate(timeout=120)[0].strip() for starter in starters}
    assert len(pids) == 1
    assert pids != {""}


def test_another_major_version_is_refused(place: Path) -> None:
    with EmbeddedServer(place):
        pass
    (place / "postgres" / "pgdata" / "PG_VERSION").write_text("17\n")
    with pytest.raises(
        WrongMajorVersion, match="PostgreSQL 17; this Groschen brings 18"
    ) as refused:
        EmbeddedServer(place).start()
    assert "--data" in (refused.value.hint or "")


@pytest.mark.parametrize("damage", ["missing", "wrong"])
def test_lost_passwords_are_named(place: Path, damage: str) -> None:
    with EmbeddedServer(place):
        pass
    passwords = place / "postgres" / "passwords.json"
    if damage == "missing":
        passwords.unlink()
    else:
        passwords.write_text(json.dumps(dict.fromkeys(folder.ROLES, "guessed")))
    with pytest.raises(DataFolderUnusable, match=r"passwords(\.json| of the database)"):
        EmbeddedServer(place).start()


def test_a_broken_data_folder_is_told_with_the_end_of_the_log(place: Path) -> None:
    with EmbeddedServer(place):
        pass
    (place / "postgres" / "pgdata" / "postgresql.auto.conf").write_text("no_such_setting = 1\n")
    with pytest.raises(Exception, match=r"(?s)ended while it started.*no_such_setting"):
        EmbeddedServer(place).start()


def test_a_long_path_gets_its_socket_elsewhere(place: Path) -> None:
    deep = place / ("a" * 60) / ("b" * 60)
    with EmbeddedServer(deep) as urls:
        note(urls, "reached")
        socket_folder = postmaster_of(deep).socket_folder
        assert len(str(socket_folder)) < 80
    assert not socket_folder.exists(), "nothing is left behind"


def test_waiting_for_another_starter_is_told(place: Path) -> None:
    with EmbeddedServer(place):
        pass
    lines: list[str] = []
    descriptor = try_lock(place / "start.lock")
    assert descriptor is not None

    def tell(line: str) -> None:
        lines.append(line)
        os.close(descriptor)

    with EmbeddedServer(place, tell=tell):
        pass
    assert lines == ["Another process is starting or stopping PostgreSQL; waiting for it."]


@needs_root
def test_root_uses_an_unprivileged_user(place: Path) -> None:
    with EmbeddedServer(place):
        runner = current_runner(None)
        assert runner.uid not in {0, os.getuid()}
        assert Path(f"/proc/{postmaster_of(place).pid}").stat().st_uid == runner.uid


@needs_root
def test_root_keeps_the_owner_of_existing_data(place: Path) -> None:
    with EmbeddedServer(place):
        pass
    subprocess.run(["/bin/chown", "-R", str(NOBODY), str(place / "postgres")], check=True)
    with EmbeddedServer(place):
        assert Path(f"/proc/{postmaster_of(place).pid}").stat().st_uid == NOBODY


@needs_root
def test_data_that_the_user_cannot_reach_lies_elsewhere(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder, "SYSTEM_FOLDER", place / "system")
    (place / "system").mkdir(mode=0o755)
    closed = place / "closed"
    closed.mkdir(mode=0o700)
    with EmbeddedServer(closed / "data") as urls:
        note(urls, "reached")
    assert (closed / "data" / "postgres").is_symlink()
    with EmbeddedServer(closed / "data") as urls:
        assert notes(urls) == ["reached"]


@needs_root
def test_programs_that_the_user_cannot_reach_are_copied(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = place / "closed"
    closed.mkdir(mode=0o700)
    installed = binaries.wheel_folder().parent.parent
    for part in (installed, installed.with_name(f"{installed.name}.libs")):
        shutil.copytree(part, closed / part.name)
    hidden = closed / installed.name / "pginstall" / "bin"
    monkeypatch.setattr(binaries, "wheel_folder", lambda: hidden)
    monkeypatch.setattr(binaries, "SYSTEM_FOLDER", place / "system")
    (place / "system").mkdir(mode=0o755)
    with EmbeddedServer(place / "data") as urls:
        note(urls, "runs")
    copies = list((place / "system" / "binaries").iterdir())
    assert len(copies) == 1


def live_as_nobody(data_dir: Path, done: Path) -> None:
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)
    with EmbeddedServer(data_dir) as urls:
        note(urls, "as an ordinary user")
        assert Path(f"/proc/{postmaster_of(data_dir).pid}").stat().st_uid == NOBODY
        done.write_text(" ".join(notes(urls)))


@needs_root
def test_an_ordinary_user_needs_nothing_else(place: Path) -> None:
    home = place / "home"
    home.mkdir()
    os.chown(home, NOBODY, NOBODY)
    user = multiprocessing.get_context("fork").Process(
        target=live_as_nobody, args=(home / "data", home / "done")
    )
    user.start()
    user.join(60)
    assert user.exitcode == 0
    assert (home / "done").read_text() == "as an ordinary user"
    assert not is_running(home / "data")


def test_the_folder_of_a_user_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", "/somewhere/data")
    assert folder.default_data_dir() == Path("/somewhere/data/groschen")
    monkeypatch.delenv("XDG_DATA_HOME")
    assert folder.default_data_dir() == Path.home() / ".local" / "share" / "groschen"
