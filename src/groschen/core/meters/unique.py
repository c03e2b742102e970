"""How many different values a property has."""

from __future__ import annotations

import json
from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from groschen.core.meters.aggregation import Aggregation, QuantityTooLarge, aggregation
from groschen.core.meters.fact import UsageFact, key_of
from groschen.core.money import ZERO, add, subtract
from groschen.core.totals import State, StateClass

MOST_VALUES: Final = 10_000
_ONE = Decimal(1)


@aggregation("unique", state=StateClass.EXTREMAL)
class Unique(Aggregation):
    """Different values of the property; each has a cell that counts its facts."""

    def check(self, fact: UsageFact, value: str) -> None:
        """Refuse a fact without a value that can be told apart."""
        key_of(fact, value)

    def fold_many(self, state: State, facts: Iterable[UsageFact], value: str) -> State:
        """Count each fact in the cell of its value."""
        cells = dict(state)
        for fact in facts:
            cell = json.dumps(key_of(fact, value), ensure_ascii=False)
            cells[cell] = add(cells.get(cell, ZERO), _ONE)
        if len(cells) > MOST_VALUES:
            raise QuantityTooLarge(
                f"a total cannot tell more than {MOST_VALUES} values apart",
                field="quantity",
                hint="count in groups, or over shorter windows",
            )
        return {cell: count for cell, count in cells.items() if count}

    def unfold(self, state: State, fact: UsageFact, value: str) -> State:
        """Take the fact out of its cell; a cell without facts is not kept."""
        cell = json.dumps(key_of(fact, value), ensure_ascii=False)
        left = subtract(state.get(cell, ZERO), _ONE)
        others = {name: count for name, count in state.items() if name != cell}
        return {**others, cell: left} if left else others

    def quantity(self, state: State) -> Decimal:
        """How many values have a fact."""
        return Decimal(sum(count > 0 for count in state.values()))
