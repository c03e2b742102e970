"""April: life goes on, so that the console has something to show. No figure depends on it."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Final

from groschen.demo.alliance import CUSTOMERS, TICKET, TICKET_AND_LETTER
from groschen.demo.api import Api, make_client
from groschen.demo.selling import Completed, Sale, advance_clock

if TYPE_CHECKING:
    from groschen.demo.eticket import Told
    from groschen.demo.installation import Installation
    from groschen.demo.numbers import EticketNumbers
    from groschen.demo.progress import Phases

DAYS: Final = range(6, 16)
FEWEST_A_DAY: Final = 12
MOST_A_DAY: Final = 48


async def live_on(
    installation: Installation, numbers: EticketNumbers, told: Told, phases: Phases
) -> None:
    """Sell a little on each of ten days; a letter on every seventh day waits for a person."""
    days = _days(numbers)
    delivered = [sale for day in days for sale in day if sale.plan == TICKET]
    async with make_client(installation.base_url) as client:
        api = Api(client, told.alliance.key)
        with phases.phase("epilogue", "April: life goes on", len(delivered)) as bar:
            completed = Completed(api, bar, after=told.last_event)
            for number, sales in zip(DAYS, days, strict=True):
                await advance_clock(api, f"2027-04-{number:02d}T10:00:00+02:00")
                await api.post("/v1/orders/bulk", {"orders": [sale.order for sale in sales]})
                soon = sum(sale.plan == TICKET for sale in sales)
                await completed.reach(completed.count + soon)


def _days(numbers: EticketNumbers) -> list[list[Sale]]:
    """The sales of each day, numbered on from those of January."""
    chooser = random.Random(numbers.seed)  # noqa: S311 - a story, not a secret
    days: list[list[Sale]] = []
    sold = numbers.tickets
    for number in DAYS:
        count = chooser.randint(FEWEST_A_DAY, MOST_A_DAY)
        sales = [
            Sale(sold + index, chooser.choice(CUSTOMERS)[0], TICKET)
            for index in range(1, count + 1)
        ]
        if number % 7 == 0:
            sales[-1] = Sale(sold + count, CUSTOMERS[0][0], TICKET_AND_LETTER)
        days.append(sales)
        sold += count
    return days
