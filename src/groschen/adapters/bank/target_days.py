"""Days on which banks book in euros: the TARGET calendar of the Eurosystem."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

FIXED: Final = frozenset({(1, 1), (5, 1), (12, 25), (12, 26)})
SATURDAY: Final = 5


def easter_sunday(year: int) -> date:
    """Return Easter Sunday of the Gregorian calendar, by the algorithm of Meeus and Butcher."""
    a, (b, c) = year % 19, divmod(year, 100)
    h = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    weekday = (32 + 2 * (b % 4) + 2 * (c // 4) - h - c % 4) % 7
    m = (a + 11 * h + 22 * weekday) // 451
    month, day = divmod(h + weekday - 7 * m + 114, 31)
    return date(year, month, day + 1)


def is_booking_day(day: date) -> bool:
    """Whether banks book on ``day``: not at weekends, New Year, Easter, 1 May and Christmas."""
    easter = easter_sunday(day.year)
    moving = {easter - timedelta(days=2), easter + timedelta(days=1)}
    return day.weekday() < SATURDAY and (day.month, day.day) not in FIXED and day not in moving


def next_booking_day(after: date) -> date:
    """Return the first booking day later than ``after``."""
    day = after + timedelta(days=1)
    while not is_booking_day(day):
        day += timedelta(days=1)
    return day
