"""From an event to what it counts for: item, segment, component, window and group."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from groschen.core.components import ComponentKind
from groschen.core.errors import GroschenError
from groschen.core.period import Cadence, Window, day_of, window_at
from groschen.core.totals import TotalKey
from groschen.features.subscriptions import service as subscriptions
from groschen.features.usage.model import Fault

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date, datetime
    from uuid import UUID
    from zoneinfo import ZoneInfo

    from groschen.core.components import Component
    from groschen.core.usage import UsageFact, UsageRule
    from groschen.features.catalog.model import Offer
    from groschen.features.subscriptions.model import Contract, Segment, SubjectLink
    from groschen.features.subscriptions.service import WindowKey
    from groschen.kit.db import Scope

_QUARTER_HOUR_SECONDS: Final = 900


class Metered(NamedTuple):
    """A usage component of a plan version with its rule."""

    component: Component
    every: Cadence
    rule: UsageRule


class Hit(NamedTuple):
    """One total that an event counts in."""

    contract: Contract
    segment: Segment
    metered: Metered
    window: Window
    group: str
    day: date

    @property
    def window_key(self) -> WindowKey:
        """Item, cadence and ordinal of the window."""
        return self.contract.item_id, self.metered.every, self.window.ordinal

    @property
    def key(self) -> TotalKey:
        """The key of the total."""
        return TotalKey(
            self.contract.item_id,
            self.metered.component.id,
            subscriptions.window_id(*self.window_key),
            self.segment.segment,
            self.group,
        )


class Calendar:
    """Days and windows of instants; each quarter of an hour is looked up once.

    Days and windows start at quarters of an hour in every zone since 1972.
    """

    def __init__(self) -> None:
        self._days: dict[tuple[str, int], date] = {}
        self._windows: dict[tuple[str, Cadence, date | None, int], Window] = {}

    def day(self, zone: ZoneInfo, at: datetime) -> date:
        """The day of the zone that holds the instant."""
        key = (zone.key, int(at.timestamp()) // _QUARTER_HOUR_SECONDS)
        found = self._days.get(key)
        if found is None:
            found = self._days[key] = day_of(at, zone)
        return found

    def window(
        self, cadence: Cadence, zone: ZoneInfo, anchor_on: date | None, at: datetime
    ) -> Window:
        """The window that holds the instant."""
        key = (zone.key, cadence, anchor_on, int(at.timestamp()) // _QUARTER_HOUR_SECONDS)
        found = self._windows.get(key)
        if found is None:
            found = self._windows[key] = window_at(cadence, zone, anchor_on, at)
        return found


@dataclass(frozen=True, slots=True)
class Matcher:
    """Everything that is known of the subjects of a call."""

    links: Mapping[str, Sequence[SubjectLink]]
    contracts: Mapping[UUID, Contract]
    metered: Mapping[UUID, Sequence[Metered]]
    calendar: Calendar = field(default_factory=Calendar)

    def match(self, fact: UsageFact) -> list[Hit] | Fault:
        """All totals that a fact counts in, or why it counts in none."""
        holding = [
            link for link in self.links.get(fact.subject, ()) if link.holds_at(fact.occurred_at)
        ]
        if not holding:
            return unknown_subject(fact)
        try:
            hits = [hit for link in holding for hit in self._hits(link.item_id, fact)]
        except GroschenError as refusal:
            return Fault.of(refusal)
        return hits or _no_component(fact)

    def _hits(self, item_id: UUID, fact: UsageFact) -> Iterable[Hit]:
        contract = self.contracts[item_id]
        at = fact.occurred_at
        segment = contract.segment_at(at)
        if segment is None:
            return
        for metered in self.metered[segment.offer.plan_version_id]:
            meter = metered.rule.meter
            if meter.matches(fact.type, fact.properties):
                metered.rule.check(fact)
                zone = contract.zone
                window = self.calendar.window(metered.every, zone, contract.anchor_on, at)
                day = self.calendar.day(zone, at)
                yield Hit(contract, segment, metered, window, meter.group_of(fact), day)


def unknown_subject(fact: UsageFact) -> Fault:
    """Why a fact of a subject that nobody has at its time counts in nothing."""
    return Fault(
        "subject_unknown",
        f"subject {fact.subject!r} belonged to no subscription at the time of the event",
        "give the subject to an item from that time on, then replay the event",
        "subject",
    )


def _no_component(fact: UsageFact) -> Fault:
    return Fault(
        "no_component",
        f"no usage component of the plan counts events of type {fact.type!r} with this data",
        "compare the type and the filters of the plan's meters, then replay the event",
        "type",
    )


async def matcher(scope: Scope, facts: Iterable[UsageFact]) -> Matcher:
    """Read what is needed to match ``facts``: two statements for a whole call."""
    met = list(facts)
    if not met:
        return Matcher({}, {}, {})
    times = [fact.occurred_at for fact in met]
    subjects = {fact.subject for fact in met}
    links = await subscriptions.resolve(scope, subjects, min(times), max(times))
    contracts = await subscriptions.contracts(scope, {link.item_id for link in links})
    return matcher_of(links, contracts)


def matcher_of(links: Iterable[SubjectLink], contracts: Mapping[UUID, Contract]) -> Matcher:
    """The matcher of subjects with these links, as far as they lead to ``contracts``."""
    by_subject: dict[str, list[SubjectLink]] = {}
    for link in links:
        if link.item_id in contracts:
            by_subject.setdefault(link.subject, []).append(link)
    offers = [segment.offer for one in contracts.values() for segment in one.segments]
    metered = {offer.plan_version_id: metered_of(offer) for offer in offers}
    return Matcher(by_subject, contracts, metered)


def hits_of(matcher: Matcher, fact: UsageFact) -> list[Hit]:
    """The totals that a fact counts in; none if it would be refused."""
    found = matcher.match(fact)
    return [] if isinstance(found, Fault) else found


def metered_of(offer: Offer) -> tuple[Metered, ...]:
    """The usage components of a plan version with their rules."""
    return tuple(
        Metered(component, component.every, offer.rules[component.id])
        for component in offer.terms.components
        if component.kind is ComponentKind.USAGE and component.every is not None
    )
