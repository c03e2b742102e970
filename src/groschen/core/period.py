"""Spans of time, always half-open: the start belongs to the period, the end does not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, tzinfo

from groschen.core.errors import GroschenError, Kind

_MONTHS = 12


class PeriodInvalid(GroschenError):
    """A period has no length, runs backwards or lacks a time zone."""

    code = "period_invalid"
    kind = Kind.INVALID


@dataclass(frozen=True, slots=True)
class Period:
    """The instants from ``start`` up to, but not including, ``end``; both in UTC."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        for name, instant in (("start", self.start), ("end", self.end)):
            if instant.tzinfo is None:
                raise PeriodInvalid(
                    f"{name} has no time zone", field=name, hint="give an instant with its offset"
                )
        if self.start >= self.end:
            raise PeriodInvalid(
                "the end is not after the start", field="end", hint="give an end after the start"
            )
        object.__setattr__(self, "start", self.start.astimezone(UTC))
        object.__setattr__(self, "end", self.end.astimezone(UTC))

    def contains(self, at: datetime) -> bool:
        """Whether the instant ``at`` belongs to this period."""
        return self.start <= at < self.end

    def overlaps(self, other: Period) -> bool:
        """Whether some instant belongs to both; periods that only touch do not overlap."""
        return self.start < other.end and other.start < self.end


def start_of_day(day: date, zone: tzinfo) -> datetime:
    """The first instant of ``day`` in ``zone``, in UTC.

    Where the clock skips midnight, the day starts when the clock jumps.
    """
    return datetime.combine(day, time.min, tzinfo=zone).astimezone(UTC)


def first_of_month(day: date) -> date:
    """The first day of the month that holds ``day``."""
    return day.replace(day=1)


def first_of_next_month(day: date) -> date:
    """The first day of the month after the one that holds ``day``."""
    if day.month == _MONTHS:
        return date(day.year + 1, 1, 1)
    return date(day.year, day.month + 1, 1)


def calendar_month(day: date, zone: tzinfo) -> Period:
    """The month that holds ``day``, from midnight to midnight in ``zone``."""
    return Period(
        start_of_day(first_of_month(day), zone), start_of_day(first_of_next_month(day), zone)
    )


def month_of(at: datetime, zone: tzinfo) -> Period:
    """The calendar month of ``zone`` that contains the instant ``at``."""
    return calendar_month(at.astimezone(zone).date(), zone)
