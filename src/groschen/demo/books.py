"""Reading the ledger: balances, and what journals of a customer say on a day."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from groschen.kit import clock

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from groschen.demo.api import Api, Json

BALANCE_SECONDS: Final = 300
LOOK_SECONDS: Final = 0.1
CUSTOMER_ACCOUNTS: Final = ("PREPAID", "EMERGENCY_CREDIT", "UNBILLED", "AR", "PARTNER_CLAIM")


async def balances(api: Api) -> dict[str, Fraction]:
    """The balance of each account: debit positive."""
    return balances_of(await api.get("/v1/ledger/trial_balance"))


def balances_of(trial_balance: Mapping[str, list[Json]]) -> dict[str, Fraction]:
    """The balances of a trial balance that are not zero: debit positive."""
    found = {row["account"]: Fraction(row["balance"]) for row in trial_balance["data"]}
    return {account: balance for account, balance in found.items() if balance}


async def await_balance(api: Api, account: str, wanted: Fraction) -> None:
    """Wait until an account stands at ``wanted``, a few minutes at most; a check tells the rest."""
    deadline = clock.Deadline(BALANCE_SECONDS)
    while not deadline.passed and (await balances(api)).get(account, Fraction(0)) != wanted:
        await clock.sleep(LOOK_SECONDS)


async def journals_on(api: Api, party_id: str, kind: str, day: date) -> dict[str, Fraction]:
    """Add up the journals of a kind that touch a customer on a business day, by account."""
    found: set[str] = set()
    for account in CUSTOMER_ACCOUNTS:
        lines = api.pages("/v1/ledger/postings", account=account, party_id=party_id)
        async for line in lines:
            if line["kind"] == kind and line["effective_on"] == day.isoformat():
                found.add(line["journal_id"])
    sums: defaultdict[str, Fraction] = defaultdict(Fraction)
    for journal_id in sorted(found):
        journal = await api.get(f"/v1/journals/{journal_id}")
        for posting in journal["postings"]:
            sums[posting["account"]] += Fraction(posting["amount"]["amount"])
    return dict(sums)


def difference(trial_balance: Mapping[str, list[Json]]) -> Fraction:
    """What a trial balance is off, added up over its currencies without their signs."""
    return sum((abs(Fraction(one["difference"])) for one in trial_balance["totals"]), Fraction(0))
