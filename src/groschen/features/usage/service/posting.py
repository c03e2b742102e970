"""Posting: day slices of totals become shares and ledger, portion by portion.

A portion is one transaction. It reads slices that wait, books through the one door of shares
what they add to what is posted, and marks them; what a slice gained meanwhile goes on waiting.
So at every moment posted and unposted add up to the total, and dying anywhere loses nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Final
from uuid import NAMESPACE_OID, UUID, uuid5

from groschen.core.canonical import canonical_json
from groschen.core.errors import GroschenError
from groschen.features.shares import service as shares
from groschen.features.shares.model import Release
from groschen.features.usage.queries import posting as queries
from groschen.features.usage.service.paid import paid_for_totals
from groschen.features.usage.service.posting_terms import posting_terms
from groschen.features.usage.service.slices import Posting, posting_of
from groschen.kit.db import fence_key
from groschen.kit.ids import encode_id
from groschen.kit.logs import logger
from groschen.kit.outbox import Event, publish
from groschen.kit.rows import json_rows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from groschen.features.usage.queries.posting import Slice
    from groschen.kit.db import Scope

PORTION: Final = 300
POSTED: Final = "totals.posted"

log = logger(__name__)


@dataclass(frozen=True, slots=True)
class Portion:
    """What one transaction did: ``last`` is the position after which to go on, None at the end.

    ``refused`` are totals that cannot be posted, with the reason; they go on waiting.
    """

    posted: int
    last: tuple[UUID, date] | None
    refused: Mapping[UUID, GroschenError]


async def post_portion(
    scope: Scope, after: tuple[UUID, date] | None = None, limit: int = PORTION
) -> Portion:
    """Post at most ``limit`` waiting slices, in the order of their keys, after a position.

    One at a time for a tenant. Publishes ``totals.posted`` with the ids of the totals. A total
    whose agreement is not in force, or cannot share it, is left waiting and told.
    """
    await queries.lock_posting(scope, fence_key(scope.tenant_id, "usage.post"))
    slices = await queries.unposted(scope, after, limit)
    if not slices:
        return Portion(0, None, {})
    postings, refused = await _postings(scope, slices)
    changes = [change for posting in postings.values() for change in posting.changes]
    if changes:
        await shares.book_differences(scope, changes)
        await _release(scope, postings, booking_of(slices))
        done = [one for one in slices if one.total_id in postings]
        await queries.mark_posted(scope, json_rows([_marked(one) for one in done]))
        await publish(scope, [_news(booking_of(slices), postings)])
    for total_id, refusal in refused.items():
        log.warning(
            "usage_posting_refused",
            total_id=str(total_id),
            code=refusal.code,
            detail=refusal.detail,
            hint=refusal.hint,
        )
    last = (slices[-1].total_id, slices[-1].day) if len(slices) == limit else None
    return Portion(len(changes), last, refused)


def booking_of(slices: Sequence[Slice]) -> UUID:
    """The id of what posts these slices: the same slices posted again would bear it again."""
    keys = [[one.total_id, one.day, one.bookings] for one in slices]
    return uuid5(NAMESPACE_OID, canonical_json(keys))


async def _postings(
    scope: Scope, slices: Sequence[Slice]
) -> tuple[dict[UUID, Posting], dict[UUID, GroschenError]]:
    total_ids = sorted({one.total_id for one in slices})
    await shares.lock(scope, total_ids)
    terms = await posting_terms(scope, slices)
    posted = await queries.posted_sums(scope, total_ids)
    paid_for = await paid_for_totals(scope, total_ids)
    booking_id = booking_of(slices)
    postings: dict[UUID, Posting] = {}
    refused: dict[UUID, GroschenError] = {}
    for total_id, group in groupby(slices, key=lambda one: one.total_id):
        known = terms[total_id]
        try:
            if isinstance(known, GroschenError):
                raise known
            postings[total_id] = posting_of(
                list(group), posted[total_id], known, paid_for[total_id], booking_id
            )
        except GroschenError as refusal:
            refused[total_id] = refusal
    return postings, refused


async def _release(scope: Scope, postings: Mapping[UUID, Posting], booking_id: UUID) -> None:
    """Release of totals that are paid in part what their payment releases."""
    releases = [
        Release(total_id, *posting.released, booking_id)
        for total_id, posting in postings.items()
        if posting.must_release
    ]
    await shares.release_totals(scope, releases, booking_id)


def _marked(one: Slice) -> dict[str, object]:
    return {
        "total_id": one.total_id,
        "day": one.day,
        "quantity": one.quantity,
        "amount": one.amount,
        "gross": one.gross,
        "wallet": one.wallet,
        "wallet_vat": one.wallet_vat,
        "overdraft": one.overdraft,
        "receivable": one.receivable,
    }


def _news(booking_id: UUID, postings: Mapping[UUID, Posting]) -> Event:
    totals = [encode_id("tot", total_id) for total_id in postings]
    return Event(POSTED, booking_id, {"totals": totals})
