"""What happened, in plain words and tables, and the JSON for machines."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from rich.table import Table

from groschen.demo.alliance import NAME, OPERATORS
from groschen.demo.exact import text
from groschen.demo.figures import amount, figures, options

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.console import Console

    from groschen.demo.api import Json
    from groschen.demo.checks import Checks
    from groschen.demo.eticket import Told
    from groschen.demo.numbers import EticketNumbers
    from groschen.demo.progress import Phases


@dataclass(frozen=True, slots=True)
class Story:
    """A story that was told, and the numbers it was told with."""

    numbers: EticketNumbers
    told: Told


SET_UP: Final = "GROSCHEN_SETUP_SECONDS"
MILLISECONDS: Final = 1000


def as_json(
    numbers: EticketNumbers, stories: Mapping[str, Story], checks: Checks, phases: Phases
) -> str:
    """Return figures and checks; everything that differs between two runs is in ``timings``.

    The figures of the first story stand at the top, those of further ones below ``also``.
    """
    first, *others = stories.items()
    content = {
        "showcase": "eticket",
        **_figures(first[1]),
        "also": {name.rstrip(": "): _figures(story) for name, story in others},
        "checks": checks.to_json(),
        "timings": phases.timings() | rates(numbers, phases),
    }
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def _figures(story: Story) -> dict[str, object]:
    return {"options": options(story.numbers), "figures": figures(story.told)}


def rates(numbers: EticketNumbers, phases: Phases) -> dict[str, str]:
    """Return tickets a second of the phases that handle every ticket."""
    spent = phases.milliseconds
    phases_by_name = {
        "sold_per_second": spent["selling"],
        "completed_per_second": spent["completing"],
        "stated_per_second": spent["closing_1"],
    }
    return {
        name: text(Fraction(numbers.tickets * MILLISECONDS, max(milliseconds, 1)), 1)
        for name, milliseconds in phases_by_name.items()
    }


def show_story(console: Console, story: Story) -> None:
    """Say what happened."""
    numbers, told = story.numbers, story.told
    console.rule(f"eTicket: {NAME}")
    table = Table(show_header=False, box=None, pad_edge=False)
    for when, what in _sentences(numbers, told):
        table.add_row(f"[bold]{when}[/bold]", what)
    console.print(table)
    console.print(_partners(told))


def _sentences(numbers: EticketNumbers, told: Told) -> list[tuple[str, str]]:
    first, second = (month.provider_payout for month in told.months[:2])
    paid = sum((amount(one["amount"]) for one in told.evidence.payouts), start=Fraction(0))
    below = [one for one in told.months[1].statements.values() if amount(one["closing"]) < 0]
    sold = f"{told.sold:,} tickets were sold at {text(Fraction(numbers.fare))} EUR, paid by card"
    delivered = f"{told.cards} with a card from another system, {told.letters} with a letter"
    provider = f"{_money(first, 'gross')} less {_money(first, 'fees')} of fees"
    approved = "Operators got their statements, a second person approved the payout"
    reversed_ = "One ticket was refunded, one charged back and lost, one charged back and won"
    return [
        ("January", f"{sold}, delivered as signed QR tickets ({delivered})."),
        ("", f"The payment provider paid out {_money(first, 'net')} EUR: {provider}."),
        ("", f"{approved}, and the bank booked {text(paid)} EUR."),
        ("February", f"{reversed_}; the provider settled {_money(second, 'net')} EUR."),
        ("", f"Statements that close below zero: {len(below)}. Nothing is paid out for them."),
        ("March", "Nothing happened. The statements open with what February left."),
    ]


def _money(payout: Json, name: str) -> str:
    return text(amount(payout[name]))


def _partners(told: Told) -> Table:
    table = Table("operator", title="What the operators got, in EUR", title_justify="left")
    for heading in ("share", "commission", "VAT", "paid", "February", "March"):
        table.add_column(heading, justify="right", no_wrap=True)
    for index, partner in enumerate(told.alliance.partners):
        first, second, third = (month.statements.get(partner) for month in told.months)
        table.add_row(
            OPERATORS[index],
            _cell(first, "share"),
            _cell(first, "commission"),
            _cell(first, "vat"),
            _cell(first, "payout"),
            _cell(second, "closing"),
            _cell(third, "opening"),
        )
    table.caption = "January's share, commission and VAT; how February closes and March opens"
    return table


def _cell(statement: Json | None, name: str) -> str:
    return "" if statement is None else text(amount(statement[name]))


def show_checks(console: Console, checks: Checks) -> None:
    """Say how many checks hold, and show those that do not."""
    if not checks.failed:
        console.print(f"[green]All {len(checks.made)} checks hold.[/green]")
        return
    table = Table("check", "expected", "actual", title="These checks do not hold")
    for check in checks.failed:
        table.add_row(check.name, check.expected, check.actual)
    console.print(table)
    console.print(f"[red]{len(checks.failed)} of {len(checks.made)} checks do not hold.[/red]")


def show_timings(console: Console, numbers: EticketNumbers, phases: Phases) -> None:
    """Say how long it took, download and installation apart."""
    total = sum(spent for name, spent in phases.milliseconds.items() if name != "selling")
    found = rates(numbers, phases)
    sold, done = found["sold_per_second"], found["completed_per_second"]
    stated = found["stated_per_second"]
    console.print(f"From starting PostgreSQL to the last figure it took {total // MILLISECONDS} s.")
    console.print(
        f"Tickets a second: {sold} sold, {done} sold, paid, shared and delivered, {stated} stated."
    )
    if SET_UP in os.environ:
        console.print(f"Download and installation before that took {os.environ[SET_UP]} s.")
