"""What orders and subscriptions ask: which version of a plan is in force, and what it says.

A version never changes, so its parsed terms are kept per process; which version is in force is
looked up each time, one query for a whole batch.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from groschen.core.usage import UsageRule
from groschen.features.catalog.model import Offer, PlanVersionNotFound
from groschen.features.catalog.queries import plans as queries
from groschen.features.catalog.service.meters import of_names

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import datetime
    from uuid import UUID

    from groschen.kit.db import Scope

MOST_KEPT: Final = 10_000
_kept: Final[dict[tuple[UUID, UUID], Offer]] = {}


async def offers(scope: Scope, plans: Iterable[str], at: datetime) -> dict[str, Offer]:
    """The offers in force at ``at`` by the external ids of their plans.

    A plan that does not exist, or has no version that has started, is left out.
    """
    in_force = await queries.versions_in_force(scope, set(plans), at)
    by_version = await offers_by_version(scope, in_force.values())
    return {plan: by_version[version_id] for plan, version_id in in_force.items()}


async def offers_by_version(scope: Scope, version_ids: Iterable[UUID]) -> dict[UUID, Offer]:
    """The offers with these version ids; raises ``PlanVersionNotFound`` if one is missing."""
    asked = set(version_ids)
    kept = {
        version_id: offer
        for version_id in asked
        if (offer := _kept.get((scope.tenant_id, version_id))) is not None
    }
    if missing := asked - kept.keys():
        read = {offer.plan_version_id: offer for offer in await _read(scope, missing)}
        if unknown := missing - read.keys():
            raise PlanVersionNotFound("there is no such plan version", plan_version_id=min(unknown))
        _keep(scope.tenant_id, read)
        kept |= read
    return kept


async def _read(scope: Scope, version_ids: Collection[UUID]) -> list[Offer]:
    """Read offers with the rules of their usage components."""
    found = await queries.offers(scope, version_ids)
    meters = await of_names(scope, {name for offer in found for name in offer.terms.meters})
    return [
        replace(
            offer,
            rules={
                one.id: UsageRule(meters[one.meter], one.priced)
                for one in offer.terms.components
                if one.meter is not None
            },
        )
        for offer in found
    ]


async def products_under(scope: Scope, agreements: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """The names of the products sold under agreements, by the agreements' external ids."""
    asked = sorted(set(agreements))
    pairs = await queries.products_under(scope, asked) if asked else []
    return {one: tuple(name for other, name in pairs if other == one) for one in asked}


def _keep(tenant_id: UUID, read: dict[UUID, Offer]) -> None:
    """Keep offers, forgetting the longest kept ones beyond ``MOST_KEPT``."""
    _kept.update({(tenant_id, version_id): offer for version_id, offer in read.items()})
    while len(_kept) > MOST_KEPT:
        del _kept[next(iter(_kept))]
