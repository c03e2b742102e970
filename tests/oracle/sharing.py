"""The oracle's reading of an agreement: who gets what of a line, and the partner's statement."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from oracle.exact import CENT, TWELFTH, divide, to_unit

Json = dict[str, Any]


class TooMuch(Exception):
    """The rules give more than the line has."""


@dataclass(frozen=True)
class Line:
    """A sold line in fractions."""

    gross: Fraction
    net: Fraction
    quantity: Fraction
    legs: tuple[tuple[str, Fraction], ...]


@dataclass(frozen=True)
class Part:
    rule: str
    who: str
    amount: Fraction


@dataclass(frozen=True)
class Commission:
    rule: str
    of: str
    who: str
    amount: Fraction
    vat: Fraction
    rate: Fraction


@dataclass(frozen=True)
class Shared:
    parts: list[Part]
    retained: Fraction
    commissions: list[Commission]


def pieces(rule: Json, value: Fraction, line: Line) -> list[tuple[str, Fraction]]:
    """What a rule gives of ``value``, as (who, how much)."""
    params, who = rule.get("params", {}), rule.get("beneficiary", "seller")
    if rule["kind"] == "percent":
        return [(who, value * Fraction(params["rate"]))]
    if rule["kind"] == "fixed":
        return [(who, Fraction(params["amount"]) * (-1 if value < 0 else 1))]
    if rule["kind"] == "per_unit":
        return [(who, Fraction(params["unit_price"]) * line.quantity)]
    if rule["kind"] == "residual":
        return [(who, value)]
    key = line.legs
    if params["weights"] != "legs":
        key = tuple((name, Fraction(weight)) for name, weight in params["weights"].items())
    whole = sum(weight for _, weight in key)
    rate = Fraction(params.get("rate", "1"))
    return [(name, value * rate * weight / whole) for name, weight in key]


def share(terms: Json, line: Line) -> Shared:
    """Share a line; raises ``TooMuch``."""
    pool = line.gross if terms["seller_role"] == "agent" else line.net
    left, owners, exact = pool, list[tuple[str, str]](), list[Fraction]()
    for rule in terms["rules"]:
        if rule.get("deducted_from") == "statement":
            continue
        value = {"gross": line.gross, "net": line.net, "left": left}[rule.get("base", "left")]
        for who, amount in pieces(rule, value, line):
            owners.append((rule["id"], who))
            exact.append(amount)
            left -= amount
            if left < 0:
                raise TooMuch
    rounded = divide(pool, [*exact, left]) if pool else [Fraction(0)] * (len(exact) + 1)
    parts = [
        Part(rule, who, amount) for (rule, who), amount in zip(owners, rounded[:-1], strict=True)
    ]
    return Shared(parts, rounded[-1], list(commissions(terms, parts, line)))


def commissions(terms: Json, parts: list[Part], line: Line) -> list[Commission]:
    """What the partners' shares bear on the statement."""
    found: list[Commission] = []
    for rule in terms["rules"]:
        if rule.get("deducted_from") != "statement":
            continue
        rate = Fraction(rule["vat_rate"])
        for part in parts:
            if part.who != "seller" and rule.get("of", "all") in ("all", part.rule):
                ((_, exact),) = pieces(rule, part.amount, line)
                amount = to_unit(exact, TWELFTH)
                vat = to_unit(amount * rate, TWELFTH)
                found.append(Commission(rule["id"], part.rule, part.who, amount, vat, rate))
    return found


@dataclass(frozen=True)
class Month:
    """The figures of a statement that people sign."""

    share: Fraction
    carried: Fraction
    commission: dict[Fraction, Fraction]
    vat: dict[Fraction, Fraction]
    total: Fraction
    payout: Fraction


def month(
    opening: Fraction,
    carried: Fraction,
    shares: Fraction,
    charged: dict[Fraction, Fraction],
    minimum: Fraction,
) -> Month:
    """A statement; ``charged`` is the exact commission by VAT rate."""
    share_cents = to_unit(shares + carried, CENT)
    commission = {rate: to_unit(amount, CENT) for rate, amount in charged.items()}
    vat = {rate: to_unit(amount * rate, CENT) for rate, amount in commission.items()}
    total = opening + share_cents - sum(commission.values()) - sum(vat.values())
    payout = total if total >= minimum and total > 0 else Fraction(0)
    return Month(share_cents, shares + carried - share_cents, commission, vat, total, payout)
