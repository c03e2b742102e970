"""A small process tree: starts children, restarts one that died, ends all of them together."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from groschen.kit import clock
from groschen.kit.logs import logger

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from types import FrameType

PARENT_PIPE: Final = "GROSCHEN_PARENT_PIPE"
LOOK_SECONDS: Final = 0.1
GRACE_SECONDS: Final = 30
STEADY_SECONDS: Final = 10
QUICK_DEATHS: Final = 5

log = logger(__name__)


@dataclass(slots=True)
class Child:
    """One process to keep alive. ``pass_fds`` are descriptors it inherits."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    pass_fds: Sequence[int] = ()
    quick_deaths: int = 0
    _process: subprocess.Popen[bytes] | None = None
    _started: clock.Deadline = field(default_factory=lambda: clock.Deadline(STEADY_SECONDS))

    @property
    def pid(self) -> int | None:
        """The process's number while it runs."""
        return None if self._process is None or self.is_over else self._process.pid

    @property
    def is_over(self) -> bool:
        """Whether it ended (or never began)."""
        return self._process is None or self._process.poll() is not None

    def start(self, parent_pipe: int) -> None:
        """Start or restart it. Early deaths are counted, a steady run forgets them."""
        if self._process is not None:
            self.quick_deaths = 0 if self._started.passed else self.quick_deaths + 1
            log.warning("process_died", process=self.name, status=self._process.returncode)
        self._started = clock.Deadline(STEADY_SECONDS)
        self._process = subprocess.Popen(
            self.command,
            env={**self.environment, PARENT_PIPE: str(parent_pipe)},
            pass_fds=(parent_pipe, *self.pass_fds),
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )

    def send(self, number: signal.Signals) -> None:
        """Send a signal unless it is over."""
        if self._process is not None and not self.is_over:
            self._process.send_signal(number)

    def wait(self, deadline: clock.Deadline) -> bool:
        """Wait for its end; False when the deadline passed first."""
        while not self.is_over:
            if deadline.passed:
                return False
            clock.pause(LOOK_SECONDS)
        return True


def this_program(*arguments: str) -> list[str]:
    """Return the command that runs ``groschen`` with ``arguments`` under this Python."""
    return [sys.executable, "-m", "groschen", *arguments]


def run_tree(children: Sequence[Child], check: Callable[[], None]) -> int:
    """Keep the children alive until SIGINT or SIGTERM; return the exit status.

    ``check`` is called ten times a second, for instance to bring back a killed database. A
    child that dies five times within ten seconds of its start ends the tree with status 1.
    When this process itself is killed, the children notice the closed pipe and end.
    """
    stop = threading.Event()

    def ask_to_stop(number: int, _frame: FrameType | None) -> None:
        log.info("stopping", signal=number)
        stop.set()

    before = {each: signal.signal(each, ask_to_stop) for each in (signal.SIGINT, signal.SIGTERM)}
    reading, writing = os.pipe()
    try:
        return _keep_alive(children, check, stop, reading)
    finally:
        _end(children)
        os.close(reading)
        os.close(writing)
        for number, handler in before.items():
            signal.signal(number, handler)


def _keep_alive(
    children: Sequence[Child], check: Callable[[], None], stop: threading.Event, pipe: int
) -> int:
    while not stop.is_set():
        check()
        for child in children:
            if child.is_over:
                child.start(pipe)
            if child.quick_deaths >= QUICK_DEATHS:
                log.error("process_dies_again_and_again", process=child.name)
                return 1
        stop.wait(LOOK_SECONDS)
    return 0


def _end(children: Sequence[Child]) -> None:
    """End all children in order; kill those that take longer than the grace."""
    for child in children:
        child.send(signal.SIGTERM)
    deadline = clock.Deadline(GRACE_SECONDS)
    for child in children:
        if not child.wait(deadline):
            log.error("process_killed", process=child.name)
            child.send(signal.SIGKILL)
            child.wait(clock.Deadline(GRACE_SECONDS))


def follow_parent() -> None:
    """In a child: end in order (SIGTERM to ourselves) when the parent is gone, however it went."""
    given = os.environ.get(PARENT_PIPE)
    if given is None:
        return
    threading.Thread(target=_await_parents_end, args=(int(given),), daemon=True).start()


def _await_parents_end(pipe: int) -> None:
    os.read(pipe, 1)
    os.kill(os.getpid(), signal.SIGTERM)
