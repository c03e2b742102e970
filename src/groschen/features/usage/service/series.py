"""What a subscription used over time: by quarter of an hour, by day, by month."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from groschen.core.components import ComponentKind
from groschen.core.money import ZERO, add
from groschen.core.period import start_of_day
from groschen.features.subscriptions import service as subscriptions
from groschen.features.usage.model import SeriesInvalid
from groschen.features.usage.queries import events as event_queries
from groschen.features.usage.queries import series as queries
from groschen.features.usage.service.facts import fact_of
from groschen.features.usage.service.matching import hits_of, matcher_of
from groschen.kit.rows import json_rows

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from uuid import UUID

    from groschen.core.components import Component
    from groschen.core.totals import State
    from groschen.core.usage import UsageFact
    from groschen.features.subscriptions.model import Contract, Subscription
    from groschen.features.usage.service.matching import Hit
    from groschen.kit.db import Scope
    from groschen.kit.http import Reference

MOST_DAYS: Final = 400
ONE_DAY: Final = timedelta(days=1)
QUARTER: Final = timedelta(minutes=15)


class Grain(StrEnum):
    """How long a step of a series is."""

    QUARTER_HOUR = "quarter_hour"
    DAY = "day"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class UsagePoint:
    """What was used of a component from ``from_at`` on, in the meter's unit.

    ``gross`` is what it costs with VAT; None by quarter of an hour, as prices follow totals.
    """

    from_at: datetime
    component: str
    quantity: Decimal
    gross: Decimal | None


@dataclass(frozen=True, slots=True)
class UsageSeries:
    """Use over time, oldest first; steps without use are left out. Days are the contract's."""

    subscription: Subscription
    grain: Grain
    first: date
    last: date
    components: tuple[Component, ...]
    points: tuple[UsagePoint, ...]


async def series(
    scope: Scope, reference: Reference, grain: Grain, first: date, last: date
) -> UsageSeries:
    """What a subscription used from the day ``first`` to ``last``; quarters of an hour of one day.

    Raises ``SubscriptionNotFound``, also for one the actor may not see, and ``SeriesInvalid``.
    """
    _check(grain, first, last)
    subscription = await subscriptions.find(scope, reference)
    detail = await subscriptions.detail(scope, subscription)
    contracts = await subscriptions.contracts(scope, {item.id for item in detail.items})
    zone = ZoneInfo(subscription.time_zone)
    components = _metered(contracts.values())
    if grain is Grain.QUARTER_HOUR:
        points = await _quarters(scope, contracts, first, zone)
    else:
        points = await _days(scope, contracts, components, (first, last), zone)
        points = _months(points) if grain is Grain.MONTH else points
    known = tuple(components.values())
    return UsageSeries(subscription, grain, first, last, known, tuple(points))


def _check(grain: Grain, first: date, last: date) -> None:
    days = (last - first).days
    if 0 <= days < MOST_DAYS and (grain is not Grain.QUARTER_HOUR or days == 0):
        return
    raise SeriesInvalid(
        "this span cannot be shown in steps of this length",
        field="to",
        hint=f"ask for one day by quarter of an hour, for at most {MOST_DAYS} days otherwise",
    )


def _metered(contracts: Iterable[Contract]) -> dict[str, Component]:
    """The usage components of contracts, as their newest terms have them."""
    return {
        component.id: component
        for contract in contracts
        for segment in contract.segments
        for component in segment.offer.terms.components
        if component.kind is ComponentKind.USAGE
    }


async def _days(
    scope: Scope,
    item_ids: Collection[UUID],
    components: Collection[str],
    span: tuple[date, date],
    zone: ZoneInfo,
) -> list[UsagePoint]:
    found = await queries.used_by_day(scope, item_ids, components, *span)
    return [
        UsagePoint(
            start_of_day(one.day, zone).astimezone(zone), one.component, one.quantity, one.gross
        )
        for one in found
    ]


def _months(days: Iterable[UsagePoint]) -> list[UsagePoint]:
    """Days put together by calendar month; each month starts with its first day of use."""
    sums: dict[tuple[int, int, str], UsagePoint] = {}
    for one in days:
        key = (one.from_at.year, one.from_at.month, one.component)
        before = sums.get(key, UsagePoint(one.from_at, one.component, ZERO, ZERO))
        sums[key] = UsagePoint(
            before.from_at,
            one.component,
            add(before.quantity, one.quantity),
            add(before.gross or ZERO, one.gross or ZERO),
        )
    return list(sums.values())


async def _quarters(
    scope: Scope, contracts: Mapping[UUID, Contract], day: date, zone: ZoneInfo
) -> list[UsagePoint]:
    """Fold the events of one day quarter by quarter, under the rules they were charged by."""
    start, end = start_of_day(day, zone), start_of_day(day + ONE_DAY, zone)
    links = await subscriptions.links_of(scope, contracts)
    subjects = sorted({link.subject for link in links})
    rows = [{"subject": one, "from_at": start, "to_at": end} for one in subjects]
    stored = await event_queries.events_of_subjects(scope, json_rows(rows)) if rows else []
    known = matcher_of(links, contracts)
    folded: dict[tuple[datetime, str], tuple[Hit, State]] = {}
    for fact in map(fact_of, stored):
        for hit in hits_of(known, fact):
            _fold(folded, hit, fact, start)
    return [
        UsagePoint(at.astimezone(zone), component, hit.metered.rule.quantity(state), None)
        for (at, component), (hit, state) in sorted(folded.items(), key=lambda one: one[0])
    ]


def _fold(
    folded: dict[tuple[datetime, str], tuple[Hit, State]],
    hit: Hit,
    fact: UsageFact,
    start: datetime,
) -> None:
    """Add a fact to its quarter, counted from ``start`` (in UTC) on."""
    quarter = start + (fact.occurred_at - start) // QUARTER * QUARTER
    key = (quarter, hit.metered.component.id)
    rule = hit.metered.rule
    _, before = folded.get(key, (hit, rule.empty()))
    folded[key] = (hit, rule.fold(before, fact))
