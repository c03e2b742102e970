"""How many events."""

from __future__ import annotations

from decimal import Decimal

from groschen.core.meters.aggregation import AdditiveAggregation, aggregation
from groschen.core.meters.fact import UsageFact
from groschen.core.totals import StateClass

_ONE = Decimal(1)


@aggregation("count", state=StateClass.ADDITIVE)
class Count(AdditiveAggregation):
    """Each event counts one; no property is read."""

    reads_value = False

    def number(self, fact: UsageFact, value: str) -> Decimal:
        """One."""
        del fact, value
        return _ONE
