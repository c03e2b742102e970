"""Making subscriptions: what they hold, and what is refused."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from groschen.features.subscriptions import service
from groschen.features.subscriptions.model import ItemDraft, SubscriptionDraft

from .samples import fee, open_account, publish

if TYPE_CHECKING:
    from support.database import ScopeFactory

pytestmark = pytest.mark.anyio
DAY = timedelta(days=1)


async def test_an_item_has_its_contract_and_its_subjects(scope_factory: ScopeFactory) -> None:
    async with scope_factory() as scope:
        account = await open_account(scope)
        await publish(scope, "power", fee())
        draft = ItemDraft("power", Decimal(2), subjects=("meter-1",))
        made = await service.create(scope, SubscriptionDraft("household", (draft,)))
        (item,) = made.items
        contract = (await service.contracts(scope, [item.id]))[item.id]
        assert contract.account_id == account.id
        assert contract.segment_at(scope.now) == contract.segments[0]
        assert contract.segment_at(scope.now - DAY) is None
        assert contract.segments[0].quantity == Decimal(2)
        (link,) = await service.resolve(scope, ["meter-1", "meter-2"], scope.now, scope.now + DAY)
        assert (link.subject, link.item_id, link.until_at) == ("meter-1", item.id, None)
        assert await service.due_items(scope, 10) == [item.id]
        await service.set_charge_at(scope, {item.id: None})
        assert await service.due_items(scope, 10) == []
