"""What one used over time, as a picture and as a table."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from groschen.core.money import Money
from groschen.web.ui.parts import Choice, UseOverTime
from groschen.web.ui.texts import mark as _

TEMPLATE = "customer/usage.html"

GRAINS = {
    "quarter_hour": _("Quarter hours of a day"),
    "day": _("Days of a month"),
    "month": _("Months of a year"),
}


@dataclass(frozen=True, slots=True)
class UseView:
    """The page; ``costs`` follow the steps and are empty by quarter of an hour.

    ``previous`` and ``next`` are the addresses of the spans around this one, None at the end.
    """

    contracts: tuple[Choice, ...]
    contract: str
    grain: str
    day: date
    first: date
    last: date
    use: UseOverTime
    costs: tuple[Money, ...]
    previous: str | None
    next: str | None

    @property
    def grains(self) -> tuple[tuple[str, str], ...]:
        """The lengths of steps to choose from, with their words."""
        return tuple(GRAINS.items())
