"""The IoT story as it is shown: what was used, billed, corrected and shared."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import TYPE_CHECKING

from rich.table import Table

from groschen.demo.books import balances_of, difference
from groschen.demo.exact import ZERO, text
from groschen.demo.invoicing import verify_offline
from groschen.demo.iot.company import LABELS, MARKETPLACE, NAME
from groschen.demo.iot.numbers import COMPANIES
from groschen.demo.iot.proof import MONTHS, prove
from groschen.demo.iot.telling import tell_iot
from groschen.demo.payment_file import read_payment_file
from groschen.demo.story import Books, Rate, Story
from groschen.demo.tools import verify_books

if TYPE_CHECKING:
    from groschen.demo.figures import Figures
    from groschen.demo.invoicing import Document
    from groschen.demo.iot.numbers import IotNumbers
    from groschen.demo.iot.telling import Told
    from groschen.demo.story import Stage


def iot(stage: Stage, numbers: IotNumbers) -> Story:
    """Tell the story and check every figure."""
    told = asyncio.run(tell_iot(stage.installation, numbers, stage.phases))
    with stage.phases.phase("proving", "Checking every figure"):
        prove(told, stage.checks)
        right, wrong = verify_offline(told.documents)
        stage.checks.holds("groschen verify invoice accepts an invoice", actual=right)
        stage.checks.holds("groschen verify invoice refuses it changed", actual=not wrong)
        verified = verify_books(stage, [told.company.founded])
    return Story(
        title=f"IoT: {NAME}",
        options={name: str(value) for name, value in asdict(numbers).items()},
        figures=_figures(told),
        rates={"messages_per_second": Rate(told.sent.accepted, "metering")},
        speed="Messages a second: {messages_per_second}, each counted in two components.",
        shown=(_sentences(told), _invoices(told)),
        books=(_books(told, verified=verified[NAME]),),
        doors={NAME: told.company.link_path},
    )


def _books(told: Told, *, verified: bool) -> Books:
    stated = (month.stated(MARKETPLACE, "payout") for month in told.months)
    files = [read_payment_file(one.file) for one in told.payments if one is not None]
    return Books(
        tenant=NAME,
        difference=difference(told.trial_balance),
        verified=verified,
        stated=sum(stated, start=ZERO),
        paid=sum((one.total for one in files), start=ZERO),
        documents=len(told.documents),
        invoices=sum(one.is_proven for one in told.documents),
    )


def _figures(told: Told) -> Figures:
    return {
        "messages": {
            "accepted": str(told.sent.accepted),
            "duplicate": str(told.repeated.duplicate),
            "late": str(told.late.accepted),
        },
        "invoices": [_document(one) for one in told.documents],
        "statements": {
            name: {
                figure: text(month.stated(MARKETPLACE, figure))
                for figure in ("opening", "share", "supply_vat", "payout", "closing")
            }
            for name, month in zip(MONTHS, told.months, strict=True)
        },
        "ledger": {
            account: text(balance)
            for account, balance in sorted(balances_of(told.trial_balance).items())
        },
    }


def _document(one: Document) -> Figures:
    return {
        "number": one.invoice["number"],
        "net": text(one.net),
        "gross": text(one.gross),
        "lines": {line["label"]: text(one.amount_of(line["label"])) for line in one.lines},
    }


def _sentences(told: Told) -> Table:
    table = Table(show_header=False, box=None, pad_edge=False)
    made = told.expected.statements
    sent = f"{told.sent.accepted:,} messages of {sum(told.expected.devices):,} devices were counted"
    billed = sum((one.net for one in told.first), start=ZERO)
    changed = sum((one.net for one in told.second), start=ZERO)
    corrected = f"{told.late.accepted:,} messages came late and one was withdrawn"
    opening = told.months[2].stated(MARKETPLACE, "opening")
    for when, what in (
        ("March", f"{sent}; {len(told.first)} invoices of {text(billed)} EUR net were made."),
        ("April", f"{corrected}. A setup was refunded after the marketplace had its part."),
        ("May", f"{len(told.second)} corrections of {text(changed)} EUR net were made."),
        ("", f"All invoices were paid. The marketplace opened at {text(opening)} EUR"),
        ("", f"and was paid {text(made[2].payout)} EUR."),
    ):
        table.add_row(f"[bold]{when}[/bold]", what)
    return table


def _invoices(told: Told) -> Table:
    table = Table("company", title="What companies were billed, net in EUR", title_justify="left")
    for heading in (*LABELS, "correction"):
        table.add_column(heading, justify="right", no_wrap=True)
    first = {one.invoice["account_id"]: one for one in told.first}
    second = {one.invoice["account_id"]: one.net for one in told.second}
    for company, account in enumerate(told.company.accounts):
        found = first[account["id"]]
        cells = [text(found.amount_of(label)) for label in LABELS.values()]
        table.add_row(COMPANIES[company], *cells, text(second.get(account["id"], ZERO)))
    return table
