"""Changing what runs: another plan or quantity, another item, from an instant on.

Every change locks its subscription, counts up its version, makes its items due for charging and
says from when it holds, so that what was charged since then can be corrected.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from groschen.features.subscriptions.model import (
    ChangeEmpty,
    ChangeTooEarly,
    DatesInvalid,
    SubscriptionDetail,
)
from groschen.features.subscriptions.queries import writing as queries
from groschen.features.subscriptions.segments import changed, rewriting
from groschen.features.subscriptions.service.charging import agreed
from groschen.features.subscriptions.service.creating import add_items, terms_row
from groschen.features.subscriptions.service.drafting import check_fit, check_open, find_offer
from groschen.features.subscriptions.service.locking import check_before_end, item_of, locked
from groschen.features.subscriptions.service.news import item_news
from groschen.features.subscriptions.service.reading import detail, find
from groschen.kit.outbox import publish
from groschen.kit.rows import json_rows

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal
    from uuid import UUID

    from groschen.features.catalog.model import Offer
    from groschen.features.subscriptions.model import (
        ItemDraft,
        Segment,
        Subscription,
    )
    from groschen.features.subscriptions.segments import Rewriting
    from groschen.kit.db import Scope
    from groschen.kit.http import Reference


@dataclass(frozen=True, slots=True)
class ChangeDraft:
    """What shall hold from ``at`` on (now if None); None keeps the plan or the quantity."""

    at: datetime | None = None
    plan: str | None = None
    quantity: Decimal | None = None


async def change(
    scope: Scope,
    reference: Reference,
    item: Reference,
    draft: ChangeDraft,
    if_match: str | None = None,
) -> SubscriptionDetail:
    """Give an item another plan, the newest version of its plan, or another quantity.

    Another plan replaces phases planned for later; a quantity alone holds in them too. Raises
    what ``locked`` raises, ``SubscriptionItemNotFound``, ``AfterTheEnd``, ``ChangeTooEarly``,
    ``ChangeEmpty``, ``StartTooEarly``, ``PlanUnknown`` and ``PlanUnfit``.
    """
    subscription = await locked(scope, reference, if_match)
    row = await item_of(scope, subscription, item)
    at = draft.at or scope.now
    check_open(scope, at, "at")
    check_before_end(at, row.ends_at, "at")
    before = (await agreed(scope, [row.id]))[row.id].segments
    _check_start(before, at, scope.now)
    offer = await _offer(scope, subscription, draft.plan, at)
    _check_difference(before, at, offer, draft.quantity)
    after = changed(before, at, offer, draft.quantity)
    await _store(scope, row.id, rewriting(before, after))
    await queries.touch(scope, subscription.id)
    what = "quantity" if draft.plan is None else "plan"
    await publish(scope, [item_news(subscription, what, row.id, at)])
    return await detail(scope, await find(scope, subscription.id))


def _check_start(segments: tuple[Segment, ...], at: datetime, now: datetime) -> None:
    """Raise ``ChangeTooEarly`` unless ``at`` comes after the begin of the terms that hold now.

    At the very begin of terms that have not begun they may be replaced.
    """
    begun = [one.from_at for one in segments if one.from_at <= now]
    if begun and at <= begun[-1]:
        raise ChangeTooEarly(
            f"the terms that hold began at {begun[-1].isoformat()}",
            field="at",
            hint="choose a later instant; what held before is settled",
        )
    if at < segments[0].from_at:
        raise ChangeTooEarly(
            f"the item starts at {segments[0].from_at.isoformat()}",
            field="at",
            hint="choose its start or a later instant",
        )


async def _offer(
    scope: Scope, subscription: Subscription, plan: str | None, at: datetime
) -> Offer | None:
    if plan is None:
        return None
    offer = await find_offer(scope, plan, at, "plan")
    check_fit(offer, subscription.currency, subscription.funding, "plan")
    return offer


def _check_difference(
    segments: tuple[Segment, ...], at: datetime, offer: Offer | None, quantity: Decimal | None
) -> None:
    """Raise ``ChangeEmpty`` when nothing would be different from ``at`` on."""
    same_plan = offer is None or all(
        one.offer.plan_version_id == offer.plan_version_id
        for one in segments
        if one.until_at is None or one.until_at > at
    )
    same_quantity = quantity is None or all(
        one.quantity == quantity for one in segments if one.until_at is None or one.until_at > at
    )
    if same_plan and same_quantity:
        raise ChangeEmpty(
            "nothing would change", field="plan", hint="name another plan or another quantity"
        )


async def _store(scope: Scope, item_id: UUID, new: Rewriting) -> None:
    keys = [{"item_id": item_id, "segment": one.segment} for one in new.removed]
    await queries.delete_terms(scope, json_rows(keys))
    await queries.cut_terms(scope, json_rows([terms_row(item_id, one) for one in new.cut]))
    await queries.insert_terms(scope, json_rows([terms_row(item_id, one) for one in new.added]))


async def add_item(
    scope: Scope,
    reference: Reference,
    draft: ItemDraft,
    starts_at: datetime | None = None,
    if_match: str | None = None,
) -> SubscriptionDetail:
    """Add an item to a running subscription; it ends with it.

    Raises what ``locked`` and ``create`` raise, and ``AfterTheEnd``.
    """
    subscription = await locked(scope, reference, if_match)
    at = starts_at or max(scope.now, subscription.starts_at)
    check_open(scope, at, "starts_at")
    check_before_end(at, subscription.ends_at, "starts_at")
    if at < subscription.starts_at:
        raise DatesInvalid(
            f"the subscription starts at {subscription.starts_at.isoformat()}",
            field="starts_at",
            hint="let the item start then or later",
        )
    (item_id,) = await add_items(scope, subscription, [draft], at, field="")
    await queries.touch(scope, subscription.id)
    await publish(scope, [item_news(subscription, "item", item_id, at)])
    return await detail(scope, await find(scope, subscription.id))
