"""The proof: what the API said is compared with what was computed from the plot alone."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final

from groschen.demo.electricity.closing import books_of
from groschen.demo.electricity.expected import (
    DAY,
    GRID_KWH,
    KWH,
    METERING_DAY,
    PLATFORM_DAY,
    SUPPLY_DAY,
    SUPPLY_KWH,
    VAT,
    ExpectedSupplier,
    tax_in,
)
from groschen.demo.electricity.numbers import MONDAY, REFERENCE_USE, WEEKEND
from groschen.demo.electricity.utility import SUPPLIER
from groschen.demo.exact import TWELFTH, ZERO, text, to_unit
from groschen.demo.payment_file import read_payment_file

if TYPE_CHECKING:
    from collections.abc import Mapping

    from groschen.demo.checks import Checks
    from groschen.demo.electricity.closing import Closed, Wholesale
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
    costs = USED * GRID_KWH + METERING_DAY + PLATFORM_DAY
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
        "B6": {
            "PARTNER_CLAIM": supply,
            "REV_WHOLESALE": -supply,
            "COST_OF_SHARES": costs,
            "SHARE_RELEASED": -costs,
        },
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
    _supplier(told, checks)
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
    found = _found_blocks(told)
    found["B5"] = found["B3"]
    for block, right in expected_blocks().items():
        for account, figure in right.items():
            seen = found[block].get(account, ZERO)
            checks.same(f"{block}: {account}", text(figure, SIX), text(seen, SIX))


def _found_blocks(told: Told) -> dict[str, dict[str, Fraction]]:
    village = told.village
    wholesale = {"B6": told.wholesale.blocks[village.utility.external_id]}
    return {**told.town.closed.blocks, **village.closed.blocks, **wholesale}


def _supplier(told: Told, checks: Checks) -> None:
    """Mirrors cancel, those the supplier pays get what is theirs, its books are exact."""
    right = ExpectedSupplier([seen.expected for seen in told.all])
    for seen in told.all:
        cost = books_of(seen.closed)["COST_OF_SHARES"]
        peer = seen.utility.founded.public_id
        [level] = [one for one in told.wholesale.levels if one["peer_tenant_id"] == peer]
        name = seen.utility.founded.name
        checks.amount(f"{name}: mirrored at the supplier", cost, Fraction(level["booked_here"]))
        checks.amount(f"{name}: mirrors cancel", ZERO, cost - Fraction(level["booked_there"]))
        checks.count(f"{name}: totals in transit", 0, level["in_transit"])
        checks.count(f"{name}: totals that are unequal", 0, level["unequal"])
    for partner, share in right.statements.items():
        month = told.wholesale.month
        checks.amount(f"supplier: statement of {partner}", share, month.stated(partner, "payout"))
        checks.amount(f"supplier: lines of {partner}", right.costs[partner], month.listed(partner))
    _payment("supplier", told.wholesale, sum(right.statements.values(), start=ZERO), checks)
    found = books_of(told.wholesale)
    for account in sorted(right.ledger().keys() | found.keys()):
        expected = right.ledger().get(account, ZERO)
        checks.amount(f"supplier: ledger, {account}", expected, found.get(account, ZERO))


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
    right, found = seen.expected.ledger(), books_of(closed)
    for account in sorted(right.keys() | found.keys()):
        checks.amount(
            f"{name}: ledger, {account}", right.get(account, ZERO), found.get(account, ZERO)
        )


def _statement(seen: Seen, checks: Checks) -> None:
    """B7: the supplier's statement, the VAT it charges, and what is owed for both."""
    name, month, right = seen.utility.founded.name, seen.closed.month, seen.expected
    payable = right.statement + right.statement_vat
    for figure, wanted in (
        ("share", right.statement),
        ("supply_vat", right.statement_vat),
        ("payout", payable),
    ):
        title = f"{name}: statement of the supplier, {figure}"
        checks.amount(title, wanted, month.stated(SUPPLIER, figure))
    checks.amount(f"{name}: lines of the statement", right.supply, month.listed(SUPPLIER))
    checks.holds(f"{name}: hash of the statement's lines fits", actual=month.fits(SUPPLIER))
    _payment(name, seen.closed, payable, checks)


def _payment(name: str, closed: Closed | Wholesale, payable: Fraction, checks: Checks) -> None:
    if closed.payment is None:
        return
    file = read_payment_file(closed.payment.file)
    checks.amount(f"{name}: payout file", payable, file.total)
    checks.same(f"{name}: payout run", "finished", closed.payment.run["state"])
    checks.holds(f"{name}: payout file is valid against pain.001.001.09", actual=file.is_valid)


def reference_figures(told: Told) -> Mapping[str, Mapping[str, str]]:
    """The blocks as they were read, to the sixth decimal."""
    found = _found_blocks(told)
    return {
        block: {
            account: text(found[block][account], SIX)
            for account in sorted(found[block])
            if to_unit(found[block][account], Fraction(1, 10**SIX))
        }
        for block in sorted(found)
    }
