"""What every aggregation offers and the registry of aggregations.

An aggregation is one class in one file of this package, registered by ``@aggregation``. It makes
one quantity of the facts of a total; ``value`` names the property it reads.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import ClassVar, TypeVar

from groschen.core.errors import GroschenError, Kind, invariant
from groschen.core.fields import FieldInvalid
from groschen.core.meters.fact import UsageFact, number_of
from groschen.core.money import EXACT, LIMIT, ZERO, canonical
from groschen.core.totals import State, StateClass


class QuantityTooLarge(GroschenError):
    """A total would pass what can be kept exactly; the event cannot be counted."""

    code = "quantity_too_large"
    kind = Kind.UNPROCESSABLE


class Aggregation(ABC):
    """How facts become one quantity. ``value`` is a property's name, empty when none is read."""

    kind: ClassVar[str]
    state_class: ClassVar[StateClass]
    reads_value: ClassVar[bool] = True
    version: ClassVar[int] = 1
    """Raised when the arithmetic changes; it is part of the rule hash."""

    def number(self, fact: UsageFact, value: str) -> Decimal:
        """The number of one fact; raises ``FactIncomplete`` and ``ValueTooLong``."""
        return number_of(fact, value)

    def check(self, fact: UsageFact, value: str) -> None:
        """Refuse a fact that cannot be counted: ``FactIncomplete``, ``ValueTooLong``."""
        self.number(fact, value)

    @abstractmethod
    def fold_many(self, state: State, facts: Iterable[UsageFact], value: str) -> State:
        """The state with more facts; raises what ``check`` raises and ``QuantityTooLarge``."""

    @abstractmethod
    def unfold(self, state: State, fact: UsageFact, value: str) -> State | None:
        """The state without a fact folded before; None when all facts must be folded again."""

    @abstractmethod
    def quantity(self, state: State) -> Decimal:
        """The quantity of ``state``; zero before the first fact."""


class AdditiveAggregation(Aggregation):
    """Class S: each fact adds its number, in any order."""

    def fold_many(self, state: State, facts: Iterable[UsageFact], value: str) -> State:
        """Add the numbers of ``facts``."""
        total = state.get(self.kind, ZERO)
        number, plus = self.number, EXACT.add
        for fact in facts:
            total = plus(total, number(fact, value))
        return self._state(total)

    def unfold(self, state: State, fact: UsageFact, value: str) -> State:
        """Subtract the number of ``fact``."""
        total = state.get(self.kind, ZERO)
        return self._state(EXACT.subtract(total, self.number(fact, value)))

    def quantity(self, state: State) -> Decimal:
        """The sum."""
        return state.get(self.kind, ZERO)

    def _state(self, total: Decimal) -> State:
        within_limit(total)
        return {self.kind: canonical(total)} if total else {}


class ExtremeAggregation(Aggregation):
    """Class M: one number wins. Taking out the winner folds the facts again."""

    @abstractmethod
    def beats(self, number: Decimal, winner: Decimal) -> bool:
        """Whether ``number`` takes the place of ``winner``."""

    def fold_many(self, state: State, facts: Iterable[UsageFact], value: str) -> State:
        """Keep the number that beats the others."""
        winner = state.get(self.kind)
        for fact in facts:
            number = number_of(fact, value)
            if winner is None or self.beats(number, winner):
                winner = number
        return {} if winner is None else {self.kind: canonical(winner)}

    def unfold(self, state: State, fact: UsageFact, value: str) -> State | None:
        """The same state, unless the fact may be the one that won."""
        return None if number_of(fact, value) == state.get(self.kind) else state

    def quantity(self, state: State) -> Decimal:
        """The number that won; zero before the first fact."""
        return state.get(self.kind, ZERO)


def within_limit(total: Decimal) -> None:
    """Raise ``QuantityTooLarge`` when ``total`` has more than sixteen integer digits."""
    if not -LIMIT < total < LIMIT:
        raise QuantityTooLarge(
            "the total would pass 16 digits before the point",
            field="quantity",
            hint="void what was sent by mistake, or count in a larger unit",
        )


AggregationT = TypeVar("AggregationT", bound=Aggregation)
_AGGREGATIONS: dict[str, Aggregation] = {}


def aggregation(
    kind: str, *, state: StateClass
) -> Callable[[type[AggregationT]], type[AggregationT]]:
    """Register an aggregation under ``kind``, the name it is stored with."""

    def register(made: type[AggregationT]) -> type[AggregationT]:
        invariant(kind not in _AGGREGATIONS, f"two aggregations are called {kind}")
        made.kind = kind
        made.state_class = state
        _AGGREGATIONS[kind] = made()
        return made

    return register


def aggregation_kinds() -> tuple[str, ...]:
    """The names of all aggregations, sorted."""
    return tuple(sorted(_AGGREGATIONS))


def aggregation_of(kind: str, field: str = "aggregation") -> Aggregation:
    """The aggregation registered under ``kind``; ``field`` names it in the error."""
    found = _AGGREGATIONS.get(kind)
    if found is None:
        raise FieldInvalid(
            f"there is no aggregation {kind[:64]!r}",
            field=field,
            hint=f"use one of: {', '.join(aggregation_kinds())}",
        )
    return found
