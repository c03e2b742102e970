"""Waiting for what a job does after a command was answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from groschen.core.errors import GroschenError, Kind
from groschen.kit import clock

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from groschen.demo.api import Json

LOOK_SECONDS: Final = 0.1
MOST_SECONDS: Final = 900


class NothingHappened(GroschenError):
    """A job did not do in time what was asked for."""

    code: ClassVar[str] = "nothing_happened"
    kind: ClassVar[Kind] = Kind.UNAVAILABLE


async def wait_until(
    what: str,
    look: Callable[[], Awaitable[Json]],
    holds: Callable[[Json], bool],
    seconds: int = MOST_SECONDS,
) -> Json:
    """Look again and again until ``holds``; return what was seen then.

    Raises ``NothingHappened`` after so many ``seconds``, a quarter of an hour if left out.
    """
    deadline = clock.Deadline(seconds)
    while True:
        seen = await look()
        if holds(seen):
            return seen
        if deadline.passed:
            raise NothingHappened(
                f"after {seconds} seconds it still does not hold that {what}",
                hint="Look into the log of server and worker.",
            )
        await clock.sleep(LOOK_SECONDS)
