"""The sum of a property."""

from __future__ import annotations

from decimal import Decimal

from groschen.core.meters.aggregation import AdditiveAggregation, aggregation
from groschen.core.meters.fact import UsageFact, number_of
from groschen.core.totals import StateClass


@aggregation("sum", state=StateClass.ADDITIVE)
class Sum(AdditiveAggregation):
    """The numbers add up; a negative one takes away."""

    def number(self, fact: UsageFact, value: str) -> Decimal:
        """The number in the property ``value``."""
        return number_of(fact, value)
