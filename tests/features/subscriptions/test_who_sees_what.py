"""Somebody bound to a party sees its own subscriptions; to everybody else there are none."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

import pytest

from groschen.features.subscriptions import service
from groschen.features.subscriptions.model import (
    ItemDraft,
    SubscriberUnknown,
    SubscriptionDraft,
    SubscriptionNotFound,
)
from groschen.features.subscriptions.service import ChangeDraft
from groschen.kit.actor import ALL_PERMISSIONS, Actor
from groschen.kit.http import External, Slice
from groschen.kit.ids import new_id

from .samples import fee, open_account, publish, subscribe

if TYPE_CHECKING:
    from uuid import UUID

    from groschen.features.subscriptions.model import SubscriptionDetail
    from support.database import ScopeFactory

pytestmark = pytest.mark.anyio
ONE: Final = Decimal(1)


def bound(party_id: UUID) -> Actor:
    """Somebody of a party who has every right: the services stand alone."""
    return Actor("user", new_id(), ALL_PERMISSIONS, party_id, "customer")


@pytest.fixture
async def world(scope_factory: ScopeFactory) -> tuple[SubscriptionDetail, UUID, UUID]:
    """A subscription, the party whose it is, and its neighbour."""
    async with scope_factory() as scope:
        own = await open_account(scope)
        neighbour = await open_account(scope, "neighbour")
        await publish(scope, "power", fee())
        made = await subscribe(scope, external_id="mine")
        return made, own.party_id, neighbour.party_id


async def test_a_customer_sees_its_own(
    scope_factory: ScopeFactory, world: tuple[SubscriptionDetail, UUID, UUID]
) -> None:
    made, own, _ = world
    async with scope_factory(actor=bound(own), write=False) as scope:
        assert await service.page(scope, Slice()) == [made.subscription]
        found = await service.find(scope, External("mine"))
        assert await service.detail(scope, found) == made


async def test_to_another_customer_there_is_none(
    scope_factory: ScopeFactory, world: tuple[SubscriptionDetail, UUID, UUID]
) -> None:
    made, _, neighbour = world
    item = made.items[0].id
    async with scope_factory(actor=bound(neighbour)) as scope:
        assert await service.page(scope, Slice()) == []
        assert await service.page(scope, Slice(), made.subscription.account_id) == []
        for named in (made.subscription.id, External("mine")):
            for attempt in (
                service.find(scope, named),
                service.cancel(scope, named),
                service.change(scope, named, item, ChangeDraft(plan="power")),
                service.end_item(scope, named, item),
                service.add_item(scope, named, made_draft().items[0]),
                service.add_subject(scope, named, item, "meter-2"),
                service.end_subject(scope, named, item, "meter-1"),
            ):
                with pytest.raises(SubscriptionNotFound):
                    await attempt
        with pytest.raises(SubscriberUnknown):
            await service.create(scope, made_draft())


def made_draft() -> SubscriptionDraft:
    return SubscriptionDraft("household", (ItemDraft("power", ONE),))
