"""The largest value of a property."""

from __future__ import annotations

from decimal import Decimal

from groschen.core.meters.aggregation import ExtremeAggregation, aggregation
from groschen.core.totals import StateClass


@aggregation("max", state=StateClass.EXTREMAL)
class Max(ExtremeAggregation):
    """The largest number of the window, such as a peak."""

    def beats(self, number: Decimal, winner: Decimal) -> bool:
        """Larger wins."""
        return number > winner
