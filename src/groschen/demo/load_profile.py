"""How a household uses electricity: the BDEW profile H25 by quarter hours (``data/README.md``).

The profile knows three sorts of day in each month: workday (WT), Saturday (SA), Sunday and public
holiday (FT). Readings are whole watt hours, so a day's readings add up to it exactly.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from groschen.core.money import split_exact
from groschen.core.period import start_of_day

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from zoneinfo import ZoneInfo

QUARTER: Final = timedelta(minutes=15)
WATT_HOURS: Final = 1_000
HEAD_ROWS: Final = 2
DAY_SORTS: Final = 3
SATURDAY: Final = 5
SUNDAY: Final = 6


@dataclass(frozen=True, slots=True)
class Reading:
    """What a meter reports at ``at`` (UTC): the kilowatt hours of the quarter hour that ended."""

    at: datetime
    kilowatt_hours: Decimal


def day_readings(
    day: date, zone: ZoneInfo, used: Decimal, holidays: Collection[date]
) -> tuple[Reading, ...]:
    """The readings of a day on which ``used`` kWh (at most three decimals) are used.

    92 or 100 readings on the days when the clock changes, else 96.
    """
    start, end = start_of_day(day, zone), start_of_day(day + timedelta(days=1), zone)
    ends = [start + QUARTER * (n + 1) for n in range((end - start) // QUARTER)]
    shape = _profile()[day.month, _sort_of(day, holidays)]
    weights = [shape[_quarter_of_day(at - QUARTER, zone)] for at in ends]
    parts = _whole_parts(int(used * WATT_HOURS), weights)
    return tuple(
        Reading(at, Decimal(part) / WATT_HOURS) for at, part in zip(ends, parts, strict=True)
    )


def _quarter_of_day(at: datetime, zone: ZoneInfo) -> int:
    local = at.astimezone(zone)
    return (local.hour * 60 + local.minute) // 15


def _sort_of(day: date, holidays: Collection[date]) -> str:
    if day.weekday() == SUNDAY or day in holidays:
        return "FT"
    return "SA" if day.weekday() == SATURDAY else "WT"


def _whole_parts(total: int, weights: Sequence[Decimal]) -> list[int]:
    """Divide ``total`` watt hours by weights into whole ones by largest remainder."""
    exact = split_exact(Decimal(total), weights)
    parts = [int(part) for part in exact]
    by_remainder = sorted(range(len(exact)), key=lambda n: (int(exact[n]) - exact[n], n))
    for index in by_remainder[: total - sum(parts)]:
        parts[index] += 1
    return parts


@cache
def _profile() -> dict[tuple[int, str], tuple[Decimal, ...]]:
    """The 96 quarter hours of each month and sort of day."""
    text = files("groschen.demo").joinpath("data/bdew_h25.csv").read_text(encoding="utf-8")
    rows = list(csv.reader(text.splitlines()))
    sorts = rows[1][1:]
    return {
        (column // DAY_SORTS + 1, sort): tuple(Decimal(row[column + 1]) for row in rows[HEAD_ROWS:])
        for column, sort in enumerate(sorts)
    }
