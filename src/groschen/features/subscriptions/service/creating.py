"""Making subscriptions."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from groschen.features.subscriptions.model import (
    Segment,
    Subscription,
    SubscriptionDetail,
    SubscriptionExists,
    SubscriptionState,
)
from groschen.features.subscriptions.queries import writing as queries
from groschen.features.subscriptions.service.drafting import (
    check_fit,
    check_open,
    check_term,
    check_wallet,
    plan_segments,
    subscriber,
)
from groschen.features.subscriptions.service.news import news
from groschen.features.subscriptions.service.reading import detail
from groschen.kit.ids import encode_id, new_id
from groschen.kit.outbox import publish
from groschen.kit.rows import json_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from groschen.features.parties.model import Account
    from groschen.features.subscriptions.model import ItemDraft, SubscriptionDraft
    from groschen.kit.db import Scope


async def create(scope: Scope, draft: SubscriptionDraft) -> SubscriptionDetail:
    """Make a subscription with its items; charging starts when it does.

    Raises ``SubscriberUnknown``, ``StartTooEarly``, ``DatesInvalid``, ``WalletUnfit``,
    ``PlanUnknown``, ``PlanUnfit``, ``SubjectOverlaps`` and ``SubscriptionExists``.
    """
    account = await subscriber(scope, draft.account)
    starts_at = draft.starts_at or scope.now
    check_open(scope, starts_at, "starts_at")
    check_term(draft, starts_at)
    await check_wallet(scope, draft, account)
    subscription = _subscription(scope, draft, account)
    if not await queries.insert_subscription(scope, subscription):
        raise _exists("a subscription", subscription.external_id, "external_id")
    await _add_items(scope, subscription, draft.items)
    await publish(scope, [news("subscription.created", subscription)])
    return await detail(scope, subscription)


def _subscription(scope: Scope, draft: SubscriptionDraft, account: Account) -> Subscription:
    subscription_id = new_id()
    return Subscription(
        id=subscription_id,
        external_id=draft.external_id or encode_id("sub", subscription_id),
        account_id=account.id,
        party_id=account.party_id,
        currency=account.currency,
        time_zone=account.time_zone,
        anchor_on=draft.anchor_on,
        funding=draft.funding,
        wallet_id=draft.wallet_id,
        state=SubscriptionState.ACTIVE,
        starts_at=draft.starts_at or scope.now,
        ends_at=None,
        minimum_term_until=draft.minimum_term_until,
        version=1,
        created_at=scope.now,
    )


async def _add_items(scope: Scope, subscription: Subscription, drafts: Sequence[ItemDraft]) -> None:
    """Store items that start with their subscription; refusals name the item."""
    ids = [new_id() for _ in drafts]
    segments = [
        await _segments(scope, subscription, draft, f"items.{index}")
        for index, draft in enumerate(drafts)
    ]
    rows = [
        _item_row(item_id, subscription, draft, terms[0])
        for item_id, draft, terms in zip(ids, drafts, segments, strict=True)
    ]
    free = await queries.insert_items(scope, json_rows(rows))
    for index, row in enumerate(rows):
        if row["id"] not in free:
            raise _exists("an item", str(row["external_id"]), f"items.{index}.external_id")
    terms = [
        terms_row(item_id, segment)
        for item_id, one in zip(ids, segments, strict=True)
        for segment in one
    ]
    await queries.insert_terms(scope, json_rows(terms))
    await queries.insert_subjects(scope, json_rows(_subject_rows(subscription, ids, drafts)))


async def _segments(
    scope: Scope, subscription: Subscription, draft: ItemDraft, field: str
) -> tuple[Segment, ...]:
    segments = await plan_segments(scope, draft, subscription.starts_at, field)
    for index, segment in enumerate(segments):
        place = f"{field}.phases.{index - 1}.plan" if index else f"{field}.plan"
        check_fit(segment.offer, subscription.currency, subscription.funding, place)
    return segments


def _item_row(
    item_id: UUID, subscription: Subscription, draft: ItemDraft, first: Segment
) -> dict[str, object]:
    return {
        "id": item_id,
        "subscription_id": subscription.id,
        "external_id": draft.external_id or encode_id("sbi", item_id),
        "plan_id": first.offer.plan_id,
        "starts_at": subscription.starts_at,
        "ends_at": None,
    }


def terms_row(item_id: UUID, segment: Segment) -> dict[str, object]:
    """A segment as it is stored."""
    return {
        "item_id": item_id,
        "segment": segment.segment,
        "plan_version_id": segment.offer.plan_version_id,
        "quantity": segment.quantity,
        "from_at": segment.from_at,
        "until_at": segment.until_at,
    }


def _subject_rows(
    subscription: Subscription, ids: Sequence[UUID], drafts: Sequence[ItemDraft]
) -> list[dict[str, object]]:
    return [
        {
            "subject": subject,
            "item_id": item_id,
            "from_at": subscription.starts_at,
            "until_at": None,
        }
        for item_id, draft in zip(ids, drafts, strict=True)
        for subject in draft.subjects
    ]


def _exists(what: str, external_id: str, field: str) -> SubscriptionExists:
    return SubscriptionExists(
        f"there is {what} {external_id!r} already",
        field=field,
        hint="choose another external id, or use what has it",
    )
