"""Checks: what was expected beside what was seen, as text that says both exactly."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from groschen.demo.exact import text

if TYPE_CHECKING:
    from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Check:
    """One statement about the story, and whether it holds."""

    name: str
    expected: str
    actual: str
    ok: bool


@dataclass(slots=True)
class Checks:
    """Collects checks; each name is given once. ``story`` is put in front of the names."""

    story: str = ""
    made: list[Check] = field(default_factory=list[Check])

    def same(self, name: str, expected: str, actual: str) -> None:
        """Two texts must be equal."""
        self._add(name, expected, actual, ok=expected == actual)

    def amount(self, name: str, expected: Fraction, actual: Fraction) -> None:
        """Two amounts must be equal, exactly."""
        self._add(name, text(expected), text(actual), ok=expected == actual)

    def count(self, name: str, expected: int, actual: int) -> None:
        """Two whole numbers must be equal."""
        self.same(name, str(expected), str(actual))

    def holds(self, name: str, *, actual: bool) -> None:
        """Something must be so."""
        self.same(name, "yes", "yes" if actual else "no")

    def within(self, name: str, limit: Fraction, actual: Fraction) -> None:
        """A deviation must be at most ``limit`` in absolute value."""
        shown = f"0 within {text(limit, 15)}"
        self._add(name, shown, text(actual, 18), ok=abs(actual) <= limit)

    def _add(self, name: str, expected: str, actual: str, *, ok: bool) -> None:
        self.made.append(Check(self.story + name, expected, actual, ok))

    @property
    def failed(self) -> list[Check]:
        """The checks that do not hold."""
        return [check for check in self.made if not check.ok]

    def to_json(self) -> list[dict[str, str | bool]]:
        """Return the checks in the order they were made."""
        return [asdict(check) for check in self.made]
