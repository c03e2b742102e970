"""Whether a plan may sell on an offer: what consumes it, and at which price."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from groschen.core.components import ComponentKind
from groschen.core.money import round12
from groschen.core.period import day_of
from groschen.core.prices.graduated import GraduatedPrice
from groschen.core.prices.package import PackagePrice
from groschen.core.prices.per_unit import PerUnitPrice
from groschen.core.prices.volume import VolumePrice
from groschen.core.sale import Basis
from groschen.features.catalog import service as catalog
from groschen.features.levels.model import (
    OfferNotAccepted,
    PlanNotInOffer,
    PriceOutsideCorridor,
)
from groschen.features.levels.service.packing import bought_versions
from groschen.kit.ids import encode_id
from groschen.kit.outbox import Event, publish

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from groschen.core.components import Component
    from groschen.core.prices import PriceModel
    from groschen.features.catalog.model import Offer
    from groschen.features.levels.terms import OfferComponent, OfferTerms
    from groschen.kit.db import Scope

COMPONENTS = "terms.components"


async def check_plans(scope: Scope, version_ids: Sequence[UUID]) -> None:
    """Refuse versions that sell on what was not accepted, or otherwise than it allows.

    One that sells below the wholesale price is published, with the event
    ``plan.below_wholesale``. Raises ``OfferNotAccepted``, ``PlanNotInOffer`` and
    ``PriceOutsideCorridor``.
    """
    plans = await catalog.offers_by_version(scope, version_ids)
    for plan in plans.values():
        if plan.terms.wholesale is not None:
            await _check(scope, plan)


async def _check(scope: Scope, plan: Offer) -> None:
    found = (await bought_versions(scope)).of(plan)
    if found is None:
        raise OfferNotAccepted(
            "this version of the offer was not accepted",
            field="terms.wholesale",
            hint="accept it first with POST /v1/offers/{id}/accept",
        )
    _, copy = found
    _check_terms(plan, copy.terms, copy.components)
    share = await _net_share(scope, plan)
    below: list[str] = []
    for index, one in enumerate(plan.terms.components):
        bought = copy.terms.component(copy.components.get(one.id, ""))
        if bought is None:
            continue
        _check_cadence(one, bought, index)
        prices = [round12(Fraction(price) * share) for price in unit_prices(one.price)]
        _check_corridor(prices, bought, index)
        costs = unit_prices(bought.price)
        if prices and costs and min(prices) < min(costs):
            below.append(one.id)
    if below:
        data = {"plan_version": encode_id("plv", plan.plan_version_id), "components": below}
        await publish(scope, [Event("plan.below_wholesale", plan.plan_id, data)])


def _check_terms(plan: Offer, terms: OfferTerms, components: Mapping[str, str]) -> None:
    if plan.terms.currency != terms.currency:
        raise PlanNotInOffer(
            f"the offer is in {terms.currency}",
            field="terms.currency",
            hint=f"sell it in {terms.currency}",
        )
    if plan.terms.agreement != terms.agreement:
        raise PlanNotInOffer(
            "what the plan costs would not be booked",
            field="terms.agreement",
            hint=f"name the agreement {terms.agreement!r}, which accepting the offer signed",
        )
    for index, one in enumerate(plan.terms.components):
        if one.kind is ComponentKind.USAGE and one.id not in components:
            raise PlanNotInOffer(
                f"{one.id} consumes nothing of the offer",
                field=f"{COMPONENTS}.{index}.id",
                hint=f"components that do are: {', '.join(sorted(components))}",
            )
    consumed = {components[one.id] for one in plan.terms.components if one.id in components}
    missing = sorted({one.id for one in terms.components} - consumed)
    if missing:
        raise PlanNotInOffer(
            f"no component of the plan consumes {missing[0]!r} of the offer",
            field=COMPONENTS,
            hint="add one; what it shall not cost the customer has the price 0",
        )


def _check_cadence(one: Component, bought: OfferComponent, index: int) -> None:
    """A base price counts windows, so both count the same; usage may have windows of its own."""
    counts_windows = ComponentKind.RECURRING in {one.kind, bought.kind}
    if counts_windows and (one.kind, one.every) != (bought.kind, bought.every):
        raise PlanNotInOffer(
            f"{bought.id} of the offer is charged every {bought.every}",
            field=f"{COMPONENTS}.{index}.every",
            hint=f"charge {one.id} every {bought.every}, if need be at the price 0",
        )


def _check_corridor(prices: Sequence[Decimal], bought: OfferComponent, index: int) -> None:
    corridor = bought.corridor
    if corridor is None:
        return
    field = f"{COMPONENTS}.{index}.price"
    hint = f"ask for {corridor.lowest:f} to {corridor.highest:f} net a unit"
    if not prices:
        raise PriceOutsideCorridor("the price has no price of a unit", field=field, hint=hint)
    for price in prices:
        if not corridor.lowest <= price <= corridor.highest:
            raise PriceOutsideCorridor(
                f"{price:f} net a unit is outside of what the offer allows", field=field, hint=hint
            )


async def _net_share(scope: Scope, plan: Offer) -> Fraction:
    """What of a price of the plan is net."""
    if plan.terms.basis is Basis.NET:
        return Fraction(1)
    day = day_of(scope.now, ZoneInfo(scope.tenant.time_zone))
    rate = await catalog.tax_rate(scope, plan.tax_class, day)
    return 1 / (1 + Fraction(rate.rate))


def unit_prices(price: PriceModel | None) -> list[Decimal]:
    """All prices of one unit that a price knows; none where it knows no such thing."""
    if isinstance(price, PerUnitPrice):
        return [price.unit_price.amount]
    if isinstance(price, GraduatedPrice | VolumePrice):
        return [tier.unit_price.amount for tier in price.tiers]
    if isinstance(price, PackagePrice):
        return [round12(Fraction(price.package_price.amount) / Fraction(price.package_size))]
    return []
