"""A price for each unit."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Self

from groschen.core.fields import Fields
from groschen.core.money import Money, amount_text
from groschen.core.prices.model import PriceLine, QuantityPrice, line_of, price_model
from groschen.core.totals import StateClass


@price_model("per_unit", state=StateClass.ADDITIVE)
@dataclass(frozen=True, slots=True)
class PerUnitPrice(QuantityPrice):
    """``unit_price`` for each unit; a negative quantity (more voided than used) is negative."""

    unit_price: Money

    @property
    def currency(self) -> str:
        """The currency of ``unit_price``."""
        return self.unit_price.currency

    @classmethod
    def from_params(cls, params: Fields) -> Self:
        """Read {"currency": "EUR", "unit_price": "0.32"}."""
        return cls(params.money("unit_price", params.currency()))

    def to_params(self) -> dict[str, object]:
        """The stored form."""
        unit_price = amount_text(self.unit_price.amount, self.currency)
        return {"currency": self.currency, "unit_price": unit_price}

    def lines_for(self, quantity: Decimal) -> tuple[PriceLine, ...]:
        """One line, none when nothing is left to charge."""
        return (line_of("units", quantity, self.unit_price),) if quantity else ()
