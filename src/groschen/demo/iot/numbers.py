"""The numbers of the IoT showcase, and everything that they leave open chosen by the seed."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from groschen.demo.numbers import read_whole

FEWEST_DEVICES: Final = 2
MOST_DEVICES: Final = 10_000
FEWEST_EVENTS: Final = 500
MOST_EVENTS: Final = 5_000_000
DEVICES_A_COMPANY: Final = 20
MOST_COMPANIES: Final = 10
MOST_DEVICES_OF_A_COMPANY: Final = 1_000
FIRST: Final = datetime(2027, 2, 28, 23, 10, tzinfo=UTC)
SECONDS: Final = 30 * 24 * 3600
LATE_SINCE: Final = FIRST + timedelta(days=20)
LATE_IN: Final = 100
"""One in so many events comes late, a month after the others."""
MOST_KILOBYTES: Final = 64
PUNCTUAL: Final = 1
"""The company that sends nothing late, and withdraws a message."""
COMPANIES: Final = (
    "Aufzugwerke Nord",
    "Bäckerei Petersen",
    "Containerdepot Elbe",
    "Deichbau",
    "Elektro Lange",
    "Fahrradverleih Alster",
    "Gewächshaus Marsch",
    "Hafenlogistik",
    "Inselhotels",
    "Jachtwerft Johannsen",
)


@dataclass(frozen=True, slots=True)
class IotNumbers:
    """What the story is told with."""

    devices: int = 200
    events: int = 100_000
    seed: int = 1

    @property
    def companies(self) -> int:
        """How many companies the devices belong to."""
        return min(MOST_COMPANIES, max(2, self.devices // DEVICES_A_COMPANY))


def read_iot(devices: str, events: str, seed: int) -> IotNumbers:
    """Read what was given on the command line. Raises ``NumberUnusable``."""
    return IotNumbers(
        devices=read_whole(devices, "devices", FEWEST_DEVICES, MOST_DEVICES),
        events=read_whole(events, "events", FEWEST_EVENTS, MOST_EVENTS),
        seed=seed,
    )


@dataclass(frozen=True, slots=True)
class Tariff:
    """What depends on how much is used: bounds of tiers and packages, the minimum in cents.

    ``free`` messages cost nothing, from ``middle`` on they cost less.
    """

    free: int
    middle: int
    free_kilobytes: int
    package_kilobytes: int
    minimum_cents: int


def tariff_for(numbers: IotNumbers) -> Tariff:
    """Return bounds that every size of the story crosses."""
    usual = max(10, numbers.events // numbers.companies)
    kilobytes = usual * MOST_KILOBYTES // 20
    return Tariff(usual // 10, usual // 2, kilobytes, kilobytes, usual * 12 // 10)


class Message(NamedTuple):
    """What a device sent: its number in the story, whose it is, how much, when."""

    number: int
    company: int
    device: int
    kilobytes: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Plot:
    """Whose device sends what and when: ``messages`` by time, those that come ``late``.

    ``devices`` says which belong to each company. ``voided`` is one of the messages, of a company
    that sends none late: what it was billed falls.
    """

    tariff: Tariff
    devices: tuple[tuple[int, ...], ...]
    messages: tuple[Message, ...]
    late: tuple[Message, ...]
    voided: Message

    @property
    def all(self) -> tuple[Message, ...]:
        """All that are sent."""
        return self.messages + self.late


def make_plot(numbers: IotNumbers) -> Plot:
    """Choose everything that the numbers leave open; the same seed chooses the same."""
    chooser = random.Random(numbers.seed)  # noqa: S311 - a story, not a secret
    owners = _owners(chooser, numbers)
    step = SECONDS * 1_000_000 // numbers.events
    on_time: list[Message] = []
    late: list[Message] = []
    for number in range(numbers.events):
        device = chooser.randrange(numbers.devices)
        at = FIRST + timedelta(microseconds=number * step)
        message = Message(number, owners[device], device, chooser.randint(1, MOST_KILOBYTES), at)
        is_late = number % LATE_IN == LATE_IN - 1 and message.company != PUNCTUAL
        (late if is_late and at >= LATE_SINCE else on_time).append(message)
    devices = tuple(
        tuple(device for device, owner in enumerate(owners) if owner == company)
        for company in range(numbers.companies)
    )
    voided = chooser.choice([one for one in on_time if one.company == PUNCTUAL])
    return Plot(tariff_for(numbers), devices, tuple(on_time), tuple(late), voided)


def _owners(chooser: random.Random, numbers: IotNumbers) -> list[int]:
    """Whose each device is: a few companies have many, everybody has one."""
    weights = [1 / (index + 1) for index in range(numbers.companies)]
    rest = numbers.devices - numbers.companies
    more = chooser.choices(range(numbers.companies), weights, k=rest)
    owners = [*range(numbers.companies), *more]
    chooser.shuffle(owners)
    return owners
