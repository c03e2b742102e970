"""Arithmetic of the model: fractions, and the one way to round them."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

ZERO: Final = Fraction(0)
CENT: Final = Fraction(1, 100)
TWELFTH: Final = Fraction(1, 10**12)


def half_up(value: Fraction, unit: Fraction = CENT) -> Fraction:
    """The nearest multiple of ``unit``; what lies in the middle goes away from zero."""
    below = (abs(value) // unit) * unit
    nearest = below + unit if abs(value) - below >= unit / 2 else below
    return nearest if value >= 0 else -nearest


def tax_within(gross: Fraction, rate: Fraction) -> Fraction:
    """The tax in a gross price on a document, in cents."""
    return half_up(gross - gross / (1 + rate))


def shown(value: Fraction) -> str:
    """A fraction as a decimal with thirteen places, for people who compare."""
    scaled = half_up(value, Fraction(1, 10**13)) * 10**13
    digits = f"{abs(int(scaled)):014d}"
    return f"{'-' if scaled < 0 else ''}{digits[:-13]}.{digits[-13:]}"
