"""The load profile is the package's own, and a day's readings add up to the day."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from importlib.resources import files
from zoneinfo import ZoneInfo

import pytest

from groschen.demo.load_profile import day_readings

BERLIN = ZoneInfo("Europe/Berlin")


def test_the_profile_is_that_of_the_package() -> None:
    ours = files("groschen.demo").joinpath("data/bdew_h25.csv").read_bytes()
    assert ours == files("demandlib.bdew").joinpath("bdew_data/h25.csv").read_bytes()


@pytest.mark.parametrize(
    ("day", "readings"),
    [(date(2027, 3, 27), 96), (date(2027, 3, 28), 92), (date(2027, 10, 31), 100)],
)
@pytest.mark.parametrize("used", ["7.35", "0", "11.001"])
def test_the_readings_of_a_day_add_up_to_it(day: date, readings: int, used: str) -> None:
    found = day_readings(day, BERLIN, Decimal(used), ())
    assert len(found) == readings
    assert sum(one.kilowatt_hours for one in found) == Decimal(used)
    assert all(one.at.astimezone(BERLIN).date() == day for one in found[:-1])


def test_a_holiday_is_used_like_a_sunday() -> None:
    friday, sunday = date(2027, 3, 26), date(2027, 3, 21)
    on_holiday = day_readings(friday, BERLIN, Decimal(10), {friday})
    on_sunday = day_readings(sunday, BERLIN, Decimal(10), ())
    assert [one.kilowatt_hours for one in on_holiday] == [one.kilowatt_hours for one in on_sunday]
    workday = day_readings(friday, BERLIN, Decimal(10), ())
    assert [one.kilowatt_hours for one in workday] != [one.kilowatt_hours for one in on_holiday]
