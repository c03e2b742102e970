"""A fixed amount, whatever the quantity."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Self

from groschen.core.fields import Fields
from groschen.core.money import Money, amount_text
from groschen.core.prices.model import (
    QUANTITY,
    AdditivePrice,
    Fact,
    PriceLine,
    price_model,
    quantity_of,
)
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

    def cells(self, fact: Fact) -> tuple[tuple[str, Decimal], ...]:
        """Each fact counts one, whatever its quantity, which is kept to be shown."""
        return (_FACTS, Decimal(1)), (QUANTITY, quantity_of(fact))

    def quantity(self, state: State) -> Decimal:
        """What was used for the fixed price."""
        return state.get(QUANTITY, Decimal(0))

    def lines(self, state: State) -> tuple[PriceLine, ...]:
        """One line of quantity 1, none without a fact."""
        if state.get(_FACTS, Decimal(0)) <= 0:
            return ()
        return (PriceLine("flat", Decimal(1), self.price, self.price),)
