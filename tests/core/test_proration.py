from __future__ import annotations

from datetime import datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groschen.core.errors import InvariantBroken
from groschen.core.period import Cadence, Period, window_at
from groschen.core.proration import part_of

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = st.sampled_from(["UTC", "Europe/Berlin", "America/Santiago", "America/St_Johns"])
FOREVER = Period(
    datetime.fromisoformat("1990-01-01T00:00Z"), datetime.fromisoformat("2090-01-01T00:00Z")
)


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


def month(day: str) -> Period:
    return window_at(Cadence.MONTH, BERLIN, None, local(day)).period


@pytest.mark.parametrize(
    ("window", "start", "end", "part"),
    [
        ("2026-02-01", "2026-02-15", "2026-03-01", Fraction(14, 28)),
        ("2026-01-01", "2026-01-15", "2026-02-01", Fraction(17, 31)),
        ("2026-03-01", "2026-03-01", "2026-04-01", Fraction(1)),
        ("2026-03-01", "2026-03-29", "2026-03-30", Fraction(1, 31)),
        ("2026-03-01", "2026-03-10T10:00", "2026-04-01", Fraction(22, 31)),
        ("2026-03-01", "2026-03-01", "2026-03-10T10:00", Fraction(9, 31)),
        ("2026-03-01", "2026-03-10T10:00", "2026-03-10T18:00", Fraction(0)),
        ("2026-03-01", "2026-03-10T10:00", "2026-03-11T00:00", Fraction(1, 31)),
        ("2026-03-01", "2026-02-10", "2026-03-02", Fraction(1, 31)),
        ("2026-03-01", "2026-02-01", "2026-03-01", Fraction(0)),
        ("2026-03-01", "2026-04-01", "2026-04-02", Fraction(0)),
        ("2024-02-01", "2024-02-29", "2024-05-01", Fraction(1, 29)),
    ],
)
def test_actual_days_count(window: str, start: str, end: str, part: Fraction) -> None:
    assert part_of(month(window), Period(local(start), local(end)), BERLIN) == part


def test_a_window_without_a_day_is_a_bug() -> None:
    hour = Period(local("2026-03-10T10:00"), local("2026-03-10T11:00"))
    with pytest.raises(InvariantBroken):
        part_of(hour, hour, BERLIN)


@given(
    zone=ZONES,
    cadence=st.sampled_from(Cadence),
    start=st.datetimes(local("2000-01-01").replace(tzinfo=None), timezones=st.just(BERLIN)).filter(
        lambda at: at.year < 2050
    ),
    cuts=st.lists(st.integers(1, 400 * 24 * 60), max_size=6),
)
def test_parts_of_what_tiles_a_window_add_up_to_one(
    zone: str, cadence: Cadence, start: datetime, cuts: list[int]
) -> None:
    place = ZoneInfo(zone)
    window = window_at(cadence, place, None, start).period
    instants = sorted({window.start + timedelta(minutes=cut) for cut in cuts})
    bounds = [FOREVER.start, *instants, FOREVER.end]
    periods = [Period(*pair) for pair in pairwise(bounds)]
    parts = [part_of(window, period, place) for period in periods]
    assert sum(parts) == 1
    assert all(0 <= part <= 1 for part in parts)
