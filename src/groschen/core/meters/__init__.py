"""Meters: which events count and what quantity they make; one file for each aggregation.

``parse_meter`` reads the stored form; see ``aggregation`` for what an aggregation offers.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from groschen.core.meters.aggregation import (
    AdditiveAggregation,
    Aggregation,
    QuantityTooLarge,
    aggregation_kinds,
)
from groschen.core.meters.fact import UsageFact, ValueTooLong
from groschen.core.meters.filters import Filter, Operator
from groschen.core.meters.meter import Meter, parse_meter

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")

__all__ = [
    "AdditiveAggregation",
    "Aggregation",
    "Filter",
    "Meter",
    "Operator",
    "QuantityTooLarge",
    "UsageFact",
    "ValueTooLong",
    "aggregation_kinds",
    "parse_meter",
]
