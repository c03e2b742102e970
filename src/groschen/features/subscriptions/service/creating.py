"""Making subscriptions."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from groschen.features.subscriptions.model import (
    Funding,
    Segment,
    SubjectOverlaps,
    Subscription,
    SubscriptionDetail,
    SubscriptionExists,
    SubscriptionMirrored,
    SubscriptionState,
)
from groschen.features.subscriptions.queries import writing as queries
from groschen.features.subscriptions.service.drafting import (
    check_open,
    check_segments,
    check_term,
    find_wallet,
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
    from datetime import datetime

    from groschen.features.parties.model import Account
    from groschen.features.subscriptions.model import ItemDraft, SubscriptionDraft
    from groschen.kit.db import Scope


async def create(scope: Scope, draft: SubscriptionDraft) -> SubscriptionDetail:
    """Make a subscription with its items; charging starts when it does.

    Raises ``SubscriberUnknown``, ``StartTooEarly``, ``DatesInvalid``, ``WalletUnfit``,
    ``PlanUnknown``, ``PlanUnfit``, ``SubjectOverlaps`` and ``SubscriptionExists``.
    """
    if draft.funding is Funding.CLAIM:
        raise SubscriptionMirrored(
            "a subscription that follows a reseller's is made when the reseller's starts",
            field="funding",
            hint="pay by invoice or from a wallet; or publish an offer to the reseller",
        )
    account = await subscriber(scope, draft.account)
    starts_at = draft.starts_at or scope.now
    check_open(scope, starts_at, "starts_at")
    check_term(draft, starts_at)
    wallet_id = await find_wallet(scope, draft, account)
    subscription = _subscription(scope, draft, account, wallet_id)
    if not await queries.insert_subscription(scope, subscription):
        raise _exists("a subscription", subscription.external_id, "external_id")
    await add_items(scope, subscription, draft.items, starts_at)
    await publish(scope, [news("subscription.created", subscription)])
    return await detail(scope, subscription)


def _subscription(
    scope: Scope, draft: SubscriptionDraft, account: Account, wallet_id: UUID | None
) -> Subscription:
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
        wallet_id=wallet_id,
        state=SubscriptionState.ACTIVE,
        starts_at=draft.starts_at or scope.now,
        ends_at=None,
        minimum_term_until=draft.minimum_term_until,
        version=1,
        created_at=scope.now,
    )


async def add_items(
    scope: Scope,
    subscription: Subscription,
    drafts: Sequence[ItemDraft],
    starts_at: datetime,
    field: str = "items.",
) -> list[UUID]:
    """Store items that start together and return their ids; refusals name the item.

    ``field`` stands before the index of an item, or is empty for a single one.
    """
    ids = [new_id() for _ in drafts]
    rows: list[dict[str, object]] = []
    terms: list[dict[str, object]] = []
    subjects: list[dict[str, object]] = []
    for index, (item_id, draft) in enumerate(zip(ids, drafts, strict=True)):
        place = f"{field}{index}." if field else ""
        segments = await plan_segments(scope, draft, starts_at, place)
        check_segments(segments, subscription, place)
        rows.append(_item_row(item_id, subscription, draft, segments[0]))
        terms += [terms_row(item_id, segment) for segment in segments]
        subjects += _subject_rows(item_id, draft, starts_at, place)
    free = await queries.insert_items(scope, json_rows(rows))
    for index, row in enumerate(rows):
        if row["id"] not in free:
            place = f"{field}{index}.external_id" if field else "external_id"
            raise _exists("an item", str(row["external_id"]), place)
    await queries.insert_terms(scope, json_rows(terms))
    await queries.insert_subjects(scope, json_rows(subjects))
    return ids


def _item_row(
    item_id: UUID, subscription: Subscription, draft: ItemDraft, first: Segment
) -> dict[str, object]:
    return {
        "id": item_id,
        "subscription_id": subscription.id,
        "external_id": draft.external_id or encode_id("sbi", item_id),
        "plan_id": first.offer.plan_id,
        "starts_at": first.from_at,
        "ends_at": subscription.ends_at,
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
    item_id: UUID, draft: ItemDraft, starts_at: datetime, field: str
) -> list[dict[str, object]]:
    twice = [one for one in draft.subjects if draft.subjects.count(one) > 1]
    if twice:
        raise SubjectOverlaps(
            f"the subject {twice[0]!r} is named twice",
            field=f"{field}subjects",
            hint="name each subject of an item once",
        )
    return [
        {"subject": subject, "item_id": item_id, "from_at": starts_at, "until_at": None}
        for subject in draft.subjects
    ]


def _exists(what: str, external_id: str, field: str) -> SubscriptionExists:
    return SubscriptionExists(
        f"there is {what} {external_id!r} already",
        field=field,
        hint="choose another external id, or use what has it",
    )
