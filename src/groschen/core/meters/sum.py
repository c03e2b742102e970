"""The sum of a property."""

from __future__ import annotations

from groschen.core.meters.aggregation import AdditiveAggregation, aggregation
from groschen.core.totals import StateClass


@aggregation("sum", state=StateClass.ADDITIVE)
class Sum(AdditiveAggregation):
    """The numbers add up; a negative one takes away."""
