"""What answers say about money, against the model: prices, taxes, splits."""

from __future__ import annotations

from datetime import datetime
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from groschen.simulation.faults import SimulationFault
from groschen.simulation.model.exact import TWELFTH, ZERO, shown
from groschen.simulation.model.sharing import Priced, Wanted, price

if TYPE_CHECKING:
    from groschen.simulation.business import Business
    from groschen.simulation.model.sharing import Json

PART_TOLERANCE: Final = 2 * TWELFTH
"""A part is rounded once to twelve decimals, and up to one unit goes to the largest remainder."""


def priced(business: Business, line: Json, at: datetime) -> Priced:
    """What the model says a line costs at the instant ``at``, and who gets what."""
    offer = business.offers[line["plan"]]
    agreed = None if offer.agreement is None else business.agreements[offer.agreement].at(at)
    quantity = Fraction(line.get("quantity", "1"))
    plan = offer.versions.at(at)
    return price(Wanted(plan, agreed, offer.tax_class, line.get("route"), quantity))


def amount(money: Json) -> Fraction:
    """The amount of a money object."""
    return Fraction(money["amount"])


def check_quote(business: Business, asked: list[Json], quoted: Json) -> None:
    """Each line: gross, net, the parts; parts and what is kept add up to the base exactly."""
    at = datetime.fromisoformat(quoted["created_at"])
    for line, said in zip(asked, quoted["lines"], strict=True):
        expected = priced(business, line, at)
        _same(f"gross of {line}", expected.gross, amount(said["gross"]), ZERO)
        _same(f"net of {line}", expected.net, amount(said["net"]), ZERO)
        _check_parts(business, line, said, expected, at)
    total = sum((amount(said["gross"]) for said in quoted["lines"]), start=ZERO)
    _same("sum of the quote", total, amount(quoted["gross"]), ZERO)


def _check_parts(
    business: Business, line: Json, said: Json, expected: Priced, at: datetime
) -> None:
    shares = said["shares"]
    if len(shares) != len(expected.parts):
        raise SimulationFault(f"{line} is shared by {len(shares)} parts", hint=str(said))
    for part, share in zip(expected.parts, shares, strict=True):
        where = f"{part.rule} of {part.partner} in {line}"
        if (share["rule"], share["party"]) != (part.rule, part.partner):
            raise SimulationFault(f"{where} comes out as {share}")
        _same(where, part.amount, Fraction(share["amount"]), PART_TOLERANCE)
        commission = sum((one.amount for one in part.commissions), start=ZERO)
        tolerance = PART_TOLERANCE * (1 + len(part.commissions))
        _same(f"commission on {where}", commission, Fraction(share["commission"]), tolerance)
    offer = business.offers[line["plan"]]
    if offer.agreement is None:
        return
    role = business.agreements[offer.agreement].at(at)["seller_role"]
    base = expected.gross if role == "agent" else expected.net
    added = sum((Fraction(share["amount"]) for share in shares), start=ZERO)
    _same(f"shares and retained of {line}", base, added + Fraction(said["retained"]), ZERO)


def check_sold(business: Business, body: Json, order: Json, at: datetime) -> None:
    """An order costs the sum of its lines."""
    total = sum((priced(business, line, at).gross for line in body["lines"]), start=ZERO)
    _same(f"gross of order {body['external_id']}", total, amount(order["gross"]), ZERO)


def _same(what: str, expected: Fraction, actual: Fraction, tolerance: Fraction) -> None:
    if abs(expected - actual) > tolerance:
        raise SimulationFault(f"{what} is {shown(actual)}, it should be {shown(expected)}")
