"""Figures that move: read at most so often that reading them costs little of the time.

Whoever looks shares one reading. A figure that took long to read is kept longer, so that at most
about a twentieth of the time goes into it, however many people look and however much there is.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, Final, Generic, TypeVar

from groschen.kit.clock import NANOSECONDS_PER_SECOND, monotonic_ns, sleep

Figures = TypeVar("Figures")

LEAST_KEPT_NS: Final = NANOSECONDS_PER_SECOND
SHARE_OF_TIME: Final = 20
MOST_KEPT: Final = 1_000
LOOK_SECONDS: Final = 2


@dataclass(slots=True)
class _Kept(Generic[Figures]):
    """One reading, until when it is good, and the lock that lets one at a time read anew."""

    value: Figures | None = None
    good_until_ns: int = 0
    reading: asyncio.Lock = field(default_factory=asyncio.Lock)


class FigureBoard:
    """The latest readings of one process, by what they are of."""

    def __init__(self) -> None:
        self._kept: dict[Hashable, _Kept[Any]] = {}

    async def read(self, of: Hashable, reader: Callable[[], Awaitable[Figures]]) -> Figures:
        """The figures ``of`` something: kept ones while they are good, else what ``reader`` says.

        While somebody reads anew, others are given what was kept before.
        """
        kept: _Kept[Figures] = self._kept.setdefault(of, _Kept())
        if kept.value is not None and (kept.good_until_ns > monotonic_ns() or _is_read(kept)):
            return kept.value
        async with kept.reading:
            if kept.value is None or kept.good_until_ns <= monotonic_ns():
                started_ns = monotonic_ns()
                kept.value = await reader()
                ended_ns = monotonic_ns()
                spent_ns = ended_ns - started_ns
                kept.good_until_ns = ended_ns + max(LEAST_KEPT_NS, SHARE_OF_TIME * spent_ns)
                self._forget()
            return kept.value

    def _forget(self) -> None:
        """Drop what is kept longest without being read anew."""
        while len(self._kept) > MOST_KEPT:
            oldest = min(self._kept, key=lambda of: self._kept[of].good_until_ns)
            del self._kept[oldest]


def _is_read(kept: _Kept[Any]) -> bool:
    return kept.reading.locked()


async def changes(
    reader: Callable[[], Awaitable[Figures]], still_allowed: Callable[[], Awaitable[bool]]
) -> AsyncIterator[Figures]:
    """Figures as they change, looked at every few seconds, while the reader may still see them."""
    shown: Figures | None = None
    while await still_allowed():
        figures = await reader()
        if figures != shown:
            shown = figures
            yield figures
        await sleep(LOOK_SECONDS)
