from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groschen.core.period import Period, PeriodInvalid, calendar_month, month_of, start_of_day

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = st.sampled_from(["Europe/Berlin", "America/Santiago", "Pacific/Apia", "Asia/Kathmandu"])


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_the_start_belongs_to_a_period_and_the_end_does_not() -> None:
    period = Period(at("2026-01-01T00:00Z"), at("2026-02-01T00:00Z"))
    assert period.contains(at("2026-01-01T00:00Z"))
    assert period.contains(at("2026-01-31T23:59:59.999999Z"))
    assert not period.contains(at("2026-02-01T00:00Z"))
    assert not period.contains(at("2025-12-31T23:59:59Z"))


def test_periods_that_only_touch_do_not_overlap() -> None:
    first = Period(at("2026-01-01T00:00Z"), at("2026-02-01T00:00Z"))
    second = Period(at("2026-02-01T00:00Z"), at("2026-03-01T00:00Z"))
    across = Period(at("2026-01-31T00:00Z"), at("2026-02-02T00:00Z"))
    assert not first.overlaps(second)
    assert not second.overlaps(first)
    assert first.overlaps(across)
    assert across.overlaps(second)


def test_instants_are_kept_in_utc() -> None:
    east = timezone(timedelta(hours=5))
    period = Period(datetime(2026, 1, 1, 5, tzinfo=east), datetime(2026, 1, 2, 5, tzinfo=east))
    assert period.start == at("2026-01-01T00:00Z")
    assert period.start.tzinfo is UTC
    assert period.end.tzinfo is UTC


@pytest.mark.parametrize(
    ("start", "end", "field"),
    [
        ("2026-01-01T00:00Z", "2026-01-01T00:00Z", "end"),
        ("2026-01-02T00:00Z", "2026-01-01T00:00Z", "end"),
        ("2026-01-01T00:00", "2026-01-02T00:00Z", "start"),
        ("2026-01-01T00:00Z", "2026-01-02T00:00", "end"),
    ],
)
def test_a_period_without_length_or_zone_is_refused(start: str, end: str, field: str) -> None:
    with pytest.raises(PeriodInvalid) as refusal:
        Period(at(start), at(end))
    assert refusal.value.field == field


def test_a_month_runs_from_local_midnight_to_local_midnight() -> None:
    march = calendar_month(date(2026, 3, 17), BERLIN)
    assert march == Period(at("2026-02-28T23:00Z"), at("2026-03-31T22:00Z"))
    december = calendar_month(date(2026, 12, 31), BERLIN)
    assert december == Period(at("2026-11-30T23:00Z"), at("2026-12-31T23:00Z"))


def test_a_day_whose_midnight_is_skipped_starts_when_the_clock_jumps() -> None:
    santiago = ZoneInfo("America/Santiago")
    assert start_of_day(date(2024, 9, 8), santiago) == at("2024-09-08T04:00Z")


@given(
    st.datetimes(at("2000-01-01"), at("2037-01-01"), timezones=st.just(UTC)),
    ZONES,
)
def test_months_tile_time(instant: datetime, zone: str) -> None:
    month = month_of(instant, ZoneInfo(zone))
    assert month.contains(instant)
    assert month_of(month.end, ZoneInfo(zone)).start == month.end
    assert month_of(month.start, ZoneInfo(zone)) == month
