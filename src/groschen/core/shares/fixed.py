"""A fixed amount for each line, or for each share when deducted on the statement."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Self

from groschen.core.fields import Fields
from groschen.core.money import Money, amount_text
from groschen.core.shares.rule import Portion, ShareBase, ShareFormula, share_rule


@share_rule("fixed")
@dataclass(frozen=True, slots=True)
class FixedShare(ShareFormula):
    """``price`` once, whatever the quantity; negative for a negative line."""

    price: Money

    @classmethod
    def from_params(cls, params: Fields, currency: str) -> Self:
        """Read {"amount": "0.50"}."""
        return cls(params.money("amount", currency))

    def to_params(self) -> dict[str, object]:
        """The stored form."""
        return {"amount": amount_text(self.price.amount, self.price.currency)}

    def portions(self, beneficiary: str, value: Fraction, line: ShareBase) -> tuple[Portion, ...]:
        """One part: the amount, with the sign of ``value``."""
        del line
        amount = Fraction(self.price.amount)
        factors = {"amount": amount_text(self.price.amount, self.price.currency)}
        return (Portion(beneficiary, -amount if value < 0 else amount, factors),)
