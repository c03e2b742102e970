"""Everything the rules before have left."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar, Self

from groschen.core.fields import Fields
from groschen.core.shares.rule import Base, Portion, ShareBase, ShareFormula, share_rule


@share_rule("residual")
@dataclass(frozen=True, slots=True)
class ResidualShare(ShareFormula):
    """What is left of the line, so that nothing is retained; the last of the line rules."""

    takes_the_rest: ClassVar[bool] = True
    bases: ClassVar[frozenset[Base]] = frozenset({Base.LEFT})

    @classmethod
    def from_params(cls, params: Fields, currency: str) -> Self:
        """Nothing to read."""
        del params, currency
        return cls()

    def to_params(self) -> dict[str, object]:
        """Nothing to store."""
        return {}

    def portions(self, beneficiary: str, value: Fraction, line: ShareBase) -> tuple[Portion, ...]:
        """One part: all of ``value``."""
        del line
        return (Portion(beneficiary, value),)
