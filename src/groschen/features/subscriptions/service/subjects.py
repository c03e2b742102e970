"""Which subjects (devices, meters, cards) belong to an item, and for how long."""

from __future__ import annotations

from typing import TYPE_CHECKING

from groschen.features.subscriptions.model import (
    DatesInvalid,
    SubjectNotFound,
    SubjectOverlaps,
    SubscriptionDetail,
)
from groschen.features.subscriptions.queries import reading
from groschen.features.subscriptions.queries import writing as queries
from groschen.features.subscriptions.service.locking import check_before_end, item_of, locked
from groschen.features.subscriptions.service.news import item_news
from groschen.features.subscriptions.service.reading import detail, find
from groschen.kit.outbox import publish
from groschen.kit.rows import json_rows

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from uuid import UUID

    from groschen.features.subscriptions.model import SubjectLink, Subscription
    from groschen.kit.db import Scope
    from groschen.kit.http import Reference


async def add_subject(
    scope: Scope,
    reference: Reference,
    item: Reference,
    subject: str,
    from_at: datetime | None = None,
    until_at: datetime | None = None,
) -> SubscriptionDetail:
    """Let a subject belong to an item from ``from_at`` (now if None) until ``until_at``.

    It may lie in the past; events that were rejected meanwhile can be replayed. Raises what
    ``locked`` raises, ``SubscriptionItemNotFound``, ``DatesInvalid``, ``AfterTheEnd`` and
    ``SubjectOverlaps``.
    """
    subscription = await locked(scope, reference)
    row = await item_of(scope, subscription, item)
    at = from_at or max(scope.now, row.starts_at)
    check_before_end(at, row.ends_at, "from_at")
    if at < row.starts_at:
        raise DatesInvalid(
            f"the item starts at {row.starts_at.isoformat()}",
            field="from_at",
            hint="let the subject belong to it from then on or later",
        )
    if until_at is not None and until_at <= at:
        raise DatesInvalid(
            "the span ends before it begins",
            field="until_at",
            hint=f"give an instant after {at.isoformat()}, or none",
        )
    spans = await _spans(scope, subscription, row.id, subject)
    _check_free(spans, at, until_at)
    added = {"subject": subject, "item_id": row.id, "from_at": at, "until_at": until_at}
    await queries.insert_subjects(scope, json_rows([added]))
    return await _told(scope, subscription, row.id, at)


async def end_subject(
    scope: Scope, reference: Reference, item: Reference, subject: str, at: datetime | None = None
) -> SubscriptionDetail:
    """Let a subject no longer belong to an item from ``at`` (now if None) on.

    Raises what ``locked`` raises, ``SubscriptionItemNotFound`` and ``SubjectNotFound``.
    """
    subscription = await locked(scope, reference)
    row = await item_of(scope, subscription, item)
    until_at = at or scope.now
    spans = await _spans(scope, subscription, row.id, subject)
    held = [one for one in spans if one.holds_at(until_at) and one.from_at < until_at]
    if not held:
        raise SubjectNotFound(
            f"the subject {subject!r} does not belong to this item at {until_at.isoformat()}",
            field="subject",
            hint="name a subject of the item and an instant after it began to belong to it",
        )
    await queries.end_subject(scope, row.id, subject, held[0].from_at, until_at)
    return await _told(scope, subscription, row.id, until_at)


async def _spans(
    scope: Scope, subscription: Subscription, item_id: UUID, subject: str
) -> list[SubjectLink]:
    """The spans of a subject in an item."""
    links = await reading.subjects(scope, subscription.id)
    return [one for one in links if (one.item_id, one.subject) == (item_id, subject)]


def _check_free(spans: Iterable[SubjectLink], from_at: datetime, until_at: datetime | None) -> None:
    """Raise ``SubjectOverlaps`` when the subject belongs to the item in a part of that time."""
    for one in spans:
        begins_before_end = until_at is None or one.from_at < until_at
        ends_after_begin = one.until_at is None or one.until_at > from_at
        if begins_before_end and ends_after_begin:
            raise SubjectOverlaps(
                f"the subject {one.subject!r} belongs to this item from {one.from_at.isoformat()}",
                field="subject",
                hint="end that first, or choose a time outside of it",
            )


async def _told(
    scope: Scope, subscription: Subscription, item_id: UUID, at: datetime
) -> SubscriptionDetail:
    await queries.touch(scope, subscription.id)
    await publish(scope, [item_news(subscription, "subject", item_id, at)])
    return await detail(scope, await find(scope, subscription.id))
