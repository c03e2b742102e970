"""The only writer of totals and their day slices.

``book_charges`` folds the facts that came and went, prices the state, and books the difference:
on the total, on the slices of its service days, and in the wallet that pays it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from groschen.core.errors import invariant
from groschen.features.usage.queries import totals as queries
from groschen.features.usage.service.asking import ask_to_post
from groschen.features.usage.service.books import Book, BookTerms
from groschen.features.usage.service.derived import (
    Follower,
    Following,
    followers_of,
    followings,
    is_closing,
)
from groschen.features.usage.service.folding import Folding, fold
from groschen.features.usage.service.funding import fund
from groschen.features.usage.service.rates import tax_day, vat_rates
from groschen.features.usage.service.refolding import facts_of
from groschen.features.usage.service.telling import tell
from groschen.kit.rows import json_rows

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import date
    from decimal import Decimal
    from uuid import UUID

    from groschen.core.totals import TotalKey
    from groschen.features.subscriptions.model import Segment, WindowRow
    from groschen.features.usage.model import Charge, DatedFact, ItemTotal
    from groschen.kit.db import Scope


async def lock_owners(scope: Scope, owner_ids: Collection[UUID]) -> None:
    """Let nobody else change totals of these owners until the transaction ends.

    Whoever stores facts of owners before ``book_charges`` locks them first, so that everybody
    comes to owners, windows and events in one order.
    """
    if owner_ids:
        await queries.lock_owners(scope, owner_ids)


async def book_charges(
    scope: Scope, charges: Sequence[Charge], *, locked: bool = False
) -> list[ItemTotal]:
    """Book what the charges change; return the totals as they are now, derived ones included.

    Each key may be charged once in a call. Locks the owners (unless they are ``locked``), then
    their wallets. A difference belongs to the service day of its facts. Raises
    ``TotalTooLarge`` and ``TaxRateUnknown``; the transaction must then be rolled back.
    """
    if not charges:
        return []
    ordered = sorted(charges, key=lambda charge: _order(charge.key))
    invariant(len({one.key for one in ordered}) == len(ordered), "one total is charged twice")
    if not locked:
        await lock_owners(scope, {charge.key.owner_id for charge in ordered})
    foldings, following = await _opened(scope, ordered)
    await _fold(scope, foldings, following)
    books = [folding.book for folding in foldings]
    books += [one.book for one in following if one.follower.closes or one.book.is_needed]
    await fund(scope, books)
    await _store(scope, books)
    await tell(scope, books)
    if any(book.days for book in books):
        await ask_to_post(scope)
    return [book.total() for book in books]


def _order(key: TotalKey) -> tuple[UUID, str, UUID, int, str]:
    return key.owner_id, key.component, key.window_id, key.segment, key.group


async def _opened(scope: Scope, charges: Sequence[Charge]) -> tuple[list[Folding], list[Following]]:
    """Read what is stored of the totals of the charges and of those that follow them."""
    followers = followers_of(charges)
    direct = [charge for charge in charges if not is_closing(charge)]
    rates = await vat_rates(scope, [_taxed(one.segment, one.window) for one in charges])
    keys = [charge.key for charge in direct] + [one.key for one in followers]
    rows = [key_row(place, key) for place, key in enumerate(keys)]
    stored = {one.place: one for one in await queries.stored_totals(scope, json_rows(rows))}
    foldings = [
        Folding(charge, Book.opened(_terms(charge, rates), stored.get(place), charge.rule.empty()))
        for place, charge in enumerate(direct)
    ]
    pairs = [
        (one, Book.opened(_terms(one, rates), stored.get(len(direct) + place), {}))
        for place, one in enumerate(followers)
    ]
    alive = [(one, book) for one, book in pairs if one.lives or not book.is_new]
    return foldings, await followings(scope, alive, [one.book for one in foldings])


def _taxed(segment: Segment, window: WindowRow) -> tuple[str, date]:
    return segment.offer.tax_class, tax_day(segment, window)


def _terms(of: Charge | Follower, rates: Mapping[tuple[str, date], Decimal]) -> BookTerms:
    rate = rates[_taxed(of.segment, of.window)]
    return BookTerms(of.key, of.contract, of.segment, of.rule_hash, rate)


async def _fold(scope: Scope, foldings: Sequence[Folding], following: Sequence[Following]) -> None:
    """Fold all facts; totals with followers day by day, so that each day gets its part."""
    again = [one.charge for one in foldings if one.must_refold]
    facts = await facts_of(scope, again)
    by_place: dict[tuple[UUID, UUID, int], list[Following]] = {}
    for one in following:
        by_place.setdefault(one.follower.place, []).append(one)
    waiting: dict[tuple[UUID, UUID, int], list[Folding]] = {}
    for folding in foldings:
        if folding.place in by_place:
            waiting.setdefault(folding.place, []).append(folding)
        else:
            for day in folding.days:
                fold(folding, day, facts)
    for place, followers in by_place.items():
        _fold_followed(waiting.get(place, []), followers, facts)


def _fold_followed(
    foldings: Sequence[Folding],
    followers: Sequence[Following],
    facts: Mapping[TotalKey, Sequence[DatedFact]],
) -> None:
    days = {day for folding in foldings for day in folding.days}
    for day in sorted(days):
        for folding in foldings:
            if day in folding.days:
                fold(folding, day, facts)
        for one in followers:
            one.follow(day)
    for one in followers:
        if one.follower.closes:
            one.follow(one.follower.last_day)


async def _store(scope: Scope, books: Iterable[Book]) -> None:
    changed = list(books)
    if new := [book.row() for book in changed if book.is_new]:
        await queries.insert_totals(scope, json_rows(new))
    if grown := [book.changes() for book in changed if not book.is_new]:
        await queries.update_totals(scope, json_rows(grown))
    if days := [row for book in changed for row in book.day_rows()]:
        await queries.add_to_days(scope, json_rows(days))


def key_row(place: int, key: TotalKey) -> dict[str, object]:
    """A key as ``stored_totals`` asks for it."""
    return {
        "place": place,
        "owner_id": key.owner_id,
        "component": key.component,
        "window_id": key.window_id,
        "segment": key.segment,
        "group_key": key.group,
    }
