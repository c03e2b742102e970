"""Ways to state what must hold, in the form of the audit's checks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from groschen.audit import Check
from groschen.simulation.model.exact import shown

if TYPE_CHECKING:
    from fractions import Fraction

SHOWN: Final = 5


def same(name: str, expected: object, actual: object) -> Check:
    """Both are the same."""
    return Check(name, str(expected), str(actual), ok=expected == actual)


def near(name: str, expected: Fraction, actual: Fraction, tolerance: Fraction) -> Check:
    """They differ by ``tolerance`` at most."""
    ok = abs(expected - actual) <= tolerance
    return Check(name, shown(expected), shown(actual), ok=ok)


def none(name: str, found: list[str]) -> Check:
    """Nothing was found."""
    return Check(
        name, "0 faults", f"{len(found)} faults", ok=not found, detail=tuple(found[:SHOWN])
    )
