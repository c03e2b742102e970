"""The only reader of the system clock.

Business time is an argument (``Scope.now``); real time is for received_at, job times, key
expiry and time-outs. No other module may ask the operating system what time it is.
"""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime

NANOSECONDS_PER_SECOND = 1_000_000_000
NANOSECONDS_PER_MILLISECOND = 1_000_000


def real_now() -> datetime:
    """Return the real instant in UTC, with microseconds."""
    return datetime.now(UTC)


def unix_milliseconds() -> int:
    """Return the whole milliseconds since 1970-01-01T00:00Z; may step back with the system."""
    return time.time_ns() // NANOSECONDS_PER_MILLISECOND


def monotonic_ns() -> int:
    """Return nanoseconds of a clock that never steps back; only differences mean something."""
    return time.monotonic_ns()


def pause(seconds: float) -> None:
    """Block this thread. Never call it on the event loop."""
    time.sleep(seconds)


async def sleep(seconds: float) -> None:
    """Suspend this task."""
    await asyncio.sleep(seconds)


class Deadline:
    """A moment in real, monotonic time, ``seconds`` after its making."""

    __slots__ = ("_ends_ns", "_started_ns")

    def __init__(self, seconds: int) -> None:
        self._started_ns = monotonic_ns()
        self._ends_ns = self._started_ns + seconds * NANOSECONDS_PER_SECOND

    @property
    def passed(self) -> bool:
        """Whether the moment is over."""
        return monotonic_ns() >= self._ends_ns

    @property
    def elapsed_seconds(self) -> int:
        """Whole seconds since the making."""
        return (monotonic_ns() - self._started_ns) // NANOSECONDS_PER_SECOND
