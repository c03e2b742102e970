"""What orders ask: which version of a plan is in force, and what it says.

A version never changes, so its parsed terms are kept per process; which version is in force is
looked up each time, one query for a whole batch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from groschen.features.catalog import queries
from groschen.features.catalog.model import (
    Offer,
    PlanNotInForce,
    PlanUnknown,
    PlanVersionNotFound,
)

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from uuid import UUID

    from groschen.features.catalog.queries import VersionInForce
    from groschen.kit.db import Scope

MOST_KEPT: Final = 10_000
_kept: Final[dict[tuple[UUID, UUID], Offer]] = {}


async def offers(
    scope: Scope, wanted: Iterable[tuple[str, datetime]]
) -> dict[tuple[str, datetime], Offer]:
    """The offers of plans (by external id) at instants, one for each pair.

    Raises ``PlanUnknown`` and ``PlanNotInForce``, both with the plan as a fact.
    """
    pairs = set(wanted)
    if not pairs:
        return {}
    found = await queries.versions_in_force(scope, pairs)
    chosen = {(one.external_id, one.at): _version_of(one) for one in found}
    by_version = await offers_by_version(scope, chosen.values())
    return {pair: by_version[version_id] for pair, version_id in chosen.items()}


async def offers_by_version(scope: Scope, version_ids: Iterable[UUID]) -> dict[UUID, Offer]:
    """The offers with these version ids; raises ``PlanVersionNotFound`` if one is missing."""
    asked = set(version_ids)
    kept = {
        version_id: offer
        for version_id in asked
        if (offer := _kept.get((scope.tenant_id, version_id))) is not None
    }
    if missing := asked - kept.keys():
        read = {offer.plan_version_id: offer for offer in await queries.offers(scope, missing)}
        if unknown := missing - read.keys():
            raise PlanVersionNotFound("there is no such plan version", plan_version_id=min(unknown))
        _keep(scope.tenant_id, read)
        kept |= read
    return kept


def _keep(tenant_id: UUID, read: dict[UUID, Offer]) -> None:
    """Keep offers, forgetting the longest kept ones beyond ``MOST_KEPT``."""
    _kept.update({(tenant_id, version_id): offer for version_id, offer in read.items()})
    for oldest in list(_kept)[: max(len(_kept) - MOST_KEPT, 0)]:
        del _kept[oldest]


def _version_of(found: VersionInForce) -> UUID:
    if found.plan_id is None:
        raise PlanUnknown(
            f"there is no plan {found.external_id!r}",
            field="plan",
            hint="list the plans with GET /v1/plans",
            plan=found.external_id,
        )
    if found.version_id is None:
        raise PlanNotInForce(
            f"the plan {found.external_id!r} has no version at {found.at.isoformat()}",
            field="plan",
            hint="publish a version that starts then or earlier",
            plan=found.external_id,
        )
    return found.version_id
