"""The electricity story as it is shown: what happened, what is left, how the books close."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import TYPE_CHECKING

from rich.table import Table

from groschen.demo.books import difference
from groschen.demo.electricity.closing import books_of
from groschen.demo.electricity.expected import EMERGENCY_LIMIT
from groschen.demo.electricity.numbers import WEEKEND
from groschen.demo.electricity.proof import prove, reference_figures
from groschen.demo.electricity.telling import tell_electricity
from groschen.demo.electricity.utility import SUPPLIER
from groschen.demo.exact import ZERO, text
from groschen.demo.figures import amount
from groschen.demo.payment_file import read_payment_file
from groschen.demo.story import Books, Rate, Story
from groschen.demo.tools import verify_books

if TYPE_CHECKING:
    from collections.abc import Mapping

    from groschen.demo.electricity.numbers import ElectricityNumbers
    from groschen.demo.electricity.telling import Seen, Told
    from groschen.demo.figures import Figures
    from groschen.demo.story import Stage


def electricity(stage: Stage, numbers: ElectricityNumbers) -> Story:
    """Tell the story and check every figure."""
    told = asyncio.run(tell_electricity(stage.installation, numbers, stage.phases))
    with stage.phases.phase("proving", "Checking every figure"):
        prove(told, stage.checks)
        founded = [told.supplier.founded, *(seen.utility.founded for seen in told.all)]
        verified = verify_books(stage, founded)
    readings = sum(seen.sent.accepted for seen in told.all)
    return Story(
        title="Prepaid electricity: two utilities and their supplier",
        options={name: str(value) for name, value in asdict(numbers).items()},
        figures=_figures(told),
        rates={"readings_per_second": Rate(readings, "metering")},
        speed="Readings a second: {readings_per_second}, with every balance checked every day.",
        shown=(_sentences(told, readings), _blocks(told)),
        books=(
            *(_books(seen, verified=verified) for seen in told.all),
            _supplier(told, verified=verified),
        ),
        doors={
            told.supplier.founded.name: told.supplier.link_path,
            **{seen.utility.founded.name: seen.utility.link_path for seen in told.all},
        },
    )


def _books(seen: Seen, *, verified: Mapping[str, bool]) -> Books:
    founded, closed = seen.utility.founded, seen.closed
    return Books(
        tenant=founded.name,
        difference=difference(closed.trial_balance),
        verified=verified[founded.name],
        stated=closed.month.stated(SUPPLIER, "payout") if closed.payment else ZERO,
        paid=read_payment_file(closed.payment.file).total if closed.payment else ZERO,
        documents=0,
        invoices=0,
    )


def _supplier(told: Told, *, verified: Mapping[str, bool]) -> Books:
    wholesale, founded = told.wholesale, told.supplier.founded
    stated = (amount(one["payout"]) for one in wholesale.month.statements.values())
    return Books(
        tenant=founded.name,
        difference=difference(wholesale.trial_balance),
        verified=verified[founded.name],
        stated=sum(stated, start=ZERO),
        paid=read_payment_file(wholesale.payment.file).total if wholesale.payment else ZERO,
        documents=0,
        invoices=0,
    )


def _figures(told: Told) -> Figures:
    return {
        "readings": {seen.utility.founded.name: str(seen.sent.accepted) for seen in told.all},
        "reference": {name: dict(block) for name, block in reference_figures(told).items()},
        "credit": {
            day.isoformat(): text(sum((one.credit for one in found.values()), start=ZERO))
            for day, found in zip(told.plot.days, told.town.standings, strict=True)
        },
        "ledger": _ledgers(told),
        "supplier": {
            seen.utility.founded.name: {
                name: text(seen.closed.month.stated(SUPPLIER, name))
                for name in ("share_exact", "share", "supply_vat", "payout")
            }
            for seen in told.all
        },
    }


def _ledgers(told: Told) -> Figures:
    found = {seen.utility.founded.name: books_of(seen.closed) for seen in told.all}
    found[told.supplier.founded.name] = books_of(told.wholesale)
    return {
        name: {account: text(balance) for account, balance in sorted(books.items())}
        for name, books in found.items()
    }


def _sentences(told: Told, readings: int) -> Table:
    table = Table(show_header=False, box=None, pad_edge=False)
    for when, what in _told(told, readings):
        table.add_row(f"[bold]{when}[/bold]", what)
    return table


def _told(told: Told, readings: int) -> list[tuple[str, str]]:
    town = told.town
    households = len(town.utility.households) + len(told.village.utility.households)
    sunday = town.standings[2][WEEKEND].overdraft
    last = town.standings[-1].values()
    credit = sum((one.credit for one in last), start=ZERO)
    metered = f"{readings:,} quarter hours of {households} households were metered"
    weekend = f"One household used {text(sunday)} EUR of emergency credit by Sunday"
    limit = text(EMERGENCY_LIMIT)
    supplier = town.closed.month.stated(SUPPLIER, "payout")
    return [
        ("Days", f"{metered}, each taken from its wallet at once."),
        ("Weekend", f"{weekend} (limit {limit}, none on weekends), repaid on Monday."),
        ("End", f"{text(credit)} EUR of credit are left in the town's wallets."),
        ("Supplier", f"It gets {text(supplier)} EUR; {text(town.expected.margin)} are the town's."),
    ]


def _blocks(told: Told) -> Table:
    table = Table("block", "account", title="The worked example, in EUR", title_justify="left")
    table.add_column("debit", justify="right", no_wrap=True)
    table.add_column("credit", justify="right", no_wrap=True)
    for block, accounts in reference_figures(told).items():
        for account, figure in accounts.items():
            credit = figure.removeprefix("-") if figure.startswith("-") else ""
            table.add_row(block, account, "" if credit else figure, credit)
    table.caption = "Read from the journals of the reference household and the holiday flat"
    return table
