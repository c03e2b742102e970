"""What an item owes without any event, and when: windows, one-time prices, packages, minimums.

No I/O. Everything is worked out anew from the contract, so that asking again gives the same; a
change of the contract gives another amount for the same key, and the difference is booked.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from groschen.core.canonical import rule_hash
from groschen.core.components import ComponentKind, Timing, price_of, recurring_amount
from groschen.core.money import ZERO, round12
from groschen.core.period import Cadence, Period, day_of, window_at
from groschen.core.proration import part_of
from groschen.core.totals import TotalKey
from groschen.core.usage import FixedRule
from groschen.features.subscriptions import service as subscriptions
from groschen.features.subscriptions.model import WindowRow
from groschen.features.usage.service.rates import part_used

if TYPE_CHECKING:
    from datetime import date, datetime
    from decimal import Decimal

    from groschen.core.components import Component
    from groschen.features.subscriptions.model import Contract, Segment
    from groschen.features.subscriptions.service import WindowKey

INSTANT: Final = timedelta(microseconds=1)
ONCE: Final = frozenset({ComponentKind.ONE_TIME, ComponentKind.PREPAID_PACKAGE})
PER_WINDOW: Final = frozenset({ComponentKind.RECURRING, ComponentKind.MINIMUM})


@dataclass(frozen=True, slots=True)
class Due:
    """What one total without events should come to.

    ``is_over`` says that the segment has no part of the window any more: only what was charged
    of it has to be taken back.
    """

    contract: Contract
    segment: Segment
    component: Component
    window_key: WindowKey
    window: WindowRow
    amount: Decimal
    quantity: Decimal
    is_over: bool = False

    @property
    def key(self) -> TotalKey:
        """The key of the total."""
        item_id, segment = self.contract.item_id, self.segment.segment
        return TotalKey(item_id, self.component.id, self.window.id, segment, group="")

    @property
    def starts_at(self) -> datetime:
        """The start of the segment's part of the window; it stays when the end moves."""
        return max(self.window.period.start, self.segment.from_at)

    @property
    def day(self) -> date:
        """The service day that the charge belongs to: the first one."""
        return day_of(self.starts_at, self.window.zone)

    @property
    def rule(self) -> FixedRule:
        """The rule of the total, pinned by the component."""
        label = self.component.label or self.component.id
        return FixedRule(rule_hash(self.component.to_json()), self.contract.currency, label)


def dues(contract: Contract, since: datetime, upto: datetime) -> list[Due]:
    """What became due from ``since`` up to and with ``upto``, and what may have changed then.

    A window in advance is due when it starts for the segment, one in arrears or a minimum when
    it ends for it. What is charged once is due when the item starts.
    """
    found = list(_once(contract, since, upto))
    for segment in contract.segments:
        if segment.until_at is not None and segment.until_at < since:
            continue
        for component in segment.offer.terms.components:
            if component.kind in PER_WINDOW and component.every is not None:
                found += _of_windows(contract, segment, component, component.every, since, upto)
    return found


def next_due(contract: Contract, after: datetime) -> datetime | None:
    """The first instant after ``after`` at which something may become due; None: never.

    It may turn out that nothing is.
    """
    found: list[datetime] = []
    for segment in contract.segments:
        until = segment.until_at
        if segment.from_at > after:
            found.append(segment.from_at)
        elif until is None or until > after:
            for every in _cadences(segment):
                end = window_at(every, contract.zone, contract.anchor_on, after).period.end
                found.append(end if until is None else min(end, until))
    return min(found, default=None)


def _cadences(segment: Segment) -> set[Cadence]:
    components = segment.offer.terms.components
    return {one.every for one in components if one.kind in PER_WINDOW and one.every is not None}


def _once(contract: Contract, since: datetime, upto: datetime) -> Iterator[Due]:
    """One-time prices and packages, in the window of the item's first day."""
    if not contract.segments or not since <= contract.starts_at <= upto:
        return
    first = contract.segments[0]
    key, window = _window(contract, Cadence.DAY, contract.starts_at)
    for component in first.offer.terms.components:
        if component.kind in ONCE:
            amount = price_of(component.priced, first.quantity).amount
            yield Due(contract, first, component, key, window, amount, first.quantity)


def _of_windows(
    contract: Contract,
    segment: Segment,
    component: Component,
    every: Cadence,
    since: datetime,
    upto: datetime,
) -> Iterator[Due]:
    at = max(since - INSTANT, segment.from_at)
    while at <= upto:
        key, window = _window(contract, every, at)
        used = part_used(contract, segment, window)
        if used is None:
            yield Due(contract, segment, component, key, window, ZERO, ZERO, is_over=True)
        elif component.timing is Timing.ADVANCE or used.end <= upto:
            amount, quantity = _charged(component, segment, window, used)
            yield Due(contract, segment, component, key, window, amount, quantity)
        at = window.period.end


def _charged(
    component: Component, segment: Segment, window: WindowRow, used: Period
) -> tuple[Decimal, Decimal]:
    """Amount and quantity of a window; a minimum is worked out from what it counts."""
    if component.kind is ComponentKind.MINIMUM:
        return ZERO, ZERO
    part = part_of(window.period, used, window.zone)
    amount = recurring_amount(component, segment.quantity, part).amount
    return amount, round12(Fraction(segment.quantity) * part)


def _window(contract: Contract, every: Cadence, at: datetime) -> tuple[WindowKey, WindowRow]:
    window = window_at(every, contract.zone, contract.anchor_on, at)
    key = (contract.item_id, every, window.ordinal)
    return key, WindowRow(subscriptions.window_id(*key), window.period, contract.zone)
