"""The eTicket story as it is shown: what happened in plain words, what operators got, its books."""

from __future__ import annotations

import asyncio
from fractions import Fraction
from typing import TYPE_CHECKING

from rich.table import Table

from groschen.demo.alliance import NAME, OPERATORS
from groschen.demo.books import difference
from groschen.demo.epilogue import live_on
from groschen.demo.eticket import tell_eticket
from groschen.demo.exact import ZERO, text
from groschen.demo.expected import Expected
from groschen.demo.figures import amount, figures, options
from groschen.demo.files import write_files
from groschen.demo.payment_file import read_payment_file
from groschen.demo.proof import add_verified, prove
from groschen.demo.receiver import card_maker
from groschen.demo.story import Books, Rate, Story
from groschen.demo.tools import verify

if TYPE_CHECKING:
    from pathlib import Path

    from groschen.demo.api import Json
    from groschen.demo.eticket import Told
    from groschen.demo.numbers import EticketNumbers
    from groschen.demo.story import Stage


def eticket(stage: Stage, numbers: EticketNumbers, *, is_shown: bool = True) -> Story:
    """Tell the story and check every figure; ``is_shown`` says whether people read of it."""
    phases, installation = stage.phases, stage.installation
    cards = stage.stack.enter_context(card_maker())
    told = asyncio.run(tell_eticket(installation, numbers, phases, cards))
    with phases.phase("proving", "Checking every figure"):
        prove(told, Expected(numbers), stage.checks)
        verified = verify(installation, told)
        add_verified(stage.checks, verified)
    if not verified.ledger:
        phases.console.print(verified.report)

    def epilogue() -> None:
        asyncio.run(live_on(installation, numbers, told, phases))

    def write(folder: Path) -> None:
        write_files(folder, told)

    count = numbers.tickets
    return Story(
        title=f"eTicket: {NAME}",
        options=options(numbers),
        figures=figures(told),
        rates={
            "sold_per_second": Rate(count, "selling"),
            "completed_per_second": Rate(count, "completing"),
            "stated_per_second": Rate(count, "closing_1"),
        },
        speed="Tickets a second: {sold_per_second} sold, {completed_per_second} sold, paid, "
        "shared and delivered, {stated_per_second} stated.",
        shown=(_months(numbers, told), _partners(told)) if is_shown else (),
        books=(_books(told, verified=verified.ledger),),
        doors=_doors(told),
        epilogue=epilogue,
        write=write,
    )


def _doors(told: Told) -> dict[str, str]:
    doors = {"the alliance": told.alliance.link_path}
    if told.platform.link_path is not None:
        doors["the administrator of all"] = told.platform.link_path
    return doors


def _books(told: Told, *, verified: bool) -> Books:
    stated = [amount(one["payout"]) for month in told.months for one in month.statements.values()]
    paid = ZERO if told.payment is None else read_payment_file(told.payment.file).total
    return Books(
        tenant=NAME,
        difference=difference(told.evidence.trial_balance),
        verified=verified,
        stated=sum(stated, start=ZERO),
        paid=paid,
        documents=0,
        invoices=0,
    )


def _months(numbers: EticketNumbers, told: Told) -> Table:
    table = Table(show_header=False, box=None, pad_edge=False)
    for when, what in _sentences(numbers, told):
        table.add_row(f"[bold]{when}[/bold]", what)
    return table


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
