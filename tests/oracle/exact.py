"""The oracle's own arithmetic: exact fractions, nothing of the product."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

TWELFTH = Fraction(1, 10**12)
CENT = Fraction(1, 100)


def to_unit(value: Fraction, unit: Fraction) -> Fraction:
    """The nearest multiple of ``unit``; what lies in the middle goes away from zero."""
    below = (abs(value) // unit) * unit
    nearest = below + unit if abs(value) - below >= unit / 2 else below
    return nearest if value >= 0 else -nearest


def divide(total: Fraction, weights: Sequence[Fraction]) -> list[Fraction]:
    """Quotas cut at the twelfth decimal; units left over go one by one to the largest cut."""
    quotas = [abs(total) * weight / sum(weights) for weight in weights]
    parts = [(quota // TWELFTH) * TWELFTH for quota in quotas]
    while sum(parts) < abs(total):
        cuts = [quota - part for quota, part in zip(quotas, parts, strict=True)]
        parts[cuts.index(max(cuts))] += TWELFTH
    return [part if total >= 0 else -part for part in parts]


def step(amount: Fraction, before: Fraction, after: Fraction) -> Fraction:
    """What reaching ``after`` of ``amount`` adds to what ``before`` of it was."""
    return to_unit(amount * after, TWELFTH) - to_unit(amount * before, TWELFTH)


def steps(amounts: Sequence[Fraction], before: Fraction, after: Fraction) -> list[Fraction]:
    """The same for amounts of one line, which keep their sum."""
    total = sum(amounts, start=Fraction(0))
    if total == 0:
        return [Fraction(0) for _ in amounts]
    weights = [abs(amount) for amount in amounts]
    reached = divide(to_unit(total * after, TWELFTH), weights)
    left = divide(to_unit(total * before, TWELFTH), weights)
    return [now - then for now, then in zip(reached, left, strict=True)]
