"""What happened, in plain words and tables, and the JSON for machines."""

from __future__ import annotations

import json
import os
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from rich.table import Table

from groschen.demo.alliance import NAME, OPERATORS
from groschen.demo.exact import text
from groschen.demo.figures import amount, figures, options

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import Console

    from groschen.demo.checks import Checks
    from groschen.demo.eticket import Told
    from groschen.demo.numbers import EticketNumbers
    from groschen.demo.progress import Phases

SET_UP: Final = "GROSCHEN_SETUP_SECONDS"
MILLISECONDS: Final = 1000


def write_json(
    path: Path, numbers: EticketNumbers, told: Told, checks: Checks, phases: Phases
) -> None:
    """Write figures and checks; everything that differs between two runs is in ``timings``."""
    content = {
        "showcase": "eticket",
        "options": options(numbers),
        "figures": figures(told),
        "checks": checks.to_json(),
        "timings": phases.timings() | rates(numbers, phases),
    }
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


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


def show_story(console: Console, numbers: EticketNumbers, told: Told) -> None:
    """Say what happened."""
    console.rule(f"eTicket: {NAME}")
    table = Table(show_header=False, box=None, pad_edge=False)
    for when, what in _sentences(numbers, told):
        table.add_row(f"[bold]{when}[/bold]", what)
    console.print(table)
    console.print(_partners(told))


def _sentences(numbers: EticketNumbers, told: Told) -> list[tuple[str, str]]:
    first, second = (month.provider_payout for month in told.months[:2])
    paid = sum((amount(one["amount"]) for one in told.evidence.payouts), start=Fraction(0))
    return [
        (
            "January",
            f"{told.sold:,} tickets sold at {numbers.fare} EUR, paid by card, delivered as signed "
            f"QR tickets ({told.cards} with a card from another system, {told.letters} by letter).",
        ),
        (
            "",
            f"The payment provider paid out {_money(first, 'net')} EUR: {_money(first, 'gross')} "
            f"less {_money(first, 'fees')} of fees.",
        ),
        (
            "",
            f"The books were closed, every operator got a statement, a second person approved, "
            f"and the bank booked {text(paid)} EUR.",
        ),
        (
            "February",
            "One ticket was refunded, one charged back and lost, one charged back and won; the "
            f"provider settled {_money(second, 'net')} EUR.",
        ),
        ("", "The statements close below zero; nothing is paid out."),
        ("March", "Nothing happened. The statements open with what February left."),
    ]


def _money(payout: dict[str, dict[str, str]], name: str) -> str:
    return text(amount(payout[name]))


def _partners(told: Told) -> Table:
    table = Table("operator", title="What the operators got (EUR)", title_justify="left")
    for heading in (
        "share of a ticket",
        "January: share",
        "commission",
        "VAT",
        "paid out",
        "February closes",
        "March opens",
    ):
        table.add_column(heading, justify="right")
    shares = {one["party"]: one["amount"] for one in told.quote["lines"][0]["shares"]}
    for index, partner in enumerate(told.alliance.partners):
        first, second, third = (month.statements.get(partner) for month in told.months)
        cells = [
            _cell(first, "share"),
            _cell(first, "commission"),
            _cell(first, "vat"),
            _cell(first, "payout"),
            _cell(second, "closing"),
            _cell(third, "opening"),
        ]
        table.add_row(OPERATORS[index], shares.get(partner, "0"), *cells)
    return table


def _cell(statement: dict[str, dict[str, str]] | None, name: str) -> str:
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
    total = sum(
        spent for name, spent in phases.milliseconds.items() if name != "selling"
    )
    found = rates(numbers, phases)
    console.print(
        f"It took {total // MILLISECONDS} s from starting PostgreSQL to the last figure: "
        f"{found['sold_per_second']} tickets/s sold, {found['completed_per_second']}/s sold, paid, "
        f"shared and delivered, {found['stated_per_second']}/s stated."
    )
    if SET_UP in os.environ:
        console.print(f"Download and installation before that took {os.environ[SET_UP]} s.")
