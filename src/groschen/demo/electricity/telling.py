"""The electricity showcase from beginning to end: a month of prepaid households."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

import holidays

from groschen.demo.api import make_client
from groschen.demo.electricity.closing import close_supplier, close_utility
from groschen.demo.electricity.expected import Expected, Standing
from groschen.demo.electricity.numbers import FLAT, REFERENCE, make_plot
from groschen.demo.electricity.supplier import READING, found_supplier
from groschen.demo.electricity.utility import (
    INSTANT_TRANSFER,
    Utility,
    connect,
    found_utility,
    meter_of,
)
from groschen.demo.installation import platform_access
from groschen.demo.load_profile import QUARTER, day_readings
from groschen.demo.metering import Sent, cloud_event, send
from groschen.demo.selling import advance_clock
from groschen.demo.waiting import wait_until
from groschen.demo.world import PROVIDER
from groschen.kit import clock
from groschen.kit.db import Database

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from groschen.demo.api import Api, Json
    from groschen.demo.electricity.closing import Closed, Wholesale
    from groschen.demo.electricity.numbers import ElectricityNumbers, Household, Plot
    from groschen.demo.electricity.supplier import Supplier
    from groschen.demo.installation import Installation
    from groschen.demo.load_profile import Reading
    from groschen.demo.progress import Bar, Phases

ZONE: Final = ZoneInfo("Europe/Berlin")
TOWN: Final = ("hafenstadt", "Stadtwerke Hafenstadt")
VILLAGE: Final = ("lindenau", "Dorfwerk Lindenau")
NIGHT: Final = time(23, 50)
MORNING: Final = time(6)
CHARGED_SECONDS: Final = 60
LOOK_SECONDS: Final = 0.05


@dataclass(slots=True)
class Metered:
    """One utility while its month is metered: its wallets after each day."""

    utility: Utility
    expected: Expected
    planned: int = 0
    sent: Sent = field(default_factory=Sent)
    standings: list[dict[str, Standing]] = field(default_factory=list[dict[str, Standing]])


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen at one utility: readings, wallets after each day, its books at the end."""

    utility: Utility
    expected: Expected
    planned: int
    sent: Sent
    standings: list[dict[str, Standing]]
    closed: Closed


@dataclass(frozen=True, slots=True)
class Told:
    """Everything that was seen while the story was told.

    ``steps`` is the credit of the reference household after each reading of its first day.
    """

    plot: Plot
    supplier: Supplier
    wholesale: Wholesale
    town: Seen
    village: Seen
    steps: tuple[tuple[Fraction, Fraction], ...]

    @property
    def all(self) -> tuple[Seen, Seen]:
        """Both utilities."""
        return self.town, self.village


async def tell_electricity(
    installation: Installation, numbers: ElectricityNumbers, phases: Phases
) -> Told:
    """Tell the story over the public API of a running installation."""
    plot = make_plot(numbers)
    async with (
        Database(installation.settings) as database,
        make_client(installation.base_url) as client,
    ):
        households = len(plot.town) + len(plot.village)
        with phases.phase("founding", "Founding a supplier and two utilities", households):
            platform = await platform_access(database)
            supplier = await found_supplier(client, platform)
            town = await found_utility(client, platform, supplier, TOWN, plot.town)
            village = await found_utility(client, platform, supplier, VILLAGE, plot.village)
        utilities = _metered(town, plot), _metered(village, plot)
        return await _Story(plot, supplier, *utilities, phases).tell()


def _metered(utility: Utility, plot: Plot) -> Metered:
    return Metered(utility, Expected(utility.households, plot.days, public_holidays()))


def public_holidays() -> frozenset[date]:
    """The public holidays of the story's federal state."""
    return frozenset(holidays.country_holidays("DE", subdiv="BY", years=2027))


class _Story:
    """The story while it is told."""

    def __init__(
        self, plot: Plot, supplier: Supplier, town: Metered, village: Metered, phases: Phases
    ) -> None:
        self.plot = plot
        self.supplier = supplier
        self.town = town
        self.village = village
        self.phases = phases
        self.holidays = public_holidays()
        self.steps: tuple[tuple[Fraction, Fraction], ...] = ()

    async def tell(self) -> Told:
        """Tell it day by day."""
        with self.phases.phase("connecting", "Credit is paid, meters are connected"):
            for seen in (self.town, self.village):
                await _top_up(seen.utility, 0)
                await connect(seen.utility)
        count = sum(len(one.used) for one in (*self.plot.town, *self.plot.village)) * 96
        with self.phases.phase("metering", "Quarter hours are metered", count) as bar:
            for index, day in enumerate(self.plot.days):
                morning = datetime.combine(day + timedelta(days=1), MORNING, ZONE)
                await advance_clock(self.supplier.api, morning.isoformat())
                await asyncio.gather(
                    self._day(self.town, index, day, bar), self._day(self.village, index, day, bar)
                )
        with self.phases.phase("closing", "Books are closed, the supplier is settled"):
            first_open = self.plot.days[-1] + timedelta(days=1)
            utilities = self.town.utility, self.village.utility
            wholesale = await close_supplier(self.supplier, utilities, first_open)
            town = await close_utility(self.town.utility, first_open, pays=True)
            village = await close_utility(self.village.utility, first_open, pays=False)
        return Told(
            self.plot,
            self.supplier,
            wholesale,
            _seen(self.town, town),
            _seen(self.village, village),
            self.steps,
        )

    async def _day(self, seen: Metered, index: int, day: date, bar: Bar) -> None:
        """Meter a day; on the next morning see what is left, and pay."""
        api = seen.utility.founded.api
        await advance_clock(api, datetime.combine(day, NIGHT, ZONE).isoformat())
        await self._meter(seen, index, day, bar)
        if index == 0 and seen is self.town:
            midnight = datetime.combine(day + timedelta(days=1), time(), ZONE).isoformat()
            await api.post(f"/v1/subscriptions/ext:{FLAT}/cancel", {"at": midnight})
        morning = datetime.combine(day + timedelta(days=1), MORNING, ZONE)
        await advance_clock(api, morning.isoformat())
        seen.standings.append(await _charged(seen, index))
        await _top_up(seen.utility, index + 1)

    async def _meter(self, seen: Metered, index: int, day: date, bar: Bar) -> None:
        events: list[str] = []
        for one in seen.utility.households:
            if index >= len(one.used):
                continue
            readings = day_readings(day, ZONE, one.used[index], self.holidays)
            seen.planned += len(readings)
            if one.name == REFERENCE and index == 0:
                await self._one_by_one(seen, one, readings, bar)
            else:
                events += _events(one, readings)
        seen.sent += await send(seen.utility.founded.api, events, bar)

    async def _one_by_one(
        self, seen: Metered, household: Household, readings: Sequence[Reading], bar: Bar
    ) -> None:
        """Send the readings singly, and look at the wallet after each."""
        api, steps = seen.utility.founded.api, list[tuple[Fraction, Fraction]]()
        for reading, event in zip(readings, _events(household, readings), strict=True):
            seen.sent += await send(api, [event], bar)
            wallet = await api.get(f"/v1/wallets/ext:{household.name}")
            steps.append((Fraction(reading.kilowatt_hours), Fraction(wallet["credit"]["amount"])))
        self.steps = tuple(steps)


def _seen(one: Metered, closed: Closed) -> Seen:
    return Seen(one.utility, one.expected, one.planned, one.sent, one.standings, closed)


def _events(household: Household, readings: Sequence[Reading]) -> list[str]:
    """The readings as events; what was used in a quarter hour happened when it began."""
    subject = meter_of(household.name)
    events: list[str] = []
    for reading in readings:
        at = (reading.at - QUARTER).isoformat()
        data = f'{{"kwh":{reading.kilowatt_hours:f}}}'
        events.append(cloud_event("zaehler", f"{subject}-{at}", READING, subject, at, data))
    return events


async def _charged(seen: Metered, index: int) -> dict[str, Standing]:
    """Return the wallets when the day's base fee is charged, or as they are after a minute."""
    wanted = {name: life.standings[index] for name, life in seen.expected.lives.items()}
    deadline = clock.Deadline(CHARGED_SECONDS)
    while True:
        found = await _standings(seen.utility.founded.api)
        if found == wanted or deadline.passed:
            return found
        await clock.sleep(LOOK_SECONDS)


async def _standings(api: Api) -> dict[str, Standing]:
    return {
        wallet["external_id"]: Standing(
            Fraction(wallet["credit"]["amount"]), Fraction(wallet["emergency_used"]["amount"])
        )
        async for wallet in api.pages("/v1/wallets")
    }


async def _top_up(utility: Utility, morning: int) -> None:
    """Let households pay by instant transfer what they planned, and wait for their credit."""
    api = utility.founded.api
    asked: list[str] = []
    for one in utility.households:
        if morning in one.top_ups:
            body = {
                "wallet": f"ext:{one.name}",
                "amount": f"{one.top_ups[morning]:f}",
                "provider": PROVIDER,
                "method": INSTANT_TRANSFER,
            }
            asked.append((await api.post("/v1/top_ups", body))["id"])
    for top_up_id in asked:
        await _credited(api, top_up_id)


async def _credited(api: Api, top_up_id: str) -> Json:
    async def look() -> Json:
        return await api.get(f"/v1/top_ups/{top_up_id}")

    return await wait_until("the top-up is credited", look, lambda one: one["state"] != "requested")
