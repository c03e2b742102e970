"""What every change begins with: the subscription locked, its item found, its end respected."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from groschen.features.subscriptions.model import (
    SUBSCRIPTION,
    AfterTheEnd,
    Funding,
    Subscription,
    SubscriptionItemNotFound,
    SubscriptionMirrored,
    SubscriptionState,
)
from groschen.features.subscriptions.queries import reading
from groschen.features.subscriptions.queries import writing as queries
from groschen.features.subscriptions.service.reading import find, not_found
from groschen.kit.http import etag, require_match

if TYPE_CHECKING:
    from groschen.kit.db import Scope
    from groschen.kit.http import Reference


def subscription_etag(subscription: Subscription) -> str:
    """The tag of what a subscription says."""
    return etag(str(subscription.id), subscription.version)


async def locked(scope: Scope, reference: Reference, if_match: str | None = None) -> Subscription:
    """The subscription, locked and still running; ``if_match`` is the tag a change is based on.

    Raises ``SubscriptionNotFound``, ``SubscriptionMirrored``, ``EtagStale`` and
    ``IllegalTransition``.
    """
    found = await queries.lock(scope, (await find(scope, reference)).id)
    if found is None:
        raise not_found()
    if found.funding is Funding.CLAIM:
        raise SubscriptionMirrored(
            "the subscription follows that of a reseller",
            hint="the reseller changes its own; this one follows",
        )
    if if_match is not None:
        require_match(if_match, subscription_etag(found))
    SUBSCRIPTION.check(found.state, SubscriptionState.ENDED)
    return found


async def item_of(
    scope: Scope, subscription: Subscription, reference: Reference
) -> reading.ItemRow:
    """An item of a subscription; raises ``SubscriptionItemNotFound``."""
    found = await reading.item(scope, subscription.id, reference)
    if found is None:
        raise SubscriptionItemNotFound(
            "the subscription has no such item",
            hint="read its items with GET /v1/subscriptions/{id}",
        )
    return found


def check_before_end(at: datetime, ends_at: datetime | None, field: str) -> None:
    """Raise ``AfterTheEnd`` unless something still runs at ``at``."""
    if ends_at is not None and at >= ends_at:
        raise AfterTheEnd(
            f"it ends at {ends_at.isoformat()}",
            field=field,
            hint="choose an instant before, or make a new subscription",
        )
