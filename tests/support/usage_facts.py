"""Usage events for tests of the rules."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from groschen.core.meters import UsageFact

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def used(number: int = 0, *, minute: int = 0, source: str = "meter", **data: object) -> UsageFact:
    """One event with the properties ``data``, some minutes after noon."""
    at = NOON + timedelta(minutes=minute)
    return UsageFact(source, f"{number:06}", "used", "subject-1", at, data)
