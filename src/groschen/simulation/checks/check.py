"""One thing that must hold, with what was expected and what was found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from groschen.simulation.model.exact import shown

if TYPE_CHECKING:
    from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Check:
    """``detail`` names what differs."""

    name: str
    expected: str
    actual: str
    ok: bool
    detail: str = ""


def same(name: str, expected: object, actual: object, detail: str = "") -> Check:
    """Both are the same."""
    return Check(name, str(expected), str(actual), expected == actual, detail)


def near(
    name: str, expected: Fraction, actual: Fraction, tolerance: Fraction, detail: str = ""
) -> Check:
    """They differ by ``tolerance`` at most."""
    ok = abs(expected - actual) <= tolerance
    return Check(name, shown(expected), shown(actual), ok, detail)


def none(name: str, found: list[str]) -> Check:
    """Nothing was found."""
    return Check(name, "0", str(len(found)), not found, "; ".join(found[:5]))
