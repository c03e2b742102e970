"""Draws random agreements, fares, legs and reversals from a seed; the same seed, the same draw."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from random import Random
from typing import Any

VAT_RATES = ("0", "0.05", "0.055", "0.07", "0.19")


@dataclass(frozen=True)
class Drawn:
    """One scenario, as texts: both sides read it themselves."""

    terms: dict[str, Any]
    fare: str
    quantity: str
    legs: tuple[tuple[str, str], ...]
    vat_rate: str
    psp_fee: str
    cancel_fee: str
    chargeback_fee: str
    payments: tuple[Fraction, ...]
    """Which part of the gross is paid after each payment; ends with 1."""
    refunds: tuple[Fraction, ...]
    """Which part of the line is undone after each refund; at most 1."""
    tickets: int


def draw(seed: int) -> Drawn:
    random = Random(seed)  # noqa: S311 - no secret, and it must repeat
    operators = [f"op-{index}" for index in range(random.randint(1, 6))]
    weights = [_decimal(random, 50_000, 3) for _ in operators]
    if not any(Fraction(weight) for weight in weights):
        weights[0] = "1"
    legs = tuple(zip(operators, weights, strict=True))
    cents = random.choice([random.randint(1, 20_000), random.randint(1, 99), 1000])
    return Drawn(
        terms=_terms(random, operators, cents),
        fare=_cents(cents),
        quantity=str(random.choice([1, 1, 1, random.randint(2, 9)])),
        legs=legs,
        vat_rate=random.choice(VAT_RATES),
        psp_fee=_decimal(random, 99, 2),
        cancel_fee=_decimal(random, min(cents, 200), 2),
        chargeback_fee=_decimal(random, 2000, 2),
        payments=_rising(random, ends_at_one=True),
        refunds=_rising(random, ends_at_one=random.random() < 0.5),
        tickets=random.randint(1, 20_000),
    )


def _terms(random: Random, operators: list[str], cents: int) -> dict[str, Any]:
    parties = [*operators, "agency", "seller"]
    rules = [_first_rule(random, index, parties, cents) for index in range(random.randint(0, 3))]
    rules += _last_rule(random, operators)
    rules += [_commission(random, index, rules) for index in range(random.randint(0, 2))]
    if not rules:
        rules = [{"id": "rest", "kind": "residual", "beneficiary": operators[0]}]
    return {
        "currency": "EUR",
        "seller_role": random.choice(["agent", "principal"]),
        "release": "on_payment",
        "rules": rules,
        "settlement": {"period": "month", "min_payout": _decimal(random, 5000, 2)},
    }


def _first_rule(random: Random, index: int, parties: list[str], cents: int) -> dict[str, Any]:
    kind = random.choice(["percent", "percent", "fixed", "per_unit"])
    params = {
        "percent": {"rate": _decimal(random, 400_000, 6)},
        "fixed": {"amount": _decimal(random, cents * 2000, 7)},
        "per_unit": {"unit_price": _decimal(random, cents * 20, 5)},
    }[kind]
    return {
        "id": f"first-{index}",
        "kind": kind,
        "params": params,
        "base": random.choice(["gross", "net", "left"]),
        "beneficiary": random.choice(parties),
    }


def _last_rule(random: Random, operators: list[str]) -> list[dict[str, Any]]:
    key = {name: _decimal(random, 100_000, 3) for name in operators} | {operators[0]: "1.5"}
    rate = random.choice(["1", "1", "0.94", "0.333333333333"])
    by_legs = {"params": {"rate": rate, "weights": "legs"}}
    by_key = {"params": {"rate": rate, "weights": key}}
    shared = {"id": "last", "kind": "apportion", "base": random.choice(["left", "left", "net"])}
    rest = {"id": "last", "kind": "residual", "beneficiary": random.choice(operators)}
    return random.choice([[shared | by_legs], [shared | by_legs], [shared | by_key], [rest], []])


def _commission(random: Random, index: int, rules: list[dict[str, Any]]) -> dict[str, Any]:
    kind, params = random.choice(
        [
            ("percent", {"rate": _decimal(random, 200_000, 6)}),
            ("fixed", {"amount": _decimal(random, 5000, 5)}),
            ("per_unit", {"unit_price": _decimal(random, 5000, 5)}),
        ]
    )
    targets = [rule["id"] for rule in rules if rule.get("deducted_from") != "statement"]
    return {
        "id": f"commission-{index}",
        "kind": kind,
        "params": params,
        "deducted_from": "statement",
        "of": random.choice(["all", *targets]),
        "vat_rate": random.choice(["0.19", "0.07"]),
    }


def _rising(random: Random, *, ends_at_one: bool) -> tuple[Fraction, ...]:
    cuts = sorted(Fraction(random.randint(1, 997), 997) for _ in range(random.randint(0, 2)))
    return (*cuts, Fraction(1)) if ends_at_one else tuple(cuts)


def _decimal(random: Random, largest: int, decimals: int) -> str:
    digits = f"{random.randint(0, largest):0{decimals + 1}}"
    return f"{digits[:-decimals]}.{digits[-decimals:]}"


def _cents(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02}"
