"""A rate of the base, divided by weights: the legs of the line or a fixed key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import ClassVar, Self

from groschen.core.errors import GroschenError, Kind
from groschen.core.fields import FieldInvalid, Fields, join, read_decimal
from groschen.core.money import WeightsAllZero, add_all
from groschen.core.shares.rule import Portion, ShareBase, ShareFormula, share_rule

LEGS = "legs"


class LegsMissing(GroschenError):
    """A rule divides by the legs of the line, but the line has none."""

    code = "legs_missing"
    kind = Kind.UNPROCESSABLE


@share_rule("apportion")
@dataclass(frozen=True, slots=True)
class ApportionShare(ShareFormula):
    """``rate`` of the base, divided by ``weights``; None means by the legs of the line.

    Legs are in the order of the route. A fixed key is in the order of its names, because a
    stored object keeps no order; so a tie in the twelfth decimal always goes the same way.
    """

    names_beneficiaries: ClassVar[bool] = True

    rate: Decimal
    weights: Mapping[str, Decimal] | None

    @classmethod
    def from_params(cls, params: Fields, currency: str) -> Self:
        """Read {"rate": "1", "weights": "legs"}, or weights as {"op-a": "8.4", ...}."""
        del currency
        return cls(params.decimal("rate", Decimal(1)), _read_weights(params))

    def to_params(self) -> dict[str, object]:
        """The stored form."""
        weights = None if self.weights is None else _texts(self.weights)
        return {"rate": f"{self.rate:f}", "weights": LEGS if weights is None else weights}

    @property
    def fixed_beneficiaries(self) -> tuple[str, ...]:
        """The parties of the fixed key; none when the legs of the line divide."""
        return tuple(self.weights or ())

    def portions(self, beneficiary: str, value: Fraction, line: ShareBase) -> tuple[Portion, ...]:
        """One part for each weight: rate x value x weight / sum of weights."""
        del beneficiary
        weights = self._weights_of(line)
        whole = sum((Fraction(weight) for _, weight in weights), start=Fraction(0))
        if not whole:
            raise WeightsAllZero(
                "all weights of the line are zero",
                field=LEGS,
                hint="give at least one leg a weight above zero",
            )
        shared = Fraction(self.rate) * value
        of_all = f"{add_all(weight for _, weight in weights):f}"
        known = {"rate": f"{self.rate:f}", "weights": of_all}
        return tuple(
            Portion(party, shared * Fraction(weight) / whole, {**known, "weight": f"{weight:f}"})
            for party, weight in weights
        )

    def _weights_of(self, line: ShareBase) -> tuple[tuple[str, Decimal], ...]:
        if self.weights is not None:
            return tuple(self.weights.items())
        if not line.legs:
            raise LegsMissing(
                "the rule divides by legs, but the line has no legs",
                field=LEGS,
                hint="sell it at a price with legs, or give the rule fixed weights",
            )
        return tuple((leg.operator, leg.weight) for leg in line.legs)


def _read_weights(params: Fields) -> Mapping[str, Decimal] | None:
    if params.value("weights") == LEGS:
        return None
    if isinstance(params.value("weights"), str):
        raise FieldInvalid(
            f"{params.at('weights')} must be {LEGS!r} or an object of weights",
            field=params.at("weights"),
            hint='write "legs" or {"op-a": "60", "op-b": "40"}',
        )
    path = params.at("weights")
    weights = {
        party: read_decimal(weight, join(path, party))
        for party, weight in sorted(params.items("weights"))
    }
    if not any(weights.values()):
        raise WeightsAllZero(
            "all weights are zero", field=path, hint="give at least one party a weight above zero"
        )
    return weights


def _texts(weights: Mapping[str, Decimal]) -> dict[str, str]:
    return {party: f"{weight:f}" for party, weight in weights.items()}
