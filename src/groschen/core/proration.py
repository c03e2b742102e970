"""Proration by actual days: which part of a window something lasted."""

from __future__ import annotations

from datetime import tzinfo
from fractions import Fraction

from groschen.core.errors import invariant
from groschen.core.period import Period, day_of


def part_of(window: Period, used: Period, zone: tzinfo) -> Fraction:
    """The days of ``zone`` in ``used`` divided by those in ``window``, from 0 to 1.

    Both are half-open; what lies outside the window does not count. A day belongs to the
    period that holds its end, so the day of a change belongs to what is new, and the parts of
    periods that tile the window add up to 1.
    """
    days = _days(window, zone)
    invariant(days > 0, "a window has at least one day")
    start, end = max(window.start, used.start), min(window.end, used.end)
    if start >= end:
        return Fraction(0)
    return Fraction(_days(Period(start, end), zone), days)


def _days(period: Period, zone: tzinfo) -> int:
    return (day_of(period.end, zone) - day_of(period.start, zone)).days
