from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groschen.core.period import (
    Cadence,
    Period,
    Window,
    WindowEmpty,
    day_of,
    window_at,
    window_number,
)

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = (
    "UTC", "Europe/Berlin", "America/New_York", "America/Santiago", "America/St_Johns",
    "Africa/Casablanca", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Apia",
)  # fmt: skip
ANCHORS = tuple(date(2000, 1, day) for day in range(1, 32))
FIRST, LAST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2050, 1, 1, tzinfo=UTC)
TICK = timedelta(microseconds=1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def days_of(window: Window, zone: ZoneInfo = BERLIN) -> tuple[date, date]:
    """First and last day of a window."""
    return day_of(window.period.start, zone), day_of(window.period.end - TICK, zone)


def anchors_of(cadence: Cadence, zone: str) -> tuple[date | None, ...]:
    """All of them; where windows are days an anchor only moves the count, so few elsewhere."""
    few = cadence is Cadence.DAY and zone != "Europe/Berlin"
    return (None, *(ANCHORS[::15] if few else ANCHORS))


@pytest.mark.parametrize("cadence", Cadence)
@pytest.mark.parametrize("zone", ZONES)
def test_windows_tile_fifty_years(cadence: Cadence, zone: str) -> None:
    place = ZoneInfo(zone)
    skipped = 0
    for anchor in anchors_of(cadence, zone):
        window = window_at(cadence, place, anchor, FIRST)
        while window.period.start < LAST:
            following = window_at(cadence, place, anchor, window.period.end)
            assert following.period.start == window.period.end
            skipped += following.ordinal - window.ordinal - 1
            assert window_at(cadence, place, anchor, window.period.end - TICK) is window
            window = following
    days_lost = len(anchors_of(cadence, zone)) if zone == "Pacific/Apia" else 0
    assert skipped == (days_lost if cadence is Cadence.DAY else 0)


@given(
    cadence=st.sampled_from(Cadence),
    zone=st.sampled_from(ZONES),
    anchor=st.none() | st.dates(date(1999, 1, 1), date(2049, 12, 31)),
    instant=st.datetimes(at("2000-01-01"), at("2049-12-31"), timezones=st.just(UTC)),
)
def test_each_instant_belongs_to_the_window_of_its_ordinal(
    cadence: Cadence, zone: str, anchor: date | None, instant: datetime
) -> None:
    window = window_at(cadence, ZoneInfo(zone), anchor, instant)
    assert window.period.contains(instant)
    assert window_number(cadence, ZoneInfo(zone), anchor, window.ordinal) == window


@pytest.mark.parametrize(
    ("cadence", "instant", "ordinal", "first", "last"),
    [
        ("day", "2000-01-01T12:00Z", 0, "2000-01-01", "2000-01-01"),
        ("day", "1999-12-31T22:59Z", -1, "1999-12-31", "1999-12-31"),
        ("week", "2000-01-01T12:00Z", 0, "1999-12-27", "2000-01-02"),
        ("week", "2000-01-03T12:00Z", 1, "2000-01-03", "2000-01-09"),
        ("month", "2000-01-01T12:00Z", 0, "2000-01-01", "2000-01-31"),
        ("month", "2026-03-31T22:30Z", 315, "2026-04-01", "2026-04-30"),
        ("quarter", "2026-03-31T12:00Z", 104, "2026-01-01", "2026-03-31"),
        ("year", "2026-12-31T12:00Z", 26, "2026-01-01", "2026-12-31"),
        ("year", "1999-06-01T12:00Z", -1, "1999-01-01", "1999-12-31"),
    ],
)
def test_calendar_windows_count_from_2000(
    cadence: str, instant: str, ordinal: int, first: str, last: str
) -> None:
    window = window_at(Cadence(cadence), BERLIN, None, at(instant))
    assert window.ordinal == ordinal
    assert days_of(window) == (date.fromisoformat(first), date.fromisoformat(last))


@pytest.mark.parametrize(
    ("cadence", "anchor", "starts"),
    [
        ("month", "2023-01-31", "2023-01-31 2023-02-28 2023-03-31 2023-04-30 2023-05-31"),
        ("month", "2024-01-30", "2024-01-30 2024-02-29 2024-03-30"),
        ("month", "2024-01-29", "2024-01-29 2024-02-29 2024-03-29"),
        ("quarter", "2025-11-30", "2025-11-30 2026-02-28 2026-05-30 2026-08-30"),
        ("quarter", "2023-08-31", "2023-08-31 2023-11-30 2024-02-29 2024-05-31"),
        ("year", "2024-02-29", "2024-02-29 2025-02-28 2026-02-28 2027-02-28 2028-02-29"),
        ("week", "2026-03-25", "2026-03-25 2026-04-01 2026-04-08"),
        ("day", "2026-03-28", "2026-03-28 2026-03-29 2026-03-30"),
    ],
)
def test_an_anchor_is_clamped_from_its_original_day(cadence: str, anchor: str, starts: str) -> None:
    for ordinal, start in enumerate(starts.split()):
        window = window_number(Cadence(cadence), BERLIN, date.fromisoformat(anchor), ordinal)
        assert day_of(window.period.start, BERLIN) == date.fromisoformat(start)


def test_what_lies_before_the_anchor_has_a_negative_ordinal() -> None:
    window = window_at(Cadence.MONTH, BERLIN, date(2026, 1, 31), at("2025-12-30T12:00Z"))
    assert (window.ordinal, days_of(window)) == (-2, (date(2025, 11, 30), date(2025, 12, 30)))


def test_a_month_with_a_change_of_the_clock_is_as_long_as_it_is() -> None:
    march = window_at(Cadence.MONTH, BERLIN, None, at("2026-03-15T00:00Z"))
    assert march.period == Period(at("2026-02-28T23:00Z"), at("2026-03-31T22:00Z"))
    day = window_at(Cadence.DAY, BERLIN, None, at("2026-03-29T12:00Z")).period
    assert day.end - day.start == timedelta(hours=23)


def test_a_day_the_zone_skipped_has_no_window() -> None:
    apia = ZoneInfo("Pacific/Apia")
    before = window_at(Cadence.DAY, apia, None, at("2011-12-30T09:59:59Z"))
    after = window_at(Cadence.DAY, apia, None, before.period.end)
    assert after.ordinal == before.ordinal + 2
    with pytest.raises(WindowEmpty) as refusal:
        window_number(Cadence.DAY, apia, None, before.ordinal + 1)
    assert refusal.value.field == "ordinal"


def test_a_clock_put_back_across_midnight_does_not_bring_yesterday_back() -> None:
    st_johns = ZoneInfo("America/St_Johns")
    midnight = at("2010-11-07T02:30Z")
    assert day_of(midnight - TICK, st_johns) == date(2010, 11, 6)
    again = midnight + timedelta(minutes=30)
    assert again.astimezone(st_johns).date() == date(2010, 11, 6)
    assert day_of(again, st_johns) == date(2010, 11, 7)
    assert window_at(Cadence.DAY, st_johns, None, again).period.contains(again)
