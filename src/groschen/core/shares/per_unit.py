"""An amount for each unit of the line."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Self

from groschen.core.fields import Fields
from groschen.core.money import Money, amount_text
from groschen.core.shares.rule import Portion, ShareBase, ShareFormula, share_rule


@share_rule("per_unit")
@dataclass(frozen=True, slots=True)
class PerUnitShare(ShareFormula):
    """``unit_price`` times the quantity of the line, whatever the base."""

    unit_price: Money

    @classmethod
    def from_params(cls, params: Fields, currency: str) -> Self:
        """Read {"unit_price": "0.095"}."""
        return cls(params.money("unit_price", currency))

    def to_params(self) -> dict[str, object]:
        """The stored form."""
        return {"unit_price": amount_text(self.unit_price.amount, self.unit_price.currency)}

    def portions(self, beneficiary: str, value: Fraction, line: ShareBase) -> tuple[Portion, ...]:
        """One part: unit price x quantity."""
        del value
        factors = {
            "unit_price": amount_text(self.unit_price.amount, self.unit_price.currency),
            "quantity": f"{line.quantity:f}",
        }
        amount = Fraction(self.unit_price.amount) * Fraction(line.quantity)
        return (Portion(beneficiary, amount, factors),)
