"""Spans of time, always half-open: the start belongs to the period, the end does not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from functools import lru_cache

from groschen.core.errors import GroschenError, Kind

_MONTHS = 12


class PeriodInvalid(GroschenError):
    """A period has no length, runs backwards or lacks a time zone."""

    code = "period_invalid"
    kind = Kind.INVALID


class WindowEmpty(GroschenError):
    """A day that the zone's clock skipped, so no instant belongs to its window."""

    code = "window_empty"
    kind = Kind.INVALID


class Cadence(StrEnum):
    """How long a window is."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


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


@dataclass(frozen=True, slots=True)
class Window:
    """One of the windows that tile time. ``ordinal`` names it for ever and may be negative."""

    ordinal: int
    period: Period


def day_of(at: datetime, zone: tzinfo) -> date:
    """The day of ``zone`` that has started last at the instant ``at``.

    It differs from the wall clock's only where a clock is put back across midnight.
    """
    day = at.astimezone(zone).date()
    return day + _ONE_DAY if at >= start_of_day(day + _ONE_DAY, zone) else day


def window_at(cadence: Cadence, zone: tzinfo, anchor_on: date | None, at: datetime) -> Window:
    """The window that holds the instant ``at``.

    Without ``anchor_on`` windows are those of the calendar (weeks start on Monday) and ordinal
    0 holds 2000-01-01. With it they start on the anchor's day and ordinal 0 starts there; a
    day that a month lacks is its last day, always counted from the original anchor.
    """
    ordinal = _ordinal(cadence, _anchor(cadence, anchor_on), day_of(at, zone))
    return window_number(cadence, zone, anchor_on, ordinal)


@lru_cache(maxsize=8192)
def window_number(cadence: Cadence, zone: tzinfo, anchor_on: date | None, ordinal: int) -> Window:
    """The window with this ordinal, as ``window_at`` counts them.

    Raises ``WindowEmpty`` for a day that the zone skipped; the window after another one is
    found by ``window_at`` of its end.
    """
    anchor = _anchor(cadence, anchor_on)
    start = start_of_day(_first_day(cadence, anchor, ordinal), zone)
    end = start_of_day(_first_day(cadence, anchor, ordinal + 1), zone)
    if start == end:
        raise WindowEmpty(
            f"the zone skipped the day of window {ordinal}",
            field="ordinal",
            hint="ask for the window at an instant",
        )
    return Window(ordinal, Period(start, end))


_ONE_DAY = timedelta(days=1)
_DAYS = {Cadence.DAY: 1, Cadence.WEEK: 7}
_MONTHS_OF = {Cadence.MONTH: 1, Cadence.QUARTER: 3, Cadence.YEAR: _MONTHS}
_CALENDAR_START = date(2000, 1, 1)
_CALENDAR_MONDAY = date(1999, 12, 27)


def _anchor(cadence: Cadence, anchor_on: date | None) -> date:
    if anchor_on is not None:
        return anchor_on
    return _CALENDAR_MONDAY if cadence is Cadence.WEEK else _CALENDAR_START


def _ordinal(cadence: Cadence, anchor: date, day: date) -> int:
    if cadence in _DAYS:
        return (day - anchor).days // _DAYS[cadence]
    months = (day.year - anchor.year) * _MONTHS + day.month - anchor.month
    ordinal = months // _MONTHS_OF[cadence]
    return ordinal - 1 if day < _first_day(cadence, anchor, ordinal) else ordinal


def _first_day(cadence: Cadence, anchor: date, ordinal: int) -> date:
    if cadence in _DAYS:
        return anchor + ordinal * _DAYS[cadence] * _ONE_DAY
    months = anchor.year * _MONTHS + anchor.month - 1 + ordinal * _MONTHS_OF[cadence]
    first = date(months // _MONTHS, months % _MONTHS + 1, 1)
    last = first_of_next_month(first) - _ONE_DAY
    return first.replace(day=min(anchor.day, last.day))
