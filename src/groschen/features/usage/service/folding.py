"""Folding the facts of charges into their totals, day by day."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from groschen.core.meters import QuantityTooLarge
from groschen.features.usage.model import TotalTooLarge
from groschen.features.usage.service.derived import place_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date
    from uuid import UUID

    from groschen.core.totals import State, TotalKey
    from groschen.features.usage.model import Charge, DatedFact
    from groschen.features.usage.service.books import Book


@dataclass(frozen=True, slots=True)
class Folding:
    """A charge, the book of its total, and the service days of its facts in order."""

    charge: Charge
    book: Book
    days: tuple[date, ...] = field(init=False)

    def __post_init__(self) -> None:
        days = {fact.day for fact in self.charge.added}
        days.update(fact.day for fact in self.charge.removed)
        if self.charge.replaced is not None:
            days.add(self.charge.replaced[0])
        object.__setattr__(self, "days", tuple(sorted(days)))

    @property
    def place(self) -> tuple[UUID, UUID, int]:
        """Owner, window and segment of the total."""
        return place_of(self.charge.key)

    @property
    def must_refold(self) -> bool:
        """Whether a fact that went cannot simply be taken out of the state."""
        state: State = self.book.state
        for fact in self.charge.removed:
            left = self.charge.rule.unfold(state, fact.fact)
            if left is None:
                return True
            state = left
        return False


def fold(folding: Folding, day: date, facts: Mapping[TotalKey, Sequence[DatedFact]]) -> None:
    """Fold in and out the facts of one service day.

    ``facts`` are all that a total has now, if it must be folded again; the whole difference then
    belongs to the first day that changed. Raises ``TotalTooLarge``.
    """
    charge = folding.charge
    again = charge.replaced[1] if charge.replaced else facts.get(charge.key)
    try:
        if again is None:
            _fold_day(folding, day)
        elif day == folding.days[0]:
            _fold_again(folding, day, again)
    except QuantityTooLarge as refusal:
        raise TotalTooLarge(charge.key) from refusal


def _fold_day(folding: Folding, day: date) -> None:
    charge, book = folding.charge, folding.book
    added, removed = charge.added, charge.removed
    if len(folding.days) > 1:
        added = [fact for fact in added if fact.day == day]
        removed = [fact for fact in removed if fact.day == day]
    state = book.state
    for fact in removed:
        left = charge.rule.unfold(state, fact.fact)
        state = state if left is None else left
    _move(folding, day, charge.rule.fold_many(state, [fact.fact for fact in added]))
    book.count(added, removed)


def _fold_again(folding: Folding, day: date, facts: Sequence[DatedFact]) -> None:
    rule = folding.charge.rule
    _move(folding, day, rule.fold_many(rule.empty(), [fact.fact for fact in facts]))
    folding.book.recount(facts)


def _move(folding: Folding, day: date, state: State) -> None:
    rule = folding.charge.rule
    folding.book.move(day, state, rule.quantity(state), rule.amount(state).amount)
