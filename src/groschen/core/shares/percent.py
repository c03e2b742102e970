"""A percentage of the base."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Self

from groschen.core.fields import Fields
from groschen.core.shares.rule import Portion, ShareBase, ShareFormula, share_rule


@share_rule("percent")
@dataclass(frozen=True, slots=True)
class PercentShare(ShareFormula):
    """``rate`` times the base; 0.06 is six percent."""

    rate: Decimal

    @classmethod
    def from_params(cls, params: Fields, currency: str) -> Self:
        """Read {"rate": "0.06"}."""
        del currency
        return cls(params.decimal("rate"))

    def to_params(self) -> dict[str, object]:
        """The stored form."""
        return {"rate": f"{self.rate:f}"}

    def portions(self, beneficiary: str, value: Fraction, line: ShareBase) -> tuple[Portion, ...]:
        """One part: rate x value."""
        del line
        return (Portion(beneficiary, Fraction(self.rate) * value, {"rate": f"{self.rate:f}"}),)
