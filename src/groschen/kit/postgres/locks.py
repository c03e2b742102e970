"""Locks on files (flock): they vanish with the last process that holds them, even by kill -9."""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from groschen.kit import clock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

POLL_SECONDS: Final = 0.05
TELL_AFTER_SECONDS: Final = 2


def try_lock(path: Path, *, shared: bool = False) -> int | None:
    """Lock the file and return its open descriptor, or None when somebody else holds it.

    The lock lasts until every copy of the descriptor, inherited ones included, is closed.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


@contextmanager
def serialised(path: Path, tell: Callable[[str], None]) -> Iterator[None]:
    """Hold the file's lock alone; wait for whoever has it and say so after two seconds."""
    deadline = clock.Deadline(TELL_AFTER_SECONDS)
    told = False
    while (descriptor := try_lock(path)) is None:
        if deadline.passed and not told:
            tell("Another process is starting or stopping PostgreSQL; waiting for it.")
            told = True
        clock.pause(POLL_SECONDS)
    try:
        yield
    finally:
        os.close(descriptor)
