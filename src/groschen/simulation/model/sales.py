"""What becomes of a sale's shares: released when paid, taken back in proportion, given back."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING

from groschen.simulation.model.exact import TWELFTH, ZERO

if TYPE_CHECKING:
    from collections.abc import Mapping

    from groschen.simulation.model.sharing import Part, Priced

SUM_TOLERANCE = TWELFTH


@dataclass(slots=True)
class Owed:
    """Of one partner: what is released of its shares, and the commission that follows them."""

    share: Fraction = ZERO
    commission: Fraction = ZERO
    vat: Fraction = ZERO

    def add(self, other: Owed) -> None:
        """Add another sale's."""
        self.share += other.share
        self.commission += other.commission
        self.vat += other.vat


@dataclass(slots=True)
class Line:
    """One order line. ``undone`` of its gross was taken back; the rest is what still stands.

    ``lost`` are the fractions of the line that were undone, by the event that did it.
    """

    priced: Priced
    undone: Fraction = ZERO
    lost: dict[str, Fraction] = field(default_factory=lambda: defaultdict(lambda: ZERO))

    @property
    def left(self) -> Fraction:
        """Gross that still stands."""
        return self.priced.gross - self.undone

    def undo(self, amount: Fraction, event: str) -> None:
        """Take ``amount`` of the gross back; negative gives it back."""
        if amount:
            self.undone += amount
            self.lost[event] += amount / self.priced.gross


@dataclass(slots=True)
class Sale:
    """One order: its lines by item id, and what happened to it, in the order it was booked."""

    lines: dict[str, Line]
    is_paid: bool = False
    is_cancelled: bool = False
    steps: int = 1
    _taken: dict[str, dict[str, Fraction]] = field(default_factory=dict[str, dict[str, Fraction]])

    @property
    def left(self) -> Fraction:
        """Gross that is not undone."""
        return sum((line.left for line in self.lines.values()), start=ZERO)

    def pay(self) -> None:
        """All of it was paid."""
        self.is_paid = True
        self.steps += 1

    def cancel(self) -> None:
        """It was never paid: everything falls away, whatever the rules keep."""
        self.is_cancelled = True
        for line in self.lines.values():
            line.undo(line.left, "cancellation")

    def refund(self, item: str | None, gross: Fraction) -> None:
        """``gross`` of one item, or of all by what is left of each, is undone."""
        self._undo("refund", None, {item} if item else set(self.lines), gross)

    def charge_back(self, name: str, amount: Fraction) -> None:
        """The bank took ``amount`` back; what exceeds the rest of the sale is the seller's loss."""
        self._undo("chargeback", name, set(self.lines), amount)

    def win(self, name: str) -> None:
        """The chargeback ``name`` was won: exactly what it took comes back."""
        for item, amount in self._taken.pop(name).items():
            self.lines[item].undo(-amount, "chargeback")
        self.steps += 1

    def _undo(self, event: str, name: str | None, items: set[str], gross: Fraction) -> None:
        """Divide what is undone by what is left of each line; at most all that is left."""
        lines = {item: self.lines[item] for item in sorted(items)}
        left = sum((line.left for line in lines.values()), start=ZERO)
        gross = min(gross, left)
        if not gross:
            portions: Mapping[str, Fraction] = {}
        else:
            portions = {item: gross * line.left / left for item, line in lines.items()}
        for item, amount in portions.items():
            lines[item].undo(amount, event)
        if name is not None:
            self._taken[name] = dict(portions)
        self.steps += 1

    def owed(self) -> dict[str, Owed]:
        """What is released to each partner after all that happened."""
        found: dict[str, Owed] = defaultdict(Owed)
        for line in self.lines.values():
            is_released = self.is_paid or line.priced.released_at == "on_sale"
            for part in line.priced.parts if is_released else ():
                _add_part(found[part.partner], part, line)
        return dict(found)


def _add_part(owed: Owed, part: Part, line: Line) -> None:
    owed.share += part.amount * _standing(line, part.kept_on)
    for commission in part.commissions:
        amount = commission.amount * _standing(line, commission.kept_on)
        owed.commission += amount
        owed.vat += amount * commission.vat_rate


def _standing(line: Line, kept_on: frozenset[str]) -> Fraction:
    """Which fraction of a line's amount still stands, given the events that it outlives."""
    gone = (lost for event, lost in line.lost.items() if event not in kept_on)
    return 1 - sum(gone, start=ZERO)
