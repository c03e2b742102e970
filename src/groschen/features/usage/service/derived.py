"""Derived totals: the maximum, then the minimum of what other components of a window cost.

A maximum follows its sources from the first fact on. A minimum follows them once its window was
closed by a charge of its own, so that it takes part in what comes late.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from groschen.core.canonical import rule_hash
from groschen.core.components import ComponentKind, maximum_amount, minimum_amount
from groschen.core.money import ZERO, Money, add_all, subtract
from groschen.core.period import day_of
from groschen.core.proration import part_of
from groschen.core.totals import TotalKey
from groschen.core.usage import AMOUNT
from groschen.features.usage.queries import totals as queries
from groschen.features.usage.service.rates import part_used
from groschen.kit.rows import json_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date
    from decimal import Decimal
    from uuid import UUID

    from groschen.core.components import Component
    from groschen.features.subscriptions.model import Contract, Segment, WindowRow
    from groschen.features.usage.model import Charge
    from groschen.features.usage.service.books import Book
    from groschen.kit.db import Scope

_INSTANT: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Follower:
    """A derived total that some charge may change; ``closes`` when the charge is its own."""

    key: TotalKey
    contract: Contract
    segment: Segment
    component: Component
    window: WindowRow
    closes: bool

    @property
    def place(self) -> tuple[UUID, UUID, int]:
        """Owner, window and segment: where its sources are."""
        return place_of(self.key)

    @property
    def rule_hash(self) -> str:
        """What pins the component."""
        return rule_hash(self.component.to_json())

    @property
    def lives(self) -> bool:
        """Whether it follows its sources even if it has no total yet."""
        return self.closes or self.component.kind is ComponentKind.MAXIMUM

    @property
    def last_day(self) -> date:
        """The last service day, on which a minimum is owed."""
        used = part_used(self.contract, self.segment, self.window) or self.window.period
        return day_of(used.end - _INSTANT, self.window.zone)

    def amount(self, sum_of: Decimal) -> Decimal:
        """What it comes to when its sources cost ``sum_of``."""
        money = Money(sum_of, self.contract.currency)
        if self.component.kind is ComponentKind.MAXIMUM:
            return maximum_amount(self.component, money).amount
        used = part_used(self.contract, self.segment, self.window)
        if used is None:
            return ZERO
        part = part_of(self.window.period, used, self.window.zone)
        return minimum_amount(self.component, part, money).amount


@dataclass(frozen=True, slots=True)
class Following:
    """A follower with its book; ``others`` is what its unchanged sources cost."""

    follower: Follower
    book: Book
    others: Decimal
    sources: tuple[Book, ...]

    def follow(self, day: date) -> None:
        """Take the total to what its sources ask for now; the difference belongs to ``day``."""
        sum_of = add_all((self.others, *(book.amount for book in self.sources)))
        amount = self.follower.amount(sum_of)
        state = {AMOUNT: amount} if amount else {}
        self.book.move(day, state, ZERO, amount)


def place_of(key: TotalKey) -> tuple[UUID, UUID, int]:
    """Owner, window and segment of a total."""
    return key.owner_id, key.window_id, key.segment


def is_closing(charge: Charge) -> bool:
    """Whether the charge only closes a window for a minimum."""
    return charge.component.kind is ComponentKind.MINIMUM


def followers_of(charges: Iterable[Charge]) -> list[Follower]:
    """The derived totals that the charges may change, maximums before minimums."""
    found: dict[TotalKey, Follower] = {}
    for charge in charges:
        for component in charge.segment.offer.terms.components:
            closes = component.id == charge.component.id and is_closing(charge)
            if closes or charge.component.id in component.of:
                one = _follower(charge, component, closes=closes)
                if closes or one.key not in found:
                    found[one.key] = one
    _add_minimums_of_maximums(found)
    return sorted(found.values(), key=lambda one: one.component.kind is not ComponentKind.MAXIMUM)


def _add_minimums_of_maximums(found: dict[TotalKey, Follower]) -> None:
    """A minimum may count a maximum without counting what changed it."""
    for one in list(found.values()):
        if one.component.kind is ComponentKind.MAXIMUM:
            for component in one.segment.offer.terms.components:
                key = _key(one.key, component)
                if one.component.id in component.of and key not in found:
                    found[key] = Follower(
                        key, one.contract, one.segment, component, one.window, closes=False
                    )


def _follower(charge: Charge, component: Component, *, closes: bool) -> Follower:
    key = _key(charge.key, component)
    return Follower(key, charge.contract, charge.segment, component, charge.window, closes=closes)


def _key(key: TotalKey, component: Component) -> TotalKey:
    return TotalKey(key.owner_id, component.id, key.window_id, key.segment, group="")


async def followings(
    scope: Scope, followers: Sequence[tuple[Follower, Book]], books: Iterable[Book]
) -> list[Following]:
    """Followers with what their sources cost; ``books`` are the totals that change."""
    if not followers:
        return []
    sums = await queries.sums_of_sources(scope, json_rows(_asked(followers)))
    changing: dict[tuple[UUID, UUID, int], list[Book]] = {}
    for book in [*books, *(book for _, book in followers)]:
        changing.setdefault(place_of(book.terms.key), []).append(book)
    return [
        _following(follower, book, sums.get(number, ZERO), changing)
        for number, (follower, book) in enumerate(followers)
    ]


def _asked(followers: Sequence[tuple[Follower, Book]]) -> Iterable[dict[str, object]]:
    for number, (follower, _) in enumerate(followers):
        yield {
            "place": number,
            "owner_id": follower.key.owner_id,
            "window_id": follower.key.window_id,
            "segment": follower.key.segment,
            "components": follower.component.of,
        }


def _following(
    follower: Follower,
    book: Book,
    stored: Decimal,
    changing: Mapping[tuple[UUID, UUID, int], Sequence[Book]],
) -> Following:
    sources = tuple(
        one for one in changing[follower.place] if one.terms.key.component in follower.component.of
    )
    others = subtract(stored, *(one.amount for one in sources))
    return Following(follower, book, others, sources)
