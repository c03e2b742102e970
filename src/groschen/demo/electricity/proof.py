"""The proof: what the API said is compared with what was computed from the plot alone."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final

from groschen.demo.electricity.closing import books_of
from groschen.demo.electricity.expected import (
    DAY,
    KWH,
    SUPPLY_DAY,
    SUPPLY_KWH,
    VAT,
    tax_in,
)
from groschen.demo.electricity.numbers import MONDAY, REFERENCE_USE, WEEKEND
from groschen.demo.electricity.utility import SUPPLIER
from groschen.demo.exact import TWELFTH, ZERO, text, to_unit
from groschen.demo.figures import amount
from groschen.demo.payment_file import read_payment_file

if TYPE_CHECKING:
    from collections.abc import Mapping

    from groschen.demo.checks import Checks
    from groschen.demo.electricity.closing import Closed
    from groschen.demo.electricity.telling import Seen, Told

QUARTERS: Final = 96
CREDIT: Final = Fraction(20)
REST: Final = Fraction("0.40")
USED: Final = Fraction(REFERENCE_USE)
NET: Final = USED * KWH + DAY
GROSS: Final = NET * (1 + VAT)
SIX: Final = 6


def expected_blocks() -> dict[str, dict[str, Fraction]]:
    """What the blocks of the worked example post, debit positive."""
    lent = GROSS - REST
    rest_vat = tax_in(REST)
    released = to_unit(tax_in(CREDIT) * GROSS / CREDIT, TWELFTH)
    supply = USED * SUPPLY_KWH + SUPPLY_DAY
    return {
        "B1": {
            "BANK": CREDIT,
            "PREPAID": -CREDIT,
            "PREPAID_VAT": tax_in(CREDIT),
            "TAX_OUT": -tax_in(CREDIT),
        },
        "B3": {
            "PREPAID": GROSS,
            "REV_ENERGY": -USED * KWH,
            "REV_BASE": -DAY,
            "PREPAID_VAT": -released,
        },
        "B5": {"COST_OF_SHARES": supply, "SHARE_RELEASED": -supply},
        "B10": {
            "PREPAID": REST,
            "EMERGENCY_CREDIT": lent,
            "REV_ENERGY": -USED * KWH,
            "REV_BASE": -DAY,
            "PREPAID_VAT": -rest_vat,
            "TAX_OUT": -(GROSS - NET - rest_vat),
        },
        "B11": {
            "BANK": CREDIT,
            "EMERGENCY_CREDIT": -lent,
            "PREPAID": -(CREDIT - lent),
            "PREPAID_VAT": tax_in(CREDIT - lent),
            "TAX_OUT": -tax_in(CREDIT - lent),
        },
    }


def prove(told: Told, checks: Checks) -> None:
    """Compare the story as told with the story as it must be."""
    for seen in told.all:
        _metered(told, seen, checks)
        _books(seen, checks)
        _statement(seen, checks)
    _steps(told, checks)
    _weekend(told.town, checks)
    _blocks(told, checks)
    _margin(told, checks)


def _metered(told: Told, seen: Seen, checks: Checks) -> None:
    name = seen.utility.founded.name
    checks.count(f"{name}: readings accepted, each once", seen.planned, seen.sent.accepted)
    for index, day in enumerate(told.plot.days):
        found, lives = seen.standings[index], seen.expected.lives
        right = sum(found.get(one) == life.standings[index] for one, life in lives.items())
        credit = sum((one.credit for one in found.values()), start=ZERO)
        title = f"{name}: after {day.isoformat()}"
        checks.amount(f"{title}, all credit", seen.expected.total_on(index), credit)
        checks.count(f"{title}, wallets that are exact", len(lives), right)


def _steps(told: Told, checks: Checks) -> None:
    """Each reading of the reference household's first day takes its price at once."""
    left, exact = CREDIT, 0
    for kilowatt_hours, credit in told.steps:
        left -= kilowatt_hours * KWH * (1 + VAT)
        exact += credit == left
    checks.count("readings after which the balance has fallen exactly", QUARTERS, exact)


def _weekend(town: Seen, checks: Checks) -> None:
    """Emergency credit goes beyond its limit on the weekend, and is repaid on Monday."""
    life = town.expected.lives[WEEKEND]
    for index, day in enumerate(("Friday", "Saturday", "Sunday")):
        right, seen = life.standings[index], town.standings[index][WEEKEND]
        checks.amount(f"weekend: emergency credit after {day}", right.overdraft, seen.overdraft)
    monday = town.standings[MONDAY][WEEKEND].overdraft
    checks.amount("weekend: emergency credit after Monday", ZERO, monday)


def _blocks(told: Told, checks: Checks) -> None:
    found = {**told.town.closed.blocks, **told.village.closed.blocks}
    found["B5"] = found["B3"]
    for block, right in expected_blocks().items():
        for account, figure in right.items():
            seen = found[block].get(account, ZERO)
            checks.same(f"{block}: {account}", text(figure, SIX), text(seen, SIX))


def _margin(told: Told, checks: Checks) -> None:
    """What is left of each day of the reference household, and of the whole town."""
    for seen, name in ((told.village, "reference day"), (told.town, "town")):
        books = books_of(seen.closed)
        revenue = -books["REV_ENERGY"] - books["REV_BASE"]
        days = len(told.plot.days) if seen is told.village else 1
        margin = (revenue - books["COST_OF_SHARES"]) / days
        checks.amount(f"margin of the {name}", seen.expected.margin / days, margin)


def _books(seen: Seen, checks: Checks) -> None:
    name, closed = seen.utility.founded.name, seen.closed
    totals = closed.trial_balance["totals"]
    differences = sum((Fraction(one["difference"]) for one in totals), start=ZERO)
    checks.amount(f"{name}: trial balance", ZERO, differences)
    right, found = seen.expected.ledger(paid=closed.payment is not None), books_of(closed)
    for account in sorted(right.keys() | found.keys()):
        checks.amount(
            f"{name}: ledger, {account}", right.get(account, ZERO), found.get(account, ZERO)
        )


def _statement(seen: Seen, checks: Checks) -> None:
    """B7: the supplier's statement, the VAT it charges, and what is owed for both."""
    name, month, right = seen.utility.founded.name, seen.closed.month, seen.expected
    made, lines = month.statements[SUPPLIER], month.line_files[SUPPLIER]
    payable = right.statement + right.statement_vat
    checks.amount(f"{name}: statement of the supplier, net", right.statement, amount(made["share"]))
    checks.amount(
        f"{name}: statement of the supplier, VAT", right.statement_vat, amount(made["supply_vat"])
    )
    checks.amount(f"{name}: statement of the supplier, payout", payable, amount(made["payout"]))
    checks.amount(f"{name}: lines of the statement", right.supply, lines.share)
    fits = lines.sha256 == made["lines_hash"]
    checks.holds(f"{name}: hash of the statement's lines fits", actual=fits)
    _payment(name, seen.closed, payable, checks)


def _payment(name: str, closed: Closed, payable: Fraction, checks: Checks) -> None:
    if closed.payment is None:
        return
    file = read_payment_file(closed.payment.file)
    checks.amount(f"{name}: payout file", payable, file.total)
    checks.holds(f"{name}: payout file is valid against pain.001.001.09", actual=file.is_valid)


def reference_figures(told: Told) -> Mapping[str, Mapping[str, str]]:
    """The blocks as they were read, to the sixth decimal."""
    found = {**told.town.closed.blocks, **told.village.closed.blocks}
    return {
        block: {
            account: text(found[block][account], SIX)
            for account in sorted(found[block])
            if to_unit(found[block][account], Fraction(1, 10**SIX))
        }
        for block in sorted(found)
    }
