"""How subscriptions end: cancelled to an instant, and ended when it has come."""

from __future__ import annotations

from typing import TYPE_CHECKING

from groschen.features.subscriptions.model import (
    CancelReason,
    CancelTooEarly,
    MinimumTermRuns,
    SubscriptionDetail,
)
from groschen.features.subscriptions.queries import writing as queries
from groschen.features.subscriptions.service.locking import check_before_end, item_of, locked
from groschen.features.subscriptions.service.news import item_news, news
from groschen.features.subscriptions.service.reading import detail, find
from groschen.kit.ids import encode_id
from groschen.kit.outbox import Event, publish

if TYPE_CHECKING:
    from datetime import datetime

    from groschen.features.subscriptions.model import Subscription
    from groschen.kit.db import Scope
    from groschen.kit.http import Reference


async def cancel(
    scope: Scope,
    reference: Reference,
    at: datetime | None = None,
    reason: CancelReason = CancelReason.ORDINARY,
    if_match: str | None = None,
) -> SubscriptionDetail:
    """Let a subscription end at ``at``, or as soon as it may; again moves its end.

    An extraordinary reason breaks the minimum term. Raises what ``locked`` raises,
    ``CancelTooEarly`` and ``MinimumTermRuns``.
    """
    subscription = await locked(scope, reference, if_match)
    ends_at = _end(scope, subscription, at, reason)
    await queries.set_end(scope, subscription.id, ends_at)
    await queries.touch(scope, subscription.id)
    facts = {"ends_at": ends_at, "reason": reason.value}
    await publish(scope, [news("subscription.cancelled", subscription, **facts)])
    return await detail(scope, await find(scope, subscription.id))


async def end_item(
    scope: Scope,
    reference: Reference,
    item: Reference,
    at: datetime | None = None,
    reason: CancelReason = CancelReason.ORDINARY,
) -> SubscriptionDetail:
    """Let one item end at ``at``, or as soon as it may; the subscription goes on.

    Raises what ``cancel`` raises, ``SubscriptionItemNotFound``, and ``AfterTheEnd`` for an end
    after that of the subscription.
    """
    subscription = await locked(scope, reference)
    row = await item_of(scope, subscription, item)
    check_before_end(scope.now, row.ends_at, "at")
    ends_at = _end(scope, subscription, at, reason)
    check_before_end(ends_at, subscription.ends_at, "at")
    await queries.end_item(scope, row.id, ends_at)
    await queries.touch(scope, subscription.id)
    await publish(scope, [item_news(subscription, "end", row.id, ends_at)])
    return await detail(scope, await find(scope, subscription.id))


def _end(
    scope: Scope, subscription: Subscription, at: datetime | None, reason: CancelReason
) -> datetime:
    term = subscription.minimum_term_until
    if term is None or reason is CancelReason.EXTRAORDINARY:
        term = scope.now
    if at is None:
        return max(scope.now, term)
    if at < scope.now:
        raise CancelTooEarly(
            f"{at.isoformat()} has passed",
            field="at",
            hint=f"choose {scope.now.isoformat()} or later, or leave it out to end now",
        )
    if at < term:
        raise MinimumTermRuns(
            f"the minimum term runs until {term.isoformat()}",
            field="at",
            hint="let it end then or later; an extraordinary reason ends it before",
        )
    return at


async def end_due(scope: Scope, limit: int) -> int:
    """End at most ``limit`` subscriptions whose end has come; answer how many."""
    ended = await queries.end_due(scope, limit)
    events = [
        Event(
            "subscription.ended",
            subscription_id,
            {"subscription": encode_id("sub", subscription_id), "ended_at": ended_at},
        )
        for subscription_id, ended_at in ended
    ]
    await publish(scope, events)
    return len(ended)
