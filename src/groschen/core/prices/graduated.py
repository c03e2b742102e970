"""Tiers that are filled one after the other."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Self

from groschen.core.fields import Fields
from groschen.core.prices.model import PriceLine, QuantityPrice, price_model
from groschen.core.prices.tiers import Tier, entered, read_tiers, tier_params
from groschen.core.totals import StateClass


@price_model("graduated", state=StateClass.ADDITIVE)
@dataclass(frozen=True, slots=True)
class GraduatedPrice(QuantityPrice):
    """Each unit costs what its tier says; a tier's flat fee is due when it is entered.

    A quantity of zero or less costs nothing; with ``flat_when_zero`` the first tier's fee.
    More units never cost less.
    """

    tiers_currency: str
    tiers: tuple[Tier, ...]
    flat_when_zero: bool = False

    @property
    def currency(self) -> str:
        """The currency of every tier."""
        return self.tiers_currency

    @classmethod
    def from_params(cls, params: Fields) -> Self:
        """Read {"currency": "EUR", "tiers": [...], "flat_when_zero": false}."""
        currency = params.currency()
        at_zero = params.flag("flat_when_zero", default=False)
        return cls(currency, read_tiers(params, currency), at_zero)

    def to_params(self) -> dict[str, object]:
        """The stored form."""
        return {
            "currency": self.currency,
            "tiers": tier_params(self.tiers),
            "flat_when_zero": self.flat_when_zero,
        }

    def lines_for(self, quantity: Decimal) -> tuple[PriceLine, ...]:
        """A line for the units of each tier that was entered, and one for its fee."""
        reached = entered(self.tiers, quantity, at_zero=self.flat_when_zero)
        return tuple(line for each in reached for line in each.lines(each.units))
