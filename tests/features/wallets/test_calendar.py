"""Emergency credit has no limit on weekends and public holidays, and what is told when."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from groschen.features.wallets import jobs
from groschen.features.wallets.service.protection import protected_days, regions

if TYPE_CHECKING:
    from support.household import Household

pytestmark = pytest.mark.anyio

EASTER_MONDAY = date(2027, 3, 29)


def kinds(events: list[tuple[str, dict[str, object]]]) -> list[str]:
    quiet = {"wallet.opened", "wallet.topped_up", "wallet.credit_granted"}
    return [name for name, _ in events if name not in quiet]


@pytest.mark.parametrize(
    ("region", "day", "protected"),
    [
        ("DE-BY", date(2027, 3, 5), False),  # a Friday
        ("DE-BY", date(2027, 3, 6), True),
        ("DE-BY", date(2027, 3, 7), True),
        ("DE-BY", date(2027, 3, 8), False),
        ("DE-BY", EASTER_MONDAY, True),
        ("DE-BY", date(2027, 1, 6), True),  # Epiphany, in Bavaria but not in Berlin
        ("DE-BE", date(2027, 1, 6), False),
        ("DE-BE", date(2027, 3, 8), True),  # Women's Day, in Berlin alone
        (None, date(2027, 3, 6), False),
    ],
)
def test_what_a_protected_day_is(region: str | None, day: date, *, protected: bool) -> None:
    assert (day in protected_days(region, [day])) is protected


def test_every_german_state_is_known() -> None:
    assert len([one for one in regions() if one.startswith("DE-")]) == 16


async def test_friday_evening_has_the_limit_and_the_weekend_none(home: Household) -> None:
    await home.top_up("10.00")
    await home.advance("2027-03-05T17:00:00Z")  # Friday 18:00 in Berlin
    friday = await home.use("17", "2027-03-05")
    assert (f"{friday.overdraft:f}", f"{friday.receivable:f}") == ("5", "2")
    await home.advance("2027-03-06T09:00:00Z")
    saturday = await home.use("4", "2027-03-06")
    assert (f"{saturday.overdraft:f}", f"{saturday.receivable:f}") == ("4", "0")
    await home.advance("2027-03-08T09:00:00Z")
    monday = await home.use("1", "2027-03-08")
    assert (f"{monday.overdraft:f}", f"{monday.receivable:f}") == ("0", "1")
    done = await home.top_up("20.00")
    assert done["emergency_repaid"]["amount"] == "9.00"
    assert (await home.wallet()).credit == 11


async def test_a_minute_before_midnight_belongs_to_the_day_before(home: Household) -> None:
    """23:59 on Friday in Berlin is 22:59 UTC; midnight is Saturday there, Friday in UTC."""
    await home.advance("2027-03-05T22:59:00Z")
    friday = await home.use("6", "2027-03-05")
    assert f"{friday.receivable:f}" == "1"
    assert kinds(await home.events()) == ["wallet.emergency_exhausted", "wallet.in_emergency"]
    await home.advance("2027-03-05T23:00:00Z")
    saturday = await home.use("6", "2027-03-06")
    assert f"{saturday.receivable:f}" == "0"


async def test_easter_with_the_switch_to_summer_time(home: Household) -> None:
    """The night to Easter Sunday has 23 hours; Monday is a public holiday, Tuesday is not."""
    await home.advance("2027-03-28T00:30:00Z")
    for day in ("2027-03-26", "2027-03-27", "2027-03-28", "2027-03-29"):
        funded = await home.use("3", day)
        assert f"{funded.overdraft:f}" == "3", day
    await home.advance("2027-03-29T21:59:00Z")  # Monday 23:59, summer time
    await jobs.refresh(home.app.state.runtime, home.api.tenant_id)
    assert "wallet.emergency_exhausted" not in kinds(await home.events())
    await home.advance("2027-03-29T22:00:00Z")  # Tuesday begins
    await jobs.refresh(home.app.state.runtime, home.api.tenant_id)
    assert kinds(await home.events()).count("wallet.emergency_exhausted") == 1
    await jobs.refresh(home.app.state.runtime, home.api.tenant_id)
    assert kinds(await home.events()).count("wallet.emergency_exhausted") == 1
    tuesday = await home.use("3", "2027-03-30")
    assert f"{tuesday.receivable:f}" == "3"
    assert kinds(await home.events()).count("wallet.emergency_exhausted") == 1


async def test_late_use_of_a_protected_day_is_protected(home: Household) -> None:
    await home.advance("2027-03-08T09:00:00Z")
    funded = await home.use("30", "2027-03-07")
    assert f"{funded.overdraft:f}" == "30"


async def test_each_line_is_told_once_per_crossing(home: Household) -> None:
    await home.top_up("10.00")
    for _ in range(4):
        await home.use("1.50")  # 8.50, 7.00, 5.50, 4.00
    found = [data for name, data in await home.events("wallet.low")]
    assert [one["threshold"] for one in found] == ["5"]
    assert [one["credit"] for one in found] == ["4"]
    await home.use("0.50")
    assert len(await home.events("wallet.low")) == 1
    await home.top_up("10.00")
    await home.use("12")  # 13.50 to 1.50: both lines at once
    thresholds = sorted(str(data["threshold"]) for _, data in await home.events("wallet.low"))
    assert thresholds == ["2", "5", "5"]
    await home.use("2")
    await home.use("4.50")
    await home.use("1")
    assert sorted(set(kinds(await home.events()))) == [
        "wallet.emergency_exhausted",
        "wallet.empty",
        "wallet.in_emergency",
        "wallet.low",
    ]
    for kind in ("wallet.emergency_exhausted", "wallet.empty", "wallet.in_emergency"):
        assert len(await home.events(kind)) == 1, kind


async def test_time_opens_and_expires_credit(home: Household) -> None:
    await home.grant("4.00", valid_from="2027-03-02T00:00:00Z", expires_at="2027-03-03T00:00:00Z")
    await home.grant("6.00", expires_at="2027-03-03T00:00:00Z")
    assert (await home.wallet()).credit == 6
    await home.advance("2027-03-02T00:00:00Z")
    await jobs.refresh(home.app.state.runtime, home.api.tenant_id)
    assert (await home.wallet()).credit == 10
    await home.advance("2027-03-03T00:00:00Z")
    await jobs.refresh(home.app.state.runtime, home.api.tenant_id)
    assert (await home.wallet()).credit == 0
    assert set(kinds(await home.events())) == {"wallet.empty", "wallet.low"}
    funded = await home.use("2")
    assert f"{funded.overdraft:f}" == "2"


async def test_credit_expires_in_the_charge_that_comes_too_late(home: Household) -> None:
    await home.grant("6.00", expires_at="2027-03-03T00:00:00Z")
    await home.advance("2027-03-03T00:00:00Z")
    funded = await home.use("2", "2027-03-02")
    assert (funded.wallet, f"{funded.overdraft:f}") == (Decimal(0), "2")
