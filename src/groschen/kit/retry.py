"""Which failed jobs run again, and when: one table by kind of error."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import psycopg
from procrastinate import BaseRetryStrategy, RetryDecision
from procrastinate.exceptions import ConnectorException

from groschen.core.errors import GroschenError, Kind
from groschen.kit import clock

if TYPE_CHECKING:
    from procrastinate.jobs import Job


@dataclass(frozen=True, slots=True)
class Patience:
    """Waits ``first_seconds``, then twice as long each time up to ``longest_seconds``."""

    first_seconds: int
    longest_seconds: int
    tries: int

    def wait_seconds(self, attempts: int) -> int | None:
        """Seconds until the next try after ``attempts`` failed ones; None: give up."""
        if attempts + 1 >= self.tries:
            return None
        return int(min(self.first_seconds * 2 ** min(attempts, 30), self.longest_seconds))


# A refusal of any other kind will be the same next time: the job fails and is looked at.
BY_KIND: Final = {
    Kind.BUSY: Patience(first_seconds=1, longest_seconds=60, tries=30),
    Kind.UNAVAILABLE: Patience(first_seconds=2, longest_seconds=900, tries=100),
}
DATABASE: Final = Patience(first_seconds=1, longest_seconds=60, tries=200)
BUG: Final = Patience(first_seconds=5, longest_seconds=3600, tries=10)


def patience_with(error: BaseException) -> Patience | None:
    """Return how the table treats ``error``; None: never again."""
    if isinstance(error, GroschenError):
        return BY_KIND.get(error.kind)
    if isinstance(error, psycopg.OperationalError | ConnectorException):
        return DATABASE
    return BUG if isinstance(error, Exception) else None


class RetryByKind(BaseRetryStrategy):
    """Asks the table."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        """Return when to run ``job`` again, or None when it has finally failed."""
        patience = patience_with(exception)
        seconds = None if patience is None else patience.wait_seconds(job.attempts)
        if seconds is None:
            return None
        return RetryDecision(retry_at=clock.real_now() + timedelta(seconds=seconds))
