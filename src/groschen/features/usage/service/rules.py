"""The rule of a stored total, for showing how its amount comes about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from groschen.core.canonical import rule_hash
from groschen.core.components import ComponentKind
from groschen.core.prices.model import QuantityPrice
from groschen.core.usage import FixedRule, QuantityRule

if TYPE_CHECKING:
    from groschen.core.components import Component
    from groschen.core.usage import Rule
    from groschen.features.catalog.model import Offer


def rule_of(offer: Offer, component: Component, pinned: str) -> Rule:
    """The rule of a total of a component, which ``pinned`` is the hash of.

    Amounts computed elsewhere have a ``FixedRule``, quantities from a reseller a
    ``QuantityRule``.
    """
    if isinstance(component.price, QuantityPrice):
        measured_below = QuantityRule(component.price)
        if measured_below.rule_hash == pinned:
            return measured_below
    if component.kind is ComponentKind.USAGE:
        return offer.rules[component.id]
    return FixedRule(
        rule_hash(component.to_json()), offer.terms.currency, component.label or component.id
    )


def component_of(offer: Offer, name: str) -> Component:
    """The component of a plan version by its id; there is one for every stored total."""
    return next(one for one in offer.terms.components if one.id == name)
