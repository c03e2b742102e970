"""Price models: one file each, found by themselves.

``parse_price`` reads the stored form; see ``model`` for what a model offers.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from groschen.core.prices.model import (
    AdditivePrice,
    Fact,
    FactIncomplete,
    Leg,
    PriceKindUnknown,
    PriceLine,
    PriceModel,
    ProofStep,
    QuantityPrice,
    parse_price,
    price_kinds,
    price_model,
)

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")

__all__ = [
    "AdditivePrice",
    "Fact",
    "FactIncomplete",
    "Leg",
    "PriceKindUnknown",
    "PriceLine",
    "PriceModel",
    "ProofStep",
    "QuantityPrice",
    "parse_price",
    "price_kinds",
    "price_model",
]
