"""The rule of a stored total, for showing how its amount comes about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from groschen.core.canonical import rule_hash
from groschen.core.components import ComponentKind
from groschen.core.usage import FixedRule

if TYPE_CHECKING:
    from groschen.core.components import Component
    from groschen.core.usage import Rule
    from groschen.features.catalog.model import Offer


def rule_of(offer: Offer, component: Component) -> Rule:
    """The rule of a component; amounts computed elsewhere have a ``FixedRule``."""
    if component.kind is ComponentKind.USAGE:
        return offer.rules[component.id]
    return FixedRule(
        rule_hash(component.to_json()), offer.terms.currency, component.label or component.id
    )


def component_of(offer: Offer, name: str) -> Component:
    """The component of a plan version by its id; there is one for every stored total."""
    return next(one for one in offer.terms.components if one.id == name)
