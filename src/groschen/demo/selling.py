"""Month 1: tickets are sold by bulk calls while the worker takes payment and delivers them."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from groschen.demo.alliance import CUSTOMERS, ROUTE, TICKET, TICKET_AND_CARD, TICKET_AND_LETTER
from groschen.demo.world import PROVIDER
from groschen.kit import clock

if TYPE_CHECKING:
    from groschen.demo.api import Api, Json
    from groschen.demo.numbers import EticketNumbers
    from groschen.demo.progress import Bar

ORDERS_A_CALL: Final = 1_000
MOST_CARDS: Final = 100
MOST_LETTERS: Final = 3
SALES_DAYS: Final = (
    "2027-01-05T10:00:00+01:00",
    "2027-01-12T10:00:00+01:00",
    "2027-01-19T10:00:00+01:00",
    "2027-01-26T10:00:00+01:00",
)
EVENTS: Final = 1_000
LOOK_SECONDS: Final = 0.25
STALLED_SECONDS: Final = 300


@dataclass(frozen=True, slots=True)
class Sale:
    """One ticket to be sold: its number, and what is chosen for it."""

    number: int
    account: str
    plan: str

    @property
    def external_id(self) -> str:
        """The order's id at the seller."""
        return f"T-{self.number:06d}"

    @property
    def order(self) -> Json:
        """The order as the API takes it."""
        return {
            "external_id": self.external_id,
            "account": self.account,
            "lines": [{"plan": self.plan, "route": ROUTE}],
            "payment": {"provider": PROVIDER, "method": "tok_visa"},
        }


@dataclass(frozen=True, slots=True)
class Plot:
    """Who buys what, and which three tickets something happens to later."""

    sales: tuple[Sale, ...]
    refunded: Sale
    lost: Sale
    won: Sale

    @property
    def cards(self) -> int:
        """How many tickets come with a card that another system makes."""
        return sum(sale.plan == TICKET_AND_CARD for sale in self.sales)

    @property
    def letters(self) -> int:
        """How many tickets are posted by hand."""
        return sum(sale.plan == TICKET_AND_LETTER for sale in self.sales)


def make_plot(numbers: EticketNumbers) -> Plot:
    """Choose everything that the numbers leave open; the same seed chooses the same."""
    chooser = random.Random(numbers.seed)  # noqa: S311 - a story, not a secret
    count = numbers.tickets
    others = chooser.sample(range(count), min(count // 4, MOST_CARDS + MOST_LETTERS))
    letters = set(others[: min(MOST_LETTERS, len(others))])
    cards = set(others) - letters
    sales = tuple(
        Sale(
            index + 1,
            chooser.choice(CUSTOMERS)[0],
            TICKET_AND_LETTER
            if index in letters
            else TICKET_AND_CARD
            if index in cards
            else TICKET,
        )
        for index in range(count)
    )
    refunded, lost, won = chooser.sample(sales, 3)
    return Plot(sales, refunded, lost, won)


async def sell(api: Api, sales: tuple[Sale, ...], bar: Bar, completed: Completed) -> int:
    """Sell everything, 1,000 orders a call, on four days of the month; return the created.

    A day ends when everything sold on it is paid and delivered.
    """
    created, today = 0, ""
    calls = [sales[start : start + ORDERS_A_CALL] for start in range(0, len(sales), ORDERS_A_CALL)]
    for index, some in enumerate(calls):
        day = SALES_DAYS[index * len(SALES_DAYS) // len(calls)]
        if day != today:
            await completed.reach(created)
            await advance_clock(api, day)
            today = day
        answer = await api.post("/v1/orders/bulk", {"orders": [sale.order for sale in some]})
        created += answer["created"]
        bar.to(created)
    return created


async def advance_clock(api: Api, to: str) -> None:
    """Move the alliance's clock forward."""
    await api.post("/v1/test_clock/advance", {"to": to})


class Completed:
    """Follows the event feed from ``after`` on and counts the orders that are completed."""

    def __init__(self, api: Api, bar: Bar, *, after: int = 0) -> None:
        self._api = api
        self._bar = bar
        self.after = after
        self.count = 0

    async def reach(self, wanted: int) -> None:
        """Return when so many are completed, or when nothing at all happened for five minutes."""
        deadline = clock.Deadline(STALLED_SECONDS)
        while self.count < wanted and not deadline.passed:
            page = await self._api.get("/v1/event_feed", after=self.after, limit=EVENTS)
            if page["data"]:
                deadline = clock.Deadline(STALLED_SECONDS)
            self.after = page["next_after"]
            self.count += sum(event["type"] == "order.completed" for event in page["data"])
            self._bar.to(self.count)
            if not page["more"]:
                await clock.sleep(LOOK_SECONDS)


async def post_letters(api: Api, count: int) -> int:
    """Do the manual steps by hand, each when its turn comes; return how many were done."""
    done: set[str] = set()
    deadline = clock.Deadline(STALLED_SECONDS)
    while len(done) < count and not deadline.passed:
        page = await api.get("/v1/delivery_tasks", state="awaiting_callback", limit=200)
        waiting = [task for task in page["data"] if task["adapter"] == "manual"]
        for task in waiting:
            body = {"output": {"letter": f"Brief {len(done) + 1}"}, "note": "eingeworfen"}
            await api.post(f"/v1/delivery_tasks/{task['id']}/submit", body)
            done.add(task["id"])
            deadline = clock.Deadline(STALLED_SECONDS)
        await clock.sleep(LOOK_SECONDS)
    return len(done)
