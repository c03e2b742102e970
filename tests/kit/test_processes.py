"""The process tree keeps its children alive, ends with them, and they end with it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LIVING = """
import os, sys, signal
from pathlib import Path
from groschen.kit.processes import follow_parent
follow_parent()
Path(sys.argv[1], str(os.getpid())).touch()
signal.pause()
"""
DYING = "raise SystemExit(3)"
TREE = """
import os, sys
from pathlib import Path
from groschen.kit.processes import Child, run_tree
child, folder, count = sys.argv[1:]
children = [
    Child(f"child-{number}", [sys.executable, "-c", child, folder], dict(os.environ))
    for number in range(int(count))
]
raise SystemExit(run_tree(children, lambda: Path(folder, "checked").touch()))
"""


@contextmanager
def tree(child: str, folder: Path, count: int) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(
        [sys.executable, "-c", TREE, child, str(folder), str(count)], stderr=subprocess.DEVNULL
    ) as parent:
        yield parent
        parent.kill()


def children_in(folder: Path) -> set[int]:
    """Return the living children that have ever told their number."""
    return {int(path.name) for path in folder.glob("[0-9]*") if is_alive(int(path.name))}


def is_alive(pid: int) -> bool:
    status = Path(f"/proc/{pid}/stat")
    try:
        return status.read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def wait_for(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < until, "it did not happen within 30 s"
        time.sleep(0.02)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_all_in_order(tmp_path: Path, number: signal.Signals) -> None:
    with tree(LIVING, tmp_path, 2) as parent:
        wait_for(lambda: len(children_in(tmp_path)) == 2)
        parent.send_signal(number)
        assert parent.wait(30) == 0
        assert children_in(tmp_path) == set()
        assert (tmp_path / "checked").exists()


def test_a_killed_child_is_started_again(tmp_path: Path) -> None:
    with tree(LIVING, tmp_path, 2) as parent:
        wait_for(lambda: len(children_in(tmp_path)) == 2)
        victim, survivor = sorted(children_in(tmp_path))
        os.kill(victim, signal.SIGKILL)
        wait_for(lambda: len(children_in(tmp_path) - {victim}) == 2)
        assert survivor in children_in(tmp_path)
        assert parent.poll() is None


def test_children_end_with_a_killed_parent(tmp_path: Path) -> None:
    with tree(LIVING, tmp_path, 2) as parent:
        wait_for(lambda: len(children_in(tmp_path)) == 2)
        parent.kill()
        wait_for(lambda: children_in(tmp_path) == set())


def test_a_child_that_cannot_live_ends_the_tree(tmp_path: Path) -> None:
    with tree(DYING, tmp_path, 1) as parent:
        assert parent.wait(30) == 1
