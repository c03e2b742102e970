"""What was used so far and what it costs: a few rows read by key, whatever the history."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from groschen.core.period import window_at
from groschen.core.rating import Proof
from groschen.features.catalog import service as catalog
from groschen.features.subscriptions import service as subscriptions
from groschen.features.usage.model import ItemTotalNotFound
from groschen.features.usage.queries import current as queries
from groschen.features.usage.service.rules import component_of, rule_of
from groschen.features.wallets import service as wallets
from groschen.kit.rows import json_rows

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import datetime
    from uuid import UUID

    from groschen.core.components import Component
    from groschen.core.period import Period
    from groschen.core.prices import PriceLine
    from groschen.features.catalog.model import Offer
    from groschen.features.subscriptions.model import Contract, Subscription
    from groschen.features.usage.model import ItemTotal
    from groschen.features.usage.queries.current import DaySlice
    from groschen.features.wallets.model import Wallet
    from groschen.kit.db import Scope
    from groschen.kit.http import Reference


@dataclass(frozen=True, slots=True)
class PricedTotal:
    """A total with the lines that its amount is made of."""

    total: ItemTotal
    offer: Offer
    component: Component
    lines: tuple[PriceLine, ...]


@dataclass(frozen=True, slots=True)
class ComponentUsage:
    """A component in one of its windows; no totals before the first fact."""

    item_id: UUID
    component: Component
    period: Period
    totals: tuple[PricedTotal, ...]


@dataclass(frozen=True, slots=True)
class CurrentUsage:
    """What a subscription used in the windows that hold an instant."""

    subscription: Subscription
    at: datetime
    components: tuple[ComponentUsage, ...]
    wallet: Wallet | None


@dataclass(frozen=True, slots=True)
class ProvedTotal:
    """A total with its day slices and the proof of its amount."""

    priced: PricedTotal
    days: tuple[DaySlice, ...]
    proof: Proof


@dataclass(frozen=True, slots=True)
class _Place:
    """A component of an item in the window that holds an instant."""

    item_id: UUID
    component: Component
    period: Period
    window_id: UUID


async def usage_of(scope: Scope, reference: Reference, at: datetime | None = None) -> CurrentUsage:
    """What a subscription used in the windows that hold ``at`` (now if None), by component.

    Raises ``SubscriptionNotFound``, also for one the actor may not see.
    """
    subscription = await subscriptions.find(scope, reference)
    detail = await subscriptions.detail(scope, subscription)
    instant = at or scope.now
    contracts = await subscriptions.contracts(scope, {item.id for item in detail.items})
    places = [place for one in contracts.values() for place in _places(one, instant)]
    rows = [
        {"owner_id": one.item_id, "component": one.component.id, "window_id": one.window_id}
        for one in places
    ]
    found = await _priced(scope, await queries.totals_of_places(scope, json_rows(rows)))
    wallet = None
    if subscription.wallet_id is not None:
        wallet = (await wallets.of(scope, [subscription.wallet_id]))[subscription.wallet_id]
    components = tuple(_component_usage(place, found) for place in places)
    return CurrentUsage(subscription, instant, components, wallet)


def _places(contract: Contract, at: datetime) -> Iterable[_Place]:
    """The components of an item that have a window at ``at``, each once."""
    known: set[str] = set()
    for segment in contract.segments:
        for component in segment.offer.terms.components:
            if component.every is None or component.id in known:
                continue
            window = window_at(component.every, contract.zone, contract.anchor_on, at)
            starts_later = segment.from_at >= window.period.end
            ended = segment.until_at is not None and segment.until_at <= window.period.start
            if starts_later or ended:
                continue
            known.add(component.id)
            key = (contract.item_id, component.every, window.ordinal)
            yield _Place(contract.item_id, component, window.period, subscriptions.window_id(*key))


def _component_usage(place: _Place, found: Iterable[PricedTotal]) -> ComponentUsage:
    totals = tuple(
        one
        for one in found
        if (one.total.key.owner_id, one.total.key.component, one.total.key.window_id)
        == (place.item_id, place.component.id, place.window_id)
    )
    return ComponentUsage(place.item_id, place.component, place.period, totals)


async def totals_of(scope: Scope, ids: Collection[UUID]) -> dict[UUID, ItemTotal]:
    """Totals by id; an unknown one is left out."""
    found = await queries.totals(scope, ids) if ids else []
    return {total.id: total for total in found}


async def prove(scope: Scope, total_id: UUID) -> ProvedTotal:
    """One total with its days and proof; raises ``ItemTotalNotFound``."""
    found = await totals_of(scope, [total_id])
    total = found.get(total_id)
    if total is None or scope.actor.party_id not in (None, total.party_id):
        raise ItemTotalNotFound(
            "there is no such total",
            field="total_id",
            hint="read the usage of a subscription, which names its totals",
        )
    (priced,) = await _priced(scope, [total])
    rule = rule_of(priced.offer, priced.component, total.rule_hash)
    proof = Proof(total.rule_hash, total.facts, rule.steps(total.state))
    return ProvedTotal(priced, tuple(await queries.days(scope, total_id)), proof)


async def _priced(scope: Scope, totals: Collection[ItemTotal]) -> list[PricedTotal]:
    versions = {total.plan_version_id for total in totals}
    offers = await catalog.offers_by_version(scope, versions)
    return [_with_lines(total, offers[total.plan_version_id]) for total in totals]


def _with_lines(total: ItemTotal, offer: Offer) -> PricedTotal:
    component = component_of(offer, total.key.component)
    lines = rule_of(offer, component, total.rule_hash).lines(total.state)
    return PricedTotal(total, offer, component, lines)
