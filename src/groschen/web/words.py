"""Prices and share rules in plain words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import cast

from groschen.core.money import ZERO, Money
from groschen.core.prices import PriceModel
from groschen.core.prices.first_free import FirstFreePrice
from groschen.core.prices.flat import FlatPrice
from groschen.core.prices.graduated import GraduatedPrice
from groschen.core.prices.package import PackagePrice
from groschen.core.prices.per_unit import PerUnitPrice
from groschen.core.prices.tiers import Tier
from groschen.core.prices.volume import VolumePrice
from groschen.core.shares.rule import ShareRule
from groschen.web.ui.parts import PriceTier, PriceWords, RuleWords


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


def words_of_price(price: PriceModel) -> PriceWords:
    """What a price asks for; a model without words of ours is told by its name."""
    words = PriceWords(price.kind)
    match price:
        case FlatPrice():
            words = PriceWords("flat", price.price)
        case PerUnitPrice():
            words = PriceWords("per_unit", price.unit_price)
        case PackagePrice():
            words = PriceWords("package", price.package_price, price.package_size, price.free_units)
        case FirstFreePrice():
            words = PriceWords("first_free", price.unit_price, free=Decimal(price.free_events))
        case GraduatedPrice():
            words = PriceWords("graduated", tiers=_tiers(price.tiers))
        case VolumePrice():
            words = PriceWords("volume", tiers=_tiers(price.tiers))
        case _:
            pass
    return words


def _tiers(tiers: Sequence[Tier]) -> tuple[PriceTier, ...]:
    bounds = [ZERO, *(tier.up_to or ZERO for tier in tiers)]
    return tuple(
        PriceTier(above, tier.up_to, tier.unit_price, tier.flat_fee)
        for above, tier in zip(bounds, tiers, strict=False)
    )


def _decimal(text: object) -> Decimal | None:
    return None if text is None else Decimal(cast("str", text))


def _money(text: object, currency: str) -> Money | None:
    return None if text is None else Money(Decimal(cast("str", text)), currency)
