"""The oracle's own prices of usage and its own calendar: exact fractions, day by day."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from fractions import Fraction
from math import ceil

from oracle.exact import TWELFTH, to_unit

ZERO = Fraction(0)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Step:
    """A tier: its inclusive end, None without; the price of a unit; the fee for entering it."""

    end: Fraction | None
    price: Fraction
    fee: Fraction


def graduated(steps: Sequence[Step], units: Fraction, *, fee_at_zero: bool) -> Fraction:
    """Unit by unit up the stairs; each step is rounded at the twelfth decimal."""
    if units <= 0:
        return steps[0].fee if fee_at_zero else ZERO
    charged, begin = ZERO, ZERO
    for step in steps:
        if units > begin:
            inside = units - begin if step.end is None else min(units, step.end) - begin
            charged += to_unit(inside * step.price, TWELFTH) + step.fee
        begin = begin if step.end is None else step.end
    return charged


def volume(steps: Sequence[Step], units: Fraction, *, fee_at_zero: bool) -> Fraction:
    """All units on the step that the last one stands on."""
    if units <= 0:
        return steps[0].fee if fee_at_zero else ZERO
    [step, *_] = [each for each in steps if each.end is None or units <= each.end]
    return to_unit(units * step.price, TWELFTH) + step.fee


def package(size: Fraction, price: Fraction, free: Fraction, units: Fraction) -> Fraction:
    """Started packages above the free units."""
    return max(ceil((units - free) / size), 0) * price


def first_free(
    number: int, price: Fraction, events: Sequence[tuple[datetime, str, str, Fraction]]
) -> Fraction:
    """The events sorted by time, source and id; the first ``number`` cost nothing."""
    paid = sorted(events)[number:]
    return to_unit(sum((units for *_, units in paid), start=ZERO) * price, TWELFTH)


def begins(cadence: str, anchor: date | None, day: date) -> bool:
    """Whether a window begins on ``day``: what a person with a calendar would say."""
    if cadence == "day":
        return True
    if cadence == "week":
        return day.weekday() == (0 if anchor is None else anchor.weekday())
    first = anchor or date(2000, 1, 1)
    last_of_month = monthrange(day.year, day.month)[1]
    months = {"month": 1, "quarter": 3, "year": 12}[cadence]
    apart = (day.year - first.year) * 12 + day.month - first.month
    return apart % months == 0 and day.day == min(first.day, last_of_month)


def window_around(cadence: str, anchor: date | None, day: date) -> tuple[date, date]:
    """The first day of the window that holds ``day``, and of the next."""
    first, following = day, day + DAY
    while not begins(cadence, anchor, first):
        first -= DAY
    while not begins(cadence, anchor, following):
        following += DAY
    return first, following


def part(first: date, following: date, used: tuple[datetime, datetime], zone: tzinfo) -> Fraction:
    """Of the days of a window those whose last moment lies in ``used``."""
    days = [first + number * DAY for number in range((following - first).days)]
    ends = [datetime.combine(day + DAY, datetime.min.time(), tzinfo=zone) for day in days]
    start, end = (instant.timestamp() for instant in used)
    return Fraction(sum(start < each.timestamp() <= end for each in ends), len(days))
