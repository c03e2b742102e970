"""Share rules in plain words: read from an agreement, or from what a share was made of."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import cast

from groschen.core.money import Money
from groschen.core.shares.rule import ShareRule
from groschen.web.ui.parts import RuleWords


def words_of_rule(rule: ShareRule, currency: str) -> RuleWords:
    """What a rule of an agreement gives; the weights of a fixed key are told as such."""
    params = rule.formula.to_params()
    kind = rule.formula.kind
    return RuleWords(
        kind,
        rate=_decimal(params.get("rate")),
        amount=_money(params.get("amount") or params.get("unit_price"), currency),
        by_legs=params.get("weights") == "legs",
    )


def words_of_factors(factors: Mapping[str, str], currency: str) -> RuleWords:
    """How one share came about; the factors stored with it tell which rule it was."""
    if "weight" in factors:
        return RuleWords(
            "apportion",
            rate=_decimal(factors.get("rate")),
            weight=_decimal(factors["weight"]),
            weight_total=_decimal(factors.get("weights")),
        )
    if "unit_price" in factors:
        return RuleWords(
            "per_unit",
            amount=_money(factors["unit_price"], currency),
            weight=_decimal(factors.get("quantity")),
        )
    if "amount" in factors:
        return RuleWords("fixed", amount=_money(factors["amount"], currency))
    if "rate" in factors:
        return RuleWords("percent", rate=_decimal(factors["rate"]))
    return RuleWords("residual")


def _decimal(text: object) -> Decimal | None:
    return None if text is None else Decimal(cast("str", text))


def _money(text: object, currency: str) -> Money | None:
    return None if text is None else Money(Decimal(cast("str", text)), currency)
