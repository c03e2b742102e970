"""A fixed amount, whatever the quantity."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Self

from groschen.core.fields import Fields
from groschen.core.money import Money, amount_text
from groschen.core.prices.model import AdditivePrice, Fact, PriceLine, price_model
from groschen.core.totals import State, StateClass

_FACTS = "facts"


@price_model("flat", state=StateClass.ADDITIVE)
@dataclass(frozen=True, slots=True)
class FlatPrice(AdditivePrice):
    """``price`` once for the order line or window, as soon as there is one fact."""

    price: Money

    @property
    def currency(self) -> str:
        """The currency of ``price``."""
        return self.price.currency

    @classmethod
    def from_params(cls, params: Fields) -> Self:
        """Read {"currency": "EUR", "amount": "9.90"}."""
        return cls(params.money("amount", params.currency()))

    def to_params(self) -> dict[str, object]:
        """The stored form."""
        amount = amount_text(self.price.amount, self.currency)
        return {"currency": self.currency, "amount": amount}

    def cell(self, fact: Fact) -> tuple[str, Decimal]:
        """Each fact counts one, whatever its quantity."""
        del fact
        return _FACTS, Decimal(1)

    def lines(self, state: State) -> tuple[PriceLine, ...]:
        """One line of quantity 1, none without a fact."""
        if state.get(_FACTS, Decimal(0)) <= 0:
            return ()
        return (PriceLine("flat", Decimal(1), self.price, self.price),)
