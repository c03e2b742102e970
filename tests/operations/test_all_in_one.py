"""``groschen all`` is one machine's whole installation: kill any part of it, it goes on serving."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

from groschen.kit.postgres.locks import try_lock
from groschen.kit.postgres.postmaster import read_postmaster

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PATIENCE_SECONDS = 120


@pytest.fixture
def data_dir() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="groschen-all-"))
    folder.chmod(0o711)
    yield folder
    postmaster = read_postmaster(folder / "postgres" / "pgdata")
    if postmaster is not None and database_runs(folder):
        postmaster.send(signal.SIGQUIT)
        wait_for(lambda: not database_runs(folder))
    shutil.rmtree(folder)


@contextmanager
def everything(data_dir: Path) -> Iterator[psutil.Process]:
    """Run ``groschen all`` and kill what is left of it at the end."""
    with (data_dir / "log").open("ab") as log:
        started = subprocess.Popen(
            [sys.executable, "-m", "groschen", "all", "--port", "0", "--data", str(data_dir)],
            stderr=log,
        )
    tree = psutil.Process(started.pid)
    try:
        yield tree
    finally:
        with suppress(psutil.NoSuchProcess):
            for process in [*tree.children(recursive=True), tree]:
                process.kill()
        started.wait()


def address(data_dir: Path) -> str:
    """Return where it serves, from the newest line that tells it."""
    lines = (data_dir / "log").read_text().splitlines()
    told = [line for line in lines if line.startswith("Groschen serves on ")]
    return told[-1].removeprefix("Groschen serves on ") if told else ""


def is_ready(data_dir: Path) -> bool:
    where = address(data_dir)
    if not where:
        return False
    try:
        with urllib.request.urlopen(f"{where}/readyz", timeout=30) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


def database_runs(data_dir: Path) -> bool:
    descriptor = try_lock(data_dir / "postgres" / "server.lock")
    if descriptor is not None:
        os.close(descriptor)
    return descriptor is None


def wait_for(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < until, f"it did not happen within {PATIENCE_SECONDS} s"
        time.sleep(0.05)


def part(tree: psutil.Process, name: str) -> psutil.Process | None:
    """Return the child process that runs ``groschen <name>``."""
    with suppress(psutil.NoSuchProcess):
        for child in tree.children():
            with suppress(psutil.NoSuchProcess):
                if child.cmdline()[-1:] == [name]:
                    return child
    return None


def is_replaced(tree: psutil.Process, killed: psutil.Process, name: str) -> bool:
    now = part(tree, name)
    return now is not None and now.pid != killed.pid


def test_it_survives_the_death_of_each_part_and_ends_in_order(data_dir: Path) -> None:
    with everything(data_dir) as tree:
        wait_for(lambda: is_ready(data_dir))
        for name in ("serve", "worker"):
            wait_for(lambda name=name: part(tree, name) is not None)
            killed = part(tree, name)
            assert killed is not None
            killed.kill()
            wait_for(lambda killed=killed, name=name: is_replaced(tree, killed, name))
            assert is_ready(data_dir), "callers wait for the new process instead of failing"
        postmaster = read_postmaster(data_dir / "postgres" / "pgdata")
        assert postmaster is not None
        postmaster.send(signal.SIGKILL)
        wait_for(lambda: is_ready(data_dir))
        tree.send_signal(signal.SIGTERM)
        assert tree.wait(PATIENCE_SECONDS) == 0
        assert not database_runs(data_dir)


def test_after_its_own_death_the_next_start_takes_over(data_dir: Path) -> None:
    with everything(data_dir) as tree:
        wait_for(lambda: is_ready(data_dir))
        children = tree.children()
        tree.kill()
        gone, left = psutil.wait_procs(
            [child for child in children if "postgres" not in child.name()],
            timeout=PATIENCE_SECONDS,
        )
        assert gone
        assert not left, "children end with their parent"
    assert database_runs(data_dir)
    (data_dir / "log").write_text("")
    with everything(data_dir) as tree:
        wait_for(lambda: is_ready(data_dir))
        tree.send_signal(signal.SIGINT)
        assert tree.wait(PATIENCE_SECONDS) == 0
    assert not database_runs(data_dir)
