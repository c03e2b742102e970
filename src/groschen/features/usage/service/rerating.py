"""Moving events to other totals after a contract changed.

What the change can touch is folded again from the events of the item: an event that now belongs
to another segment, or to the item no more, leaves its total and enters another one. The
differences correct what was billed.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from groschen.core.canonical import EventHash
from groschen.core.components import ComponentKind
from groschen.core.period import day_of, window_at
from groschen.features.catalog import service as catalog
from groschen.features.subscriptions import service as subscriptions
from groschen.features.subscriptions.model import Segment, WindowRow
from groschen.features.usage.model import Charge, DatedFact, ItemTotal
from groschen.features.usage.queries import current as totals_queries
from groschen.features.usage.queries import events as queries
from groschen.features.usage.service.facts import fact_of
from groschen.features.usage.service.matching import hits_of, matcher_of
from groschen.features.usage.service.rules import component_of, rule_of
from groschen.features.usage.service.totals import book_charges, lock_owners
from groschen.kit.rows import json_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date, datetime
    from uuid import UUID

    from groschen.core.period import Period
    from groschen.core.totals import TotalKey
    from groschen.features.catalog.model import Offer
    from groschen.features.subscriptions.model import Contract
    from groschen.features.usage.service.matching import Hit
    from groschen.kit.db import Scope

_AHEAD: Final = timedelta(days=2)


async def rerate(scope: Scope, item_id: UUID, since: datetime) -> list[ItemTotal]:
    """Bring the usage totals of an item to what its contract says since an instant.

    Return the totals that changed. Facts count as they are now, in whatever order they came.
    """
    await lock_owners(scope, [item_id])
    contract = (await subscriptions.contracts(scope, [item_id])).get(item_id)
    if contract is None:
        return []
    start = _start(contract, since)
    facts, hits = await _facts(scope, contract, start)
    stored = await _stored(scope, item_id, start)
    keys = [total.key for total, _ in stored if _differs(total, facts.get(total.key, ()))]
    known = {total.key: (total, period) for total, period in stored}
    keys += [key for key in facts if key not in known]
    windows = await subscriptions.windows(scope, {hits[key].window_key for key in facts})
    charges: list[Charge] = []
    for key in keys:
        if key in hits:
            charges.append(_charge(hits[key], windows[hits[key].window_key], facts[key], since))
        else:
            charges.append(await _emptied(scope, contract, *known[key], since))
    return await book_charges(scope, charges, locked=True)


def _start(contract: Contract, since: datetime) -> datetime:
    """The start of the earliest window of a usage component that ends after ``since``."""
    starts = [
        window_at(component.every, contract.zone, contract.anchor_on, since).period.start
        for segment in contract.segments
        for component in segment.offer.terms.components
        if component.kind is ComponentKind.USAGE and component.every is not None
    ]
    return min([since, *starts])


async def _facts(
    scope: Scope, contract: Contract, start: datetime
) -> tuple[Mapping[TotalKey, Sequence[DatedFact]], Mapping[TotalKey, Hit]]:
    """The facts of the item since ``start`` by the totals they count in now."""
    links = await subscriptions.links_of(scope, [contract.item_id])
    end = scope.now + _AHEAD
    rows = [
        {
            "subject": link.subject,
            "from_at": max(link.from_at, start),
            "to_at": end if link.until_at is None else link.until_at,
        }
        for link in links
    ]
    events = await queries.events_of_subjects(scope, json_rows(rows)) if rows else []
    matcher = matcher_of(links, {contract.item_id: contract})
    facts: dict[TotalKey, list[DatedFact]] = defaultdict(list)
    hits: dict[TotalKey, Hit] = {}
    for event in {event.id: event for event in events}.values():
        fact = fact_of(event)
        for hit in hits_of(matcher, fact):
            key = hit.key
            hits.setdefault(key, hit)
            facts[key].append(DatedFact(hit.day, fact, int(event.body_hash, 16)))
    return facts, hits


async def _stored(scope: Scope, item_id: UUID, start: datetime) -> list[tuple[ItemTotal, Period]]:
    """The usage totals of the item in windows that end after ``start``, as far as events make them.

    What a reseller measured for it is told by the reseller, not by events of this tenant.
    """
    found = await totals_queries.totals_since(scope, item_id, start)
    offers = await catalog.offers_by_version(scope, {one.plan_version_id for one, _ in found})
    return [
        (total, period)
        for total, period in found
        if _is_counted_here(offers[total.plan_version_id], total)
    ]


def _is_counted_here(offer: Offer, total: ItemTotal) -> bool:
    rule = offer.rules.get(total.key.component)
    return rule is not None and rule.rule_hash == total.rule_hash


def _differs(total: ItemTotal, facts: Iterable[DatedFact]) -> bool:
    """Whether a total holds other facts than it should."""
    count, value = 0, 0
    for fact in facts:
        count, value = count + 1, value + fact.hash
    return total.facts != EventHash(count, value % 2**256)


def _charge(hit: Hit, window: WindowRow, facts: Sequence[DatedFact], since: datetime) -> Charge:
    return Charge(
        hit.key,
        hit.contract,
        hit.segment,
        hit.metered.component,
        hit.metered.rule,
        window,
        replaced=(_day(window, since), facts),
    )


async def _emptied(
    scope: Scope, contract: Contract, total: ItemTotal, period: Period, since: datetime
) -> Charge:
    """The charge that takes all facts out of a total that the contract knows no more."""
    offers = await catalog.offers_by_version(scope, [total.plan_version_id])
    offer = offers[total.plan_version_id]
    component = component_of(offer, total.key.component)
    window = WindowRow(total.key.window_id, period, contract.zone)
    known = [one for one in contract.segments if one.segment == total.key.segment]
    gone = Segment(total.key.segment, offer, Decimal(1), period.start, period.end)
    segment = known[0] if known else gone
    rule = rule_of(offer, component, total.rule_hash)
    return Charge(
        total.key, contract, segment, component, rule, window, replaced=(_day(window, since), ())
    )


def _day(window: WindowRow, since: datetime) -> date:
    """The day to which differences belong: the first that changed."""
    return day_of(max(window.period.start, since), window.zone)
