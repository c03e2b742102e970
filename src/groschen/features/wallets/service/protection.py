"""Which days are protected: weekends and public holidays of a federal state.

The public holidays come with the ``holidays`` package; a region is written as ISO 3166-2 does,
such as DE-BY.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import holidays

if TYPE_CHECKING:
    from collections.abc import Iterable

SATURDAY: Final = 5
LONGEST_STATE: Final = 3
"""Letters of a state in ISO 3166-2; the package also knows cities by name."""


def protected_days(region: str | None, days: Iterable[date]) -> frozenset[date]:
    """Those of ``days`` on which emergency credit has no limit; none without a region."""
    if region is None:
        return frozenset()
    return frozenset(
        day for day in days if day.weekday() >= SATURDAY or day in public_holidays(region, day.year)
    )


@lru_cache(maxsize=1_000)
def public_holidays(region: str, year: int) -> frozenset[date]:
    """The public holidays of a federal state in one year."""
    country, _, state = region.partition("-")
    return frozenset(holidays.country_holidays(country, subdiv=state, years=year))


@lru_cache(maxsize=1)
def regions() -> frozenset[str]:
    """The regions whose public holidays are known."""
    known = holidays.list_supported_countries(include_aliases=False)
    return frozenset(
        f"{country}-{state}"
        for country, states in known.items()
        for state in states
        if len(state) <= LONGEST_STATE
    )
