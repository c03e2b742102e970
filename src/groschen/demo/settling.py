"""The end of a month: the provider pays out, the books close, partners get statements and money."""

from __future__ import annotations

import csv
import hashlib
import io
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Protocol

from groschen.demo.selling import advance_clock
from groschen.demo.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    from groschen.demo.api import Api, Json
    from groschen.demo.world import OutsideWorld


class Settler(Protocol):
    """Whoever settles with partners: ``partner_ids`` are their public ids by external ids."""

    @property
    def api(self) -> Api:
        """Works."""
        ...

    @property
    def approver(self) -> Api:
        """A second person."""
        ...

    @property
    def partner_ids(self) -> dict[str, str]:
        """The partners."""
        ...


@dataclass(frozen=True, slots=True)
class LineFile:
    """What the line file of a statement adds up to, in EUR."""

    content: bytes
    share: Fraction
    commission: Fraction
    tickets: int

    @property
    def sha256(self) -> str:
        """The hash of its bytes, in hex."""
        return hashlib.sha256(self.content).hexdigest()


@dataclass(slots=True)
class Month:
    """What one month came to: statements and line files by partner, the provider's payout.

    ``clearing`` is the balance of the clearing account when the payout was booked.
    """

    statements: dict[str, Json] = field(default_factory=dict[str, "Json"])
    line_files: dict[str, LineFile] = field(default_factory=dict[str, LineFile])
    provider_payout: Json = field(default_factory=dict[str, "Any"])
    clearing: Fraction = Fraction(0)

    def stated(self, partner: str, figure: str) -> Fraction:
        """A figure of a partner's statement; zero if it got none."""
        made = self.statements.get(partner)
        return Fraction(0) if made is None else Fraction(made[figure]["amount"])

    def listed(self, partner: str) -> Fraction:
        """What the shares in a partner's line file add up to; zero if it got none."""
        lines = self.line_files.get(partner)
        return Fraction(0) if lines is None else lines.share

    def fits(self, partner: str) -> bool:
        """Whether a partner's line file has the hash that its statement says."""
        made, lines = self.statements.get(partner), self.line_files.get(partner)
        return made is not None and lines is not None and made["lines_hash"] == lines.sha256

    def by_partner(self, partners: Iterable[str]) -> Iterator[tuple[str, Json]]:
        """The statements that were made, in the order of ``partners``."""
        return ((name, self.statements[name]) for name in partners if name in self.statements)


@dataclass(frozen=True, slots=True)
class Payment:
    """A payout run that is over: the run, its file, and whether its maker could approve it."""

    run: Json
    file: bytes
    maker_refused: bool


async def receive_provider_payout(api: Api, world: OutsideWorld) -> Month:
    """Let the provider pay out everything and tell us; start the month with that booked (A4)."""
    [reference] = await world.provider.pay_out()
    await world.deliver()

    async def look() -> Json:
        return await api.get("/v1/psp_payouts", limit=1)

    def booked(page: Json) -> bool:
        return any(payout["reference"] == reference for payout in page["data"])

    found = await wait_until("the provider's payout is booked", look, booked)
    balances = (await api.get("/v1/ledger/trial_balance"))["data"]
    clearing = [row["balance"] for row in balances if row["account"] == "PSP_CLEARING"]
    return Month(provider_payout=found["data"][0], clearing=Fraction(clearing[0]))


async def close_month(settler: Settler, month: Month, period_to: str) -> None:
    """Close the books up to a day that the clock has reached; add the statements to ``month``."""
    api = settler.api
    await api.post("/v1/settlements/close", {"period_to": period_to})

    async def look() -> Json:
        return await api.get("/v1/settlements/close")

    await wait_until("all statements are made", look, lambda seen: seen["state"] == "done")
    names = {party_id: name for name, party_id in settler.partner_ids.items()}
    async for statement in api.pages("/v1/statements"):
        if statement["period_to"] == period_to:
            name = names[statement["beneficiary_id"]]
            month.statements[name] = statement
            month.line_files[name] = await _line_file(api, statement["id"])


async def _line_file(api: Api, statement_id: str) -> LineFile:
    content = await api.content(f"/v1/statements/{statement_id}/lines.csv")
    rows = list(csv.DictReader(io.StringIO(content.decode(), newline="")))
    return LineFile(
        content=content,
        share=_sum(row["share"] for row in rows),
        commission=_sum(row["commission"] for row in rows),
        tickets=len({row["order_id"] for row in rows}),
    )


def _sum(amounts: Iterable[str]) -> Fraction:
    """Add up decimal texts; an empty one is nothing."""
    return Fraction(sum((Decimal(amount) for amount in amounts if amount), start=Decimal(0)))


async def pay_partners(settler: Settler, month: Month, booked_on: str) -> Payment | None:
    """Pay what the statements say: approved, a second person, file, bank; None if nothing is due.

    ``booked_on`` is an instant of a day on which the bank has booked.
    """
    api = settler.api
    due = [one for one in month.statements.values() if one["state"] == "issued"]
    if not due:
        return None
    for statement in due:
        await settler.approver.post(f"/v1/statements/{statement['id']}/approve")
    run = await api.post("/v1/payout_runs", {"currency": "EUR"})
    path = f"/v1/payout_runs/{run['id']}"
    refused = await api.attempt("POST", f"{path}/approve")
    await settler.approver.post(f"{path}/approve")
    file = await api.content(f"{path}/file.xml")
    await api.post(f"{path}/send")
    await _wait_for_run(api, path, "sent")
    await advance_clock(api, booked_on)
    await api.post(f"{path}/fetch_answers")
    run = await _wait_for_run(api, path, "finished")
    return Payment(run, file, maker_refused=refused.status_code >= 400)


async def _wait_for_run(api: Api, path: str, state: str) -> Json:
    async def look() -> Json:
        return await api.get(path)

    return await wait_until(f"the payout run is {state}", look, lambda run: run["state"] == state)
