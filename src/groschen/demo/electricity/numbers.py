"""The numbers of the electricity showcase, and everything that they leave open chosen by the seed.

The first day is a Friday before a weekend; the Friday of Easter and the change to summer time come
later in the month.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from groschen.demo.numbers import read_whole

if TYPE_CHECKING:
    from collections.abc import Sequence

FIRST_DAY: Final = date(2027, 3, 5)
MONDAY: Final = 3
"""How many days after the first one emergency credit is repaid."""
FEWEST_HOUSEHOLDS: Final = 4
MOST_HOUSEHOLDS: Final = 2_000
FEWEST_DAYS: Final = 4
MOST_DAYS: Final = 31
REFERENCE: Final = "referenz"
FLAT: Final = "ferienwohnung"
WEEKEND: Final = "familie-sommer"
REFERENCE_USE: Final = Decimal("7.35")
WEEKEND_USE: Final = Decimal(16)
LEAST_USE: Final = 4_000
MOST_USE: Final = 14_000
LOW_CREDIT: Final = Decimal(8)
LOW_REFERENCE: Final = Decimal(4)
GROSS_KWH: Final = Decimal("0.3808")
GROSS_DAY: Final = Decimal("0.4284")
AMOUNTS: Final = (Decimal(25), Decimal(30), Decimal(50))


@dataclass(frozen=True, slots=True)
class ElectricityNumbers:
    """What the story is told with."""

    households: int = 50
    days: int = 30
    seed: int = 1


def read_electricity(households: str, days: str, seed: int) -> ElectricityNumbers:
    """Read what was given on the command line. Raises ``NumberUnusable``."""
    return ElectricityNumbers(
        households=read_whole(households, "households", FEWEST_HOUSEHOLDS, MOST_HOUSEHOLDS),
        days=read_whole(days, "days", FEWEST_DAYS, MOST_DAYS),
        seed=seed,
    )


@dataclass(frozen=True, slots=True)
class Household:
    """A household: the kWh of each of its days, and what it pays on which morning.

    The top-up of morning 0 is there before its contract starts. A household with fewer days of
    use than the story leaves when they are over.
    """

    name: str
    used: tuple[Decimal, ...]
    top_ups: dict[int, Decimal] = field(default_factory=dict[int, Decimal])


@dataclass(frozen=True, slots=True)
class Plot:
    """Who lives where: households in a town, and the reference household with its own utility.

    Two utilities buy from one supplier, so that one of them has exactly the figures of the
    worked example.
    """

    days: tuple[date, ...]
    town: tuple[Household, ...]
    village: tuple[Household, ...]


def make_plot(numbers: ElectricityNumbers) -> Plot:
    """Choose everything that the numbers leave open; the same seed chooses the same."""
    chooser = random.Random(numbers.seed)  # noqa: S311 - a story, not a secret
    days = tuple(FIRST_DAY + timedelta(days=index) for index in range(numbers.days))
    others = [_somebody(chooser, index, numbers.days) for index in range(1, numbers.households - 2)]
    flat = Household(FLAT, (REFERENCE_USE,), {0: Decimal("0.40"), MONDAY: Decimal(20)})
    weekend = Household(
        WEEKEND, (WEEKEND_USE,) * numbers.days, {0: Decimal(8), MONDAY: Decimal(40)}
    )
    _keep_up(weekend, LOW_CREDIT, (Decimal(30),) * numbers.days, since=MONDAY)
    reference = Household(REFERENCE, (REFERENCE_USE,) * numbers.days, {0: Decimal(20)})
    _keep_up(reference, LOW_REFERENCE, (Decimal(20),) * numbers.days)
    return Plot(days, (flat, weekend, *others), (reference,))


def _somebody(chooser: random.Random, index: int, days: int) -> Household:
    usual = chooser.randint(LEAST_USE, MOST_USE)
    used = tuple(
        Decimal(chooser.randint(usual * 7 // 10, usual * 13 // 10)).scaleb(-3) for _ in range(days)
    )
    amounts = tuple(chooser.choice(AMOUNTS) for _ in range(days + 1))
    household = Household(f"haushalt-{index:04d}", used, {0: amounts[0]})
    _keep_up(household, LOW_CREDIT, amounts[1:])
    return household


def _keep_up(
    household: Household, low: Decimal, amounts: Sequence[Decimal], since: int = 0
) -> None:
    """Top up by the amount of the day on every morning after ``since`` that starts with too little.

    What was planned before stays.
    """
    credit = household.top_ups[0]
    for index, used in enumerate(household.used, start=1):
        credit -= used * GROSS_KWH + GROSS_DAY
        if since < index < len(household.used) and credit < low:
            household.top_ups[index] = amounts[index]
        credit += household.top_ups.get(index, Decimal(0))
