"""What subscriptions tell others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from groschen.kit.ids import encode_id
from groschen.kit.outbox import Event

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from groschen.features.subscriptions.model import Subscription


def news(what: str, subscription: Subscription, **data: object) -> Event:
    """An event about a subscription; ``data`` is added to its ids."""
    ids = {
        "subscription": encode_id("sub", subscription.id),
        "account": encode_id("acc", subscription.account_id),
    }
    return Event(what, subscription.id, {**ids, **data})


def item_news(subscription: Subscription, change: str, item_id: UUID, at: datetime) -> Event:
    """An item changed: ``change`` says what, ``at`` from when (it may lie in the past)."""
    return news(
        "subscription.changed",
        subscription,
        item=encode_id("sbi", item_id),
        change=change,
        from_at=at,
    )
