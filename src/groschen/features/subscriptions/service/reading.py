"""Reading subscriptions: everybody sees their own, a party's actor those of the party."""

from __future__ import annotations

from typing import TYPE_CHECKING

from groschen.features.subscriptions.model import (
    Contract,
    Item,
    Subscription,
    SubscriptionDetail,
    SubscriptionNotFound,
)
from groschen.features.subscriptions.queries import reading as queries
from groschen.features.subscriptions.service.charging import contracts

if TYPE_CHECKING:
    from collections.abc import Collection
    from uuid import UUID

    from groschen.kit.db import Scope
    from groschen.kit.http import Reference, Slice


async def find(scope: Scope, reference: Reference) -> Subscription:
    """Read a subscription that the actor may see; raises ``SubscriptionNotFound``."""
    found = await queries.subscription(scope, reference)
    if found is None or scope.actor.party_id not in (None, found.party_id):
        raise not_found()
    return found


def not_found() -> SubscriptionNotFound:
    """The refusal of a subscription that is not there, or not the actor's to see."""
    return SubscriptionNotFound(
        "there is no such subscription", hint="list subscriptions with GET /v1/subscriptions"
    )


async def page(scope: Scope, asked: Slice, account_id: UUID | None = None) -> list[Subscription]:
    """A page of subscriptions that the actor may see, newest first."""
    return await queries.subscriptions(scope, asked, account_id, scope.actor.party_id)


async def contracts_of(
    scope: Scope, subscription_ids: Collection[UUID]
) -> dict[UUID, list[Contract]]:
    """The contracts of each subscription's items, in the order the items were made."""
    found: dict[UUID, list[Contract]] = {one: [] for one in subscription_ids}
    ids = await queries.item_ids(scope, subscription_ids) if subscription_ids else []
    for contract in (await contracts(scope, ids)).values():
        found[contract.subscription_id].append(contract)
    return found


async def detail(scope: Scope, subscription: Subscription) -> SubscriptionDetail:
    """A subscription with its items, their segments and subjects."""
    rows = await queries.items(scope, subscription.id)
    known = await contracts(scope, {row.id for row in rows})
    subjects = await queries.subjects(scope, subscription.id)
    items = tuple(
        Item(
            row.id,
            row.external_id,
            row.plan_id,
            row.starts_at,
            row.ends_at,
            known[row.id].segments,
            tuple(link for link in subjects if link.item_id == row.id),
        )
        for row in rows
    )
    return SubscriptionDetail(subscription, items)
