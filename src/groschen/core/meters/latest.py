"""The value of the last event."""

from __future__ import annotations

import json
from collections.abc import Iterable
from decimal import Decimal

from groschen.core.meters.aggregation import Aggregation, aggregation
from groschen.core.meters.fact import UsageFact, number_of
from groschen.core.money import ZERO, canonical
from groschen.core.totals import State, StateClass


@aggregation("latest", state=StateClass.EXTREMAL)
class Latest(Aggregation):
    """The number of the last fact by time, source and id. The state's one cell is its place."""

    def fold_many(self, state: State, facts: Iterable[UsageFact], value: str) -> State:
        """Keep the last fact, whatever the order of arrival."""
        known = [(tuple(json.loads(cell)), number) for cell, number in state.items()]
        met = [(fact.order, number_of(fact, value)) for fact in facts]
        if not known and not met:
            return {}
        order, number = max(known + met)
        return {json.dumps(order): canonical(number)}

    def unfold(self, state: State, fact: UsageFact, value: str) -> State | None:
        """The same state, unless the fact is the last one."""
        del value
        return None if json.dumps(fact.order) in state else state

    def quantity(self, state: State) -> Decimal:
        """The last number; zero before the first fact."""
        return next(iter(state.values()), ZERO)
