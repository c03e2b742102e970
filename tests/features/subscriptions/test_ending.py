"""How subscriptions end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from groschen.core.lifecycle import IllegalTransition
from groschen.features.subscriptions import jobs, service
from groschen.features.subscriptions.model import (
    AfterTheEnd,
    CancelReason,
    CancelTooEarly,
    ItemDraft,
    MinimumTermRuns,
    SubscriptionState,
)
from groschen.features.subscriptions.service import ChangeDraft
from groschen.kit.jobs import SWEEPS
from groschen.kit.runtime import Ports, Runtime

from .samples import fee, open_account, publish, subscribe, told

if TYPE_CHECKING:
    from uuid import UUID

    from groschen.features.subscriptions.model import Contract, SubscriptionDetail
    from groschen.kit.config import Settings
    from groschen.kit.db import Database, Scope
    from support.database import ScopeFactory

pytestmark = pytest.mark.anyio
DAY = timedelta(days=1)
LAST_YEAR = datetime(2025, 1, 1, tzinfo=UTC)


async def running(scope: Scope, **changes: Any) -> SubscriptionDetail:
    await open_account(scope)
    await publish(scope, "power", fee(), LAST_YEAR)
    await publish(scope, "green", fee("12"), LAST_YEAR)
    changes.setdefault("starts_at", scope.now - 10 * DAY)
    return await subscribe(scope, **changes)


async def contract_of(scope: Scope, made: SubscriptionDetail) -> Contract:
    item_id = made.items[0].id
    return (await service.contracts(scope, [item_id]))[item_id]


async def test_a_cancelled_subscription_is_active_until_its_end(
    scope_factory: ScopeFactory,
) -> None:
    async with scope_factory() as scope:
        made = await running(scope)
        ends_at = scope.now + DAY
        after = await service.cancel(scope, made.subscription.id, ends_at)
        assert after.subscription.state is SubscriptionState.ACTIVE
        assert after.subscription.ends_at == ends_at
        contract = await contract_of(scope, made)
        assert contract.ends_at == contract.segments[-1].until_at == ends_at
        assert contract.segment_at(ends_at) is None
        (link,) = await service.resolve(scope, ["meter-1"], scope.now, scope.now)
        assert link.until_at == ends_at
        assert await service.resolve(scope, ["meter-1"], ends_at, ends_at) == []
        assert await service.due_items(scope, 10) == [made.items[0].id]
        kind, data = (await told(scope))[-1]
        assert (kind, data["reason"]) == ("subscription.cancelled", "ordinary")


async def test_cancelling_again_moves_the_end(scope_factory: ScopeFactory) -> None:
    async with scope_factory() as scope:
        made = await running(scope)
        reference, item = made.subscription.id, made.items[0].id
        at = scope.now + 10 * DAY
        await service.change(scope, reference, item, ChangeDraft(at, "green"))
        await service.cancel(scope, reference, scope.now + DAY)
        assert len((await contract_of(scope, made)).segments) == 1
        await service.cancel(scope, reference, scope.now + 20 * DAY)
        contract = await contract_of(scope, made)
        assert [one.until_at for one in contract.segments] == [at, scope.now + 20 * DAY]


async def test_the_minimum_term_holds(scope_factory: ScopeFactory) -> None:
    async with scope_factory() as scope:
        term = scope.now + 100 * DAY
        made = await running(scope, minimum_term_until=term)
        reference = made.subscription.id
        with pytest.raises(MinimumTermRuns) as caught:
            await service.cancel(scope, reference, scope.now + DAY)
        assert caught.value.field == "at"
        assert (await service.cancel(scope, reference)).subscription.ends_at == term
        early = await service.cancel(scope, reference, scope.now + DAY, CancelReason.EXTRAORDINARY)
        assert early.subscription.ends_at == scope.now + DAY
        assert (await told(scope))[-1][1]["reason"] == "extraordinary"


async def test_nothing_ends_in_the_past(scope_factory: ScopeFactory) -> None:
    async with scope_factory() as scope:
        made = await running(scope)
        with pytest.raises(CancelTooEarly):
            await service.cancel(scope, made.subscription.id, scope.now - DAY)


async def test_what_never_started_has_no_terms(scope_factory: ScopeFactory) -> None:
    async with scope_factory() as scope:
        made = await running(scope, starts_at=datetime.now(UTC) + DAY)
        await service.cancel(scope, made.subscription.id)
        assert (await contract_of(scope, made)).segments == ()
        assert await service.resolve(scope, ["meter-1"], scope.now, scope.now + 9 * DAY) == []


async def test_one_item_ends_before_the_others(scope_factory: ScopeFactory) -> None:
    async with scope_factory() as scope:
        made = await running(scope)
        reference = made.subscription.id
        after = await service.add_item(scope, reference, ItemDraft("green", Decimal(1)))
        extra = after.items[1].id
        ended = await service.end_item(scope, reference, extra, scope.now + DAY)
        assert [one.ends_at for one in ended.items] == [None, scope.now + DAY]
        assert (await told(scope))[-1][1]["change"] == "end"
        await service.cancel(scope, reference, scope.now + 2 * DAY)
        await service.cancel(scope, reference, scope.now + 3 * DAY)
        detail = await service.detail(scope, await service.find(scope, reference))
        assert [one.ends_at for one in detail.items] == [
            scope.now + 3 * DAY,
            scope.now + DAY,
        ]
        with pytest.raises(AfterTheEnd):
            await service.end_item(scope, reference, extra, scope.now + 3 * DAY)


async def test_the_sweep_ends_what_is_due(
    scope_factory: ScopeFactory,
    database: Database,
    settings: Settings,
    tenant_id: UUID,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with scope_factory() as scope:
        made = await running(scope)
        ending = [made, *[await subscribe(scope) for _ in range(2)]]
        later = await subscribe(scope)
        for one in ending:
            await service.cancel(scope, one.subscription.id, scope.now)
        await service.cancel(scope, later.subscription.id, scope.now + DAY)
    monkeypatch.setattr(jobs, "AT_ONCE", 2)
    await SWEEPS[jobs.END_DUE].run(Runtime(database, settings, Ports()), tenant_id)
    async with scope_factory() as scope:
        events = [data for kind, data in await told(scope) if kind == "subscription.ended"]
        assert len(events) == len(ending)
        found = await service.find(scope, made.subscription.id)
        assert (found.state, found.version) == (SubscriptionState.ENDED, 3)
        assert (await service.find(scope, later.subscription.id)).state == "active"
        with pytest.raises(IllegalTransition):
            await service.cancel(scope, made.subscription.id)
