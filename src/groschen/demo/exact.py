"""Exact arithmetic of the showcase's own, in fractions; nothing of the product is used here."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

CENT: Final = Fraction(1, 100)
TWELFTH: Final = Fraction(1, 10**12)
ZERO: Final = Fraction(0)


def to_unit(value: Fraction, unit: Fraction) -> Fraction:
    """Round half up on the absolute value to a multiple of ``unit``."""
    steps = abs(value) / unit + Fraction(1, 2)
    rounded = steps.numerator // steps.denominator * unit
    return rounded if value >= 0 else -rounded


def divide(total: Fraction, weights: Sequence[Fraction]) -> tuple[Fraction, ...]:
    """Divide at twelve decimals; the largest remainders get what is left, ties the earlier."""
    whole = sum(weights, start=ZERO)
    exact = [total * weight / whole for weight in weights]
    floors = [part // TWELFTH * TWELFTH for part in exact]
    left = int((total - sum(floors, start=ZERO)) / TWELFTH)
    order = sorted(range(len(exact)), key=lambda index: (floors[index] - exact[index], index))
    lifted = set(order[:left])
    return tuple(
        floor + TWELFTH if index in lifted else floor for index, floor in enumerate(floors)
    )


def tax_inside(gross: Fraction, rate: Fraction, unit: Fraction) -> tuple[Fraction, Fraction]:
    """Net and tax of a gross amount; the tax is rounded to ``unit``, the net is the rest."""
    tax = to_unit(gross - gross / (1 + rate), unit)
    return gross - tax, tax


def text(value: Fraction, places: int = 12) -> str:
    """Write a fraction as a plain decimal with at most ``places`` decimals, at least two.

    What has more decimals is rounded half up on the absolute value.
    """
    units = to_unit(value, Fraction(1, 10**places)) * 10**places
    digits = f"{abs(units.numerator):0{places + 1}d}"
    whole, decimals = digits[:-places], digits[-places:].rstrip("0").ljust(2, "0")
    return f"{'-' if units < 0 else ''}{whole}.{decimals}"
