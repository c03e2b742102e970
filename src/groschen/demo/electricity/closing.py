"""The end of the month: everything is posted, the supplier gets its statement, books are read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from groschen.demo.books import await_balance, balances, balances_of, journals_on
from groschen.demo.electricity.numbers import FIRST_DAY, FLAT, MONDAY, REFERENCE
from groschen.demo.electricity.supplier import is_in_step
from groschen.demo.exact import ZERO
from groschen.demo.settling import Month, close_month, pay_partners
from groschen.demo.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from groschen.demo.api import Api, Json
    from groschen.demo.electricity.supplier import Supplier
    from groschen.demo.electricity.utility import Utility
    from groschen.demo.settling import Payment

CUSTOMERS_PAID: Final = FIRST_DAY - timedelta(days=1)
POSTED_SECONDS: Final = 300
BANK_DAYS: Final = timedelta(days=6)


@dataclass(frozen=True, slots=True)
class Closed:
    """What one utility's books say after its month; ``blocks`` are journals by their name."""

    month: Month
    payment: Payment | None
    trial_balance: Json
    blocks: dict[str, dict[str, Fraction]]


async def close_utility(utility: Utility, first_open: date, *, pays: bool) -> Closed:
    """Close the books up to ``first_open``; ``pays`` says whether the supplier is paid.

    The books are read before: what the bank needs days for lies beyond the story.
    """
    api, month = utility.api, Month()
    await await_posted(api)
    await close_month(utility, month, first_open.isoformat())
    trial_balance, blocks = await api.get("/v1/ledger/trial_balance"), await _blocks(utility)
    payment = None
    if pays:
        booked_on = f"{(first_open + BANK_DAYS).isoformat()}T12:00:00+02:00"
        payment = await pay_partners(utility, month, booked_on)
    return Closed(month, payment, trial_balance, blocks)


@dataclass(frozen=True, slots=True)
class Wholesale:
    """What the supplier's books say: ``blocks`` by the utility, ``levels`` of both utilities."""

    month: Month
    payment: Payment | None
    trial_balance: Json
    blocks: dict[str, dict[str, Fraction]]
    levels: tuple[Json, ...]


async def close_supplier(
    supplier: Supplier, utilities: Sequence[Utility], first_open: date
) -> Wholesale:
    """Close the supplier's books up to ``first_open`` and pay for grid, metering and platform."""
    api, month, owed = supplier.api, Month(), ZERO
    for utility in utilities:
        await await_posted(utility.api)
        owed += (await balances(utility.api))["COST_OF_SHARES"]
    await await_balance(api, "PARTNER_CLAIM", owed)
    await close_month(supplier, month, first_open.isoformat())
    booked_on = f"{(first_open + BANK_DAYS).isoformat()}T12:00:00+02:00"
    payment = await pay_partners(supplier, month, booked_on)
    blocks = {
        name: await journals_on(api, account["party_id"], "usage", FIRST_DAY)
        for name, account in supplier.buyers.items()
    }
    levels = tuple((await api.get("/v1/levels"))["data"])
    return Wholesale(month, payment, await api.get("/v1/ledger/trial_balance"), blocks, levels)


async def await_posted(api: Api) -> None:
    """Wait until nothing is unposted, and the supplier knows of all.

    The ledger holds the credit that the wallets hold then.
    """

    async def look() -> Json:
        credit = ZERO
        async for wallet in api.pages("/v1/wallets"):
            credit += Fraction(wallet["credit"]["amount"])
        books = await balances(api)
        is_posted = credit == -books.get("PREPAID", ZERO) and await is_in_step(api)
        return {"is_posted": is_posted}

    await wait_until(
        "all usage is posted", look, lambda seen: bool(seen["is_posted"]), POSTED_SECONDS
    )


async def _blocks(utility: Utility) -> dict[str, dict[str, Fraction]]:
    """The journals of the worked example's blocks, of the households that live here."""
    monday = FIRST_DAY + timedelta(days=MONDAY)
    wanted = {
        "B1": (REFERENCE, "top_up", CUSTOMERS_PAID),
        "B3": (REFERENCE, "usage", FIRST_DAY),
        "B10": (FLAT, "usage", FIRST_DAY),
        "B11": (FLAT, "top_up", monday),
    }
    return {
        block: await journals_on(utility.api, utility.accounts[name]["party_id"], kind, day)
        for block, (name, kind, day) in wanted.items()
        if name in utility.accounts
    }


def books_of(closed: Closed | Wholesale) -> dict[str, Fraction]:
    """The balances at the end."""
    return balances_of(closed.trial_balance)
