"""At the wholesaler: taking the newest states of a reseller's totals, and booking what changed."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, cast

from groschen.core.canonical import EventHash, rule_hash
from groschen.core.period import Cadence, start_of_day
from groschen.core.prices.model import QuantityPrice
from groschen.core.totals import TotalKey
from groschen.core.usage import QuantityRule
from groschen.features.catalog import service as catalog
from groschen.features.levels.model import (
    LevelSide,
    OfferCopyDiffers,
    OfferSide,
    changed_days,
)
from groschen.features.levels.queries import amounts
from groschen.features.levels.queries import offers as offer_queries
from groschen.features.levels.queries import travelling as queries
from groschen.features.levels.service import offers
from groschen.features.levels.service.asking import ask_to_relay
from groschen.features.subscriptions import service as subscriptions
from groschen.features.usage import service as usage
from groschen.features.usage.model import Charge, DatedFact
from groschen.kit.rows import json_rows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from groschen.features.levels.model import (
        LevelState,
        MirroredItem,
        MirroredSegment,
        OfferCopy,
        Parcel,
        TradeOffer,
    )
    from groschen.features.levels.queries.travelling import TakenState
    from groschen.features.subscriptions.model import Contract, WindowRow
    from groschen.kit.db import Scope


async def receive(scope: Scope, peer_tenant_id: UUID, parcel: Parcel) -> None:
    """Take what a tenant below sends: only what is newer than what is there changes anything.

    So a parcel may come twice, late, or never if a newer one comes. Raises ``OfferCopyDiffers``
    and what ``book_charges`` raises; then nothing is taken.
    """
    if not parcel.states:
        return
    await usage.lock_owners(scope, {one.item_id for one in parcel.items})
    await _follow(scope, peer_tenant_id, parcel.items)
    rows = json_rows([_row(one) for one in parcel.states])
    taken = {one.mirror_key: one for one in await queries.take_states(scope, peer_tenant_id, rows)}
    states = [one for one in parcel.states if one.mirror_key in taken]
    changed = [one for one in states if _changes(one, taken[one.mirror_key])]
    await _book(scope, peer_tenant_id, changed, taken)
    unchanged = [one for one in states if not _changes(one, taken[one.mirror_key])]
    await _note_unchanged(scope, unchanged, taken)


def _row(one: LevelState) -> dict[str, object]:
    cells = {day.isoformat(): f"{quantity:f}" for day, quantity in one.cells.items()}
    return {"mirror_key": one.mirror_key, "revision": one.revision, "cells": cells}


def _before(taken: TakenState) -> dict[date, Decimal]:
    stored = taken.cells_before or {}
    return {date.fromisoformat(day): Decimal(quantity) for day, quantity in stored.items()}


def _changes(one: LevelState, taken: TakenState) -> bool:
    return bool(changed_days(_before(taken), one.cells))


async def _follow(scope: Scope, peer_tenant_id: UUID, items: Sequence[MirroredItem]) -> None:
    """Bring the mirrored subscriptions to what they are below."""
    known = await queries.contract_hashes(scope, [one.item_id for one in items])
    hashes = {one.item_id: _contract_hash(one) for one in items}
    news = [one for one in items if known.get(one.item_id) != hashes[one.item_id]]
    if not news:
        return
    given = await _given(scope, peer_tenant_id, news)
    plans = await catalog.offers_by_version(
        scope, {copy.plan_version_id for _, copy in given.values() if copy.plan_version_id}
    )
    mirrors: list[subscriptions.Mirror] = []
    for one in news:
        segments = [_segment(part, given) for part in one.segments]
        trade, _ = given[one.segments[0].offer_id, one.segments[0].version]
        mirrors.append(
            subscriptions.Mirror(
                item_id=one.item_id,
                subscription_id=one.subscription_id,
                account_id=cast("UUID", trade.account_id),
                party_id=cast("UUID", trade.party_id),
                plan_id=plans[segments[0].plan_version_id].plan_id,
                currency=trade.currency,
                time_zone=one.time_zone,
                anchor_on=one.anchor_on,
                starts_at=one.starts_at,
                ends_at=one.ends_at,
                segments=segments,
            )
        )
    await subscriptions.mirror(scope, mirrors)
    rows = [
        {
            "item_id": one.item_id,
            "subscription_id": one.subscription_id,
            "contract_hash": hashes[one.item_id],
        }
        for one in news
    ]
    await queries.upsert_links(scope, peer_tenant_id, json_rows(rows))


def _contract_hash(item: MirroredItem) -> str:
    return rule_hash(
        {
            "subscription": item.subscription_id,
            "starts_at": item.starts_at,
            "ends_at": item.ends_at,
            "segments": [
                [one.segment, one.hash, one.quantity, one.from_at, one.until_at]
                for one in item.segments
            ],
        }
    )


async def _given(
    scope: Scope, peer_tenant_id: UUID, items: Sequence[MirroredItem]
) -> dict[tuple[UUID, int], tuple[TradeOffer, OfferCopy]]:
    """The versions of offers that items run under; they must be what was offered to the peer."""
    segments = [segment for one in items for segment in one.segments]
    ids = sorted({one.offer_id for one in segments})
    trades = {one.id: one for one in await offer_queries.offers(scope, ids)}
    copies = await offers.copies(scope, ids)
    found: dict[tuple[UUID, int], tuple[TradeOffer, OfferCopy]] = {}
    for one in segments:
        trade = trades.get(one.offer_id)
        own = [copy for copy in copies.get(one.offer_id, []) if copy.version == one.version]
        if (
            trade is None
            or (trade.side, trade.peer_tenant_id) != (OfferSide.GIVEN, peer_tenant_id)
            or [copy.hash for copy in own] != [one.hash]
        ):
            raise OfferCopyDiffers(
                f"version {one.version} of the offer is not the one that was given",
                hint="compare the hashes with GET /v1/offers on both sides",
            )
        found[one.offer_id, one.version] = (trade, own[0])
    return found


def _segment(
    one: MirroredSegment, given: Mapping[tuple[UUID, int], tuple[TradeOffer, OfferCopy]]
) -> subscriptions.MirrorSegment:
    _, copy = given[one.offer_id, one.version]
    return subscriptions.MirrorSegment(
        one.segment,
        cast("UUID", copy.plan_version_id),
        one.quantity,
        one.from_at,
        one.until_at,
    )


async def _book(
    scope: Scope,
    peer_tenant_id: UUID,
    states: Sequence[LevelState],
    taken: Mapping[UUID, TakenState],
) -> None:
    """Book the difference of the cells under the prices of the offer."""
    if not states:
        return
    contracts = await subscriptions.contracts(scope, {one.item_id for one in states})
    keys = {(one.item_id, Cadence(one.cadence), one.ordinal) for one in states}
    windows = await subscriptions.windows(scope, keys)
    charges = {
        one.mirror_key: _charge(
            one,
            _before(taken[one.mirror_key]),
            contracts[one.item_id],
            windows[one.item_id, Cadence(one.cadence), one.ordinal],
            f"level:{peer_tenant_id}",
        )
        for one in states
    }
    totals = await usage.book_charges(scope, list(charges.values()))
    total_ids = {total.key: total.id for total in totals}
    rows = [
        {"mirror_key": mirror_key, "total_id": total_ids[charge.key]}
        for mirror_key, charge in charges.items()
        if taken[mirror_key].cells_before in (None, {})
    ]
    if rows:
        await queries.set_totals(scope, json_rows(rows))


def _charge(
    one: LevelState,
    before: Mapping[date, Decimal],
    contract: Contract,
    window: WindowRow,
    source: str,
) -> Charge:
    segment = contract.segment(one.segment)
    component = next(each for each in segment.offer.terms.components if each.id == one.component)
    rule = QuantityRule(cast("QuantityPrice", component.price))
    added: list[DatedFact] = []
    removed: list[DatedFact] = []
    for day, was, now in changed_days(before, one.cells):
        for quantity, facts in ((was, removed), (now, added)):
            if quantity is not None:
                facts.append(_fact(rule, source, one.mirror_key, day, quantity, window))
    return Charge(
        key=TotalKey(one.item_id, one.component, window.id, one.segment, one.group),
        contract=contract,
        segment=segment,
        component=component,
        rule=rule,
        window=window,
        added=tuple(added),
        removed=tuple(removed),
    )


def _fact(
    rule: QuantityRule,
    source: str,
    mirror_key: UUID,
    day: date,
    quantity: Decimal,
    window: WindowRow,
) -> DatedFact:
    fact_id = f"{mirror_key}:{day.isoformat()}"
    fact = rule.fact(source, fact_id, start_of_day(day, window.zone), quantity)
    return DatedFact(day, fact, EventHash().plus({"id": fact_id, "quantity": quantity}).value)


async def _note_unchanged(
    scope: Scope, states: Sequence[LevelState], taken: Mapping[UUID, TakenState]
) -> None:
    """A newer state that books nothing: what was booked holds for it, or nothing is booked."""
    if not states:
        return
    raised = [
        {
            "mirror_key": one.mirror_key,
            "revision_before": taken[one.mirror_key].revision_before,
            "revision": one.revision,
        }
        for one in states
        if taken[one.mirror_key].revision_before is not None
    ]
    if raised:
        await amounts.raise_revisions(scope, LevelSide.WHOLESALE, json_rows(raised))
        await ask_to_relay(scope)
