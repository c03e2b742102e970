"""The smallest value of a property."""

from __future__ import annotations

from decimal import Decimal

from groschen.core.meters.aggregation import ExtremeAggregation, aggregation
from groschen.core.totals import StateClass


@aggregation("min", state=StateClass.EXTREMAL)
class Min(ExtremeAggregation):
    """The smallest number of the window, such as a fill level."""

    def beats(self, number: Decimal, winner: Decimal) -> bool:
        """Smaller wins."""
        return number < winner
