"""A price for each unit."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Self

from groschen.core.fields import Fields
from groschen.core.money import Money, amount_text, multiply, round12
from groschen.core.prices.model import AdditivePrice, Fact, PriceLine, price_model, quantity_of
from groschen.core.totals import State, StateClass

_QUANTITY = "quantity"


@price_model("per_unit", state=StateClass.ADDITIVE)
@dataclass(frozen=True, slots=True)
class PerUnitPrice(AdditivePrice):
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

    def cell(self, fact: Fact) -> tuple[str, Decimal]:
        """The quantity of the fact."""
        return _QUANTITY, quantity_of(fact)

    def lines(self, state: State) -> tuple[PriceLine, ...]:
        """One line, none when nothing is left to charge."""
        quantity = state.get(_QUANTITY, Decimal(0))
        if not quantity:
            return ()
        amount = round12(multiply(self.unit_price.amount, quantity))
        line = PriceLine("units", quantity, self.unit_price, Money(amount, self.currency))
        return (line,)
