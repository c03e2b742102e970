"""At the reseller: what of the totals that wait travels up, by pseudonyms only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID, uuid5

from groschen.core.canonical import canonical_json
from groschen.features.catalog import service as catalog
from groschen.features.levels.model import (
    LevelState,
    MirroredItem,
    MirroredSegment,
    OfferCopy,
    Parcel,
    TradeOffer,
    pseudonym,
)
from groschen.features.levels.queries import offers as offer_queries
from groschen.features.levels.queries import travelling as queries
from groschen.features.levels.service import offers
from groschen.features.subscriptions import service as subscriptions
from groschen.features.usage import service as usage
from groschen.kit.rows import json_rows

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from groschen.features.catalog.model import Offer
    from groschen.features.levels.queries.travelling import WaitingTotal
    from groschen.features.subscriptions.model import Contract, Segment
    from groschen.features.usage.service import TotalCells
    from groschen.kit.db import Scope


@dataclass(frozen=True, slots=True)
class Packed:
    """What to bring to one tenant: ``revisions`` are the states by the reseller's total ids.

    ``idle`` are totals of components that are not bought; nobody has to hear of them.
    """

    peer_tenant_id: UUID | None
    parcel: Parcel
    revisions: Mapping[UUID, int]
    idle: Mapping[UUID, int]
    last: WaitingTotal | None

    def only(self, item_id: UUID) -> Packed:
        """The part of it that concerns one item."""
        parcel = Parcel(
            tuple(one for one in self.parcel.items if one.item_id == item_id),
            tuple(one for one in self.parcel.states if one.item_id == item_id),
        )
        keys = {one.mirror_key for one in parcel.states}
        peer = self.peer_tenant_id
        revisions = {
            total_id: revision
            for total_id, revision in self.revisions.items()
            if peer is not None and pseudonym(total_id, peer) in keys
        }
        return Packed(peer, parcel, revisions, {}, None)


@dataclass(frozen=True, slots=True)
class Bought:
    """The accepted versions of offers of the tenant above, by external id and version."""

    peer_tenant_id: UUID | None
    versions: Mapping[tuple[str, int], tuple[TradeOffer, OfferCopy]]

    def of(self, plan: Offer) -> tuple[TradeOffer, OfferCopy] | None:
        """What a plan sells on."""
        wholesale = plan.terms.wholesale
        return (
            None if wholesale is None else self.versions.get((wholesale.offer, wholesale.version))
        )


async def pack(scope: Scope, after: WaitingTotal | None, limit: int) -> Packed:
    """What of at most ``limit`` waiting totals travels, after a position; nothing is written."""
    waiting = await queries.waiting(scope, after, limit)
    if not waiting:
        return Packed(None, Parcel((), ()), {}, {}, None)
    totals = await usage.cells(scope, [one.total_id for one in waiting])
    bought = await bought_versions(scope)
    plans = await catalog.offers_by_version(scope, {one.plan_version_id for one in totals})
    contracts = await subscriptions.contracts(scope, {one.owner_id for one in totals})
    states: list[LevelState] = []
    revisions: dict[UUID, int] = {}
    idle: dict[UUID, int] = {}
    for one in totals:
        state = _state(one, plans[one.plan_version_id], bought)
        if state is None:
            idle[one.total_id] = one.revision
        else:
            states.append(state)
            revisions[one.total_id] = one.revision
    travelling = {one.owner_id for one in totals if one.total_id in revisions}
    items = tuple(_item(contracts[item_id], bought) for item_id in sorted(travelling))
    last = waiting[-1] if len(waiting) == limit else None
    return Packed(bought.peer_tenant_id, Parcel(items, tuple(states)), revisions, idle, last)


async def bought_versions(scope: Scope) -> Bought:
    """What is accepted of the offers of the tenant above."""
    taken = await offer_queries.taken(scope)
    copies = await offers.copies(scope, [one.id for one in taken])
    versions = {
        (trade.external_id, copy.version): (trade, copy)
        for trade in taken
        for copy in copies.get(trade.id, [])
        if copy.accepted_at is not None
    }
    return Bought(scope.tenant.parent_tenant_id, versions)


async def bought_totals(scope: Scope, total_ids: Collection[UUID]) -> list[UUID]:
    """Which of these totals are of components that are bought."""
    totals = await usage.cells(scope, total_ids)
    if not totals:
        return []
    bought = await bought_versions(scope)
    plans = await catalog.offers_by_version(scope, {one.plan_version_id for one in totals})
    return [one.total_id for one in totals if _consumed(one, plans[one.plan_version_id], bought)]


async def unpacked(scope: Scope, packed: Packed) -> None:
    """Note that the tenant above has what was packed."""
    done = {**packed.revisions, **packed.idle}
    rows = [
        {"total_id": total_id, "revision": revision, "refusal": None}
        for total_id, revision in done.items()
    ]
    if rows:
        await queries.mark_delivered(scope, json_rows(rows))


async def refused(scope: Scope, total_ids: Sequence[UUID], refusal: str) -> None:
    """Note why the tenant above did not take totals; they go on waiting."""
    rows = [{"total_id": one, "revision": 0, "refusal": refusal} for one in total_ids]
    await queries.mark_delivered(scope, json_rows(rows))


def _consumed(one: TotalCells, plan: Offer, bought: Bought) -> str | None:
    """The component of the offer that a total consumes."""
    found = bought.of(plan)
    return None if found is None else found[1].components.get(one.component)


def _state(one: TotalCells, plan: Offer, bought: Bought) -> LevelState | None:
    peer, component = bought.peer_tenant_id, _consumed(one, plan, bought)
    if component is None or peer is None:
        return None
    key = pseudonym(one.total_id, peer)
    is_alone = not one.group_key and component == one.component
    return LevelState(
        mirror_key=key,
        item_id=pseudonym(one.owner_id, peer),
        component=component,
        segment=one.segment,
        group="" if is_alone else _group(one, peer),
        cadence=one.cadence,
        ordinal=one.ordinal,
        revision=one.revision,
        cells=dict(zip(one.days, one.quantities, strict=True)),
    )


def _group(one: TotalCells, peer: UUID) -> str:
    """Stands for the component and group below, the same in every window."""
    return str(uuid5(pseudonym(one.owner_id, peer), canonical_json([one.component, one.group_key])))


def _item(contract: Contract, bought: Bought) -> MirroredItem:
    peer = bought.peer_tenant_id or UUID(int=0)
    return MirroredItem(
        item_id=pseudonym(contract.item_id, peer),
        subscription_id=pseudonym(contract.subscription_id, peer),
        time_zone=contract.zone.key,
        anchor_on=contract.anchor_on,
        starts_at=contract.starts_at,
        ends_at=contract.ends_at,
        segments=tuple(
            made for segment in contract.segments if (made := _segment(segment, bought)) is not None
        ),
    )


def _segment(segment: Segment, bought: Bought) -> MirroredSegment | None:
    found = bought.of(segment.offer)
    if found is None:
        return None
    trade, copy = found
    return MirroredSegment(
        segment.segment,
        trade.id,
        copy.version,
        copy.hash,
        segment.quantity,
        segment.from_at,
        segment.until_at,
    )
