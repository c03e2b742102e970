"""The proof: what the API said is compared with what was computed from the messages alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from groschen.demo.books import balances_of, difference
from groschen.demo.exact import ZERO
from groschen.demo.figures import amount
from groschen.demo.iot.company import LABELS, MARKETPLACE
from groschen.demo.iot.expected import SETUP, VAT
from groschen.demo.metering import EVENTS_A_CALL
from groschen.demo.payment_file import read_payment_file

if TYPE_CHECKING:
    from groschen.demo.checks import Checks
    from groschen.demo.invoicing import Document
    from groschen.demo.iot.expected import Document as Right
    from groschen.demo.iot.telling import Told

MONTHS: Final = ("march", "april", "may")


def prove(told: Told, checks: Checks) -> None:
    """Compare the story as told with the story as it must be."""
    _messages(told, checks)
    for name, made, right in (
        ("first run", told.first, told.expected.first),
        ("corrections", told.second, told.expected.second),
    ):
        _documents(told, name, made, right, checks)
    checks.count("a run that finds nothing makes documents", 0, len(told.third))
    _numbers(told, checks)
    back = amount(told.refunded["refunds"][0]["back"])
    checks.amount("refunded after the payout", SETUP * (1 + VAT), back)
    _statements(told, checks)
    _books(told, checks)


def _messages(told: Told, checks: Checks) -> None:
    plot = told.plot
    repeated = min(EVENTS_A_CALL, len(plot.messages))
    checks.count("messages accepted, each once", len(plot.messages), told.sent.accepted)
    checks.count("messages sent twice are duplicates", repeated, told.repeated.duplicate)
    checks.count("messages sent twice count once", 0, told.repeated.accepted)
    checks.count("late messages accepted", len(plot.late), told.late.accepted)


def _documents(
    told: Told, name: str, made: tuple[Document, ...], right: list[Right], checks: Checks
) -> None:
    """Every line of every document, its net, VAT and gross; a company without change gets none."""
    by_account = {one.invoice["account_id"]: one for one in made}
    wanted = sum(bool(one.lines) for one in right)
    checks.count(f"{name}: documents", wanted, len(made))
    for company, (account, one) in enumerate(zip(told.company.accounts, right, strict=True)):
        found = by_account.get(account["id"])
        title = f"{name}: company {company + 1}"
        checks.holds(f"{title} has a document if owed", actual=bool(one.lines) == bool(found))
        if found is None:
            continue
        for component, label in LABELS.items():
            line = one.lines.get(component, ZERO)
            checks.amount(f"{title}, {component}", line, found.amount_of(label))
        checks.amount(f"{title}, net", one.net, found.net)
        checks.amount(f"{title}, gross", one.gross, found.gross)


def _numbers(told: Told, checks: Checks) -> None:
    """No number is missing; every document proves itself."""
    for prefix in ("LF-", "LFG-"):
        numbers = [one.invoice["number"] for one in told.documents]
        mine = sorted(number for number in numbers if number.startswith(prefix))
        gapless = [f"{prefix}{index:06d}" for index in range(1, len(mine) + 1)]
        checks.same(f"numbers {prefix} have no gap", ", ".join(gapless), ", ".join(mine))
    proven = sum(one.is_proven for one in told.documents)
    checks.count("documents proven from their export alone", len(told.documents), proven)


def _statements(told: Told, checks: Checks) -> None:
    for name, month, right in zip(MONTHS, told.months, told.expected.statements, strict=True):
        title = f"{name}: statement of the marketplace"
        for figure, wanted in (
            ("opening", right.opening),
            ("share", right.share),
            ("supply_vat", right.vat),
            ("payout", right.payout),
            ("closing", right.closing),
        ):
            checks.amount(f"{title}, {figure}", wanted, month.stated(MARKETPLACE, figure))
        exact = month.stated(MARKETPLACE, "share_exact")
        checks.amount(f"{title}, sum of its lines", exact, month.listed(MARKETPLACE))
        checks.holds(f"{title}, hash of its lines fits", actual=month.fits(MARKETPLACE))
    files = [read_payment_file(one.file) for one in told.payments if one is not None]
    paid = sum((one.total for one in files), start=ZERO)
    stated = sum((one.payout for one in told.expected.statements), start=ZERO)
    checks.amount("payout files: sum of their transfers", stated, paid)
    checks.holds(
        "payout files: valid against pain.001.001.09", actual=all(one.is_valid for one in files)
    )


def _books(told: Told, checks: Checks) -> None:
    checks.amount("trial balance", ZERO, difference(told.trial_balance))
    right, found = told.expected.ledger(), balances_of(told.trial_balance)
    for account in sorted(right.keys() | found.keys()):
        checks.amount(f"ledger: {account}", right.get(account, ZERO), found.get(account, ZERO))
