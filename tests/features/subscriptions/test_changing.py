"""Another plan, another quantity, another item, other subjects."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from groschen.core.lifecycle import IllegalTransition
from groschen.features.catalog.model import PlanUnknown
from groschen.features.subscriptions import service
from groschen.features.subscriptions.model import (
    AfterTheEnd,
    ChangeEmpty,
    ChangeTooEarly,
    DatesInvalid,
    ItemDraft,
    PhaseDraft,
    PlanUnfit,
    StartTooEarly,
    SubjectNotFound,
    SubjectOverlaps,
    SubscriptionDraft,
    SubscriptionItemNotFound,
)
from groschen.features.subscriptions.service import ChangeDraft
from groschen.kit.db import SYSTEM
from groschen.kit.http import EtagStale, External
from groschen.kit.ids import encode_id
from support.database import make_tenant

from .samples import fee, open_account, publish, subscribe, told

if TYPE_CHECKING:
    from groschen.core.errors import GroschenError
    from groschen.features.subscriptions.model import SubscriptionDetail
    from groschen.kit.db import Database, Scope
    from groschen.kit.postgres import ServerUrls
    from support.database import ScopeFactory

pytestmark = pytest.mark.anyio
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
LAST_YEAR = datetime(2025, 1, 1, tzinfo=UTC)


async def running(scope: Scope, **changes: Any) -> SubscriptionDetail:
    """A household with power for ten days, and a greener plan to change to."""
    await open_account(scope)
    await publish(scope, "power", fee(), LAST_YEAR)
    await publish(scope, "green", fee("12"), LAST_YEAR)
    await publish(scope, "alpine", fee(currency="CHF"), LAST_YEAR)
    return await subscribe(scope, starts_at=scope.now - 10 * DAY, **changes)


async def change(scope: Scope, made: SubscriptionDetail, **to: Any) -> SubscriptionDetail:
    one = made.items[0].id
    return await service.change(scope, made.subscription.id, one, ChangeDraft(**to))


def terms(made: SubscriptionDetail) -> list[tuple[int, str, int]]:
    return [
        (one.segment, one.offer.plan_external_id, int(one.quantity))
        for one in made.items[0].segments
    ]


async def test_another_plan_opens_a_segment(scope_factory: ScopeFactory) -> None:
    async with scope_factory() as scope:
        made = await running(scope)
        await service.set_charge_at(scope, {made.items[0].id: scope.now + DAY})
        after = await change(scope, made, at=scope.now - DAY, plan="green")
        assert terms(after) == [(1, "power", 1), (2, "green", 1)]
        first, second = after.items[0].segments
        assert first.until_at == second.from_at == scope.now - DAY
        assert after.subscription.version == 2
        assert await service.due_items(scope, 10) == [made.items[0].id]
        _, (kind, data) = await told(scope)
        assert (kind, data["change"]) == ("subscription.changed", "plan")
        assert data["item"] == encode_id("sbi", made.items[0].id)
        assert datetime.fromisoformat(data["from_at"]) == scope.now - DAY


async def test_another_quantity_keeps_the_plan(scope_factory: ScopeFactory) -> None:
    async with scope_factory() as scope:
        made = await running(scope)
        after = await change(scope, made, quantity=Decimal(5))
        assert terms(after) == [(1, "power", 1), (2, "power", 5)]


async def test_what_was_planned_gives_way_to_another_plan(scope_factory: ScopeFactory) -> None:
    async with scope_factory() as scope:
        await running(scope)
        later = PhaseDraft(scope.now + 30 * DAY, "green")
        draft = ItemDraft("power", Decimal(1), phases=(later,))
        made = await service.create(scope, SubscriptionDraft("household", (draft,)))
        more = await change(scope, made, at=scope.now + DAY, quantity=Decimal(2))
        assert terms(more) == [(1, "power", 1), (3, "power", 2), (4, "green", 2)]
        replaced = await change(scope, made, at=scope.now + DAY, plan="green")
        assert terms(replaced) == [(1, "power", 1), (5, "green", 2)]
        contract = (await service.contracts(scope, [made.items[0].id]))[made.items[0].id]
        assert contract.segments == replaced.items[0].segments


@pytest.mark.parametrize(
    ("days", "to", "refusal", "field"),
    [
        (-10, {"plan": "green"}, ChangeTooEarly, "at"),
        (-11, {"plan": "green"}, ChangeTooEarly, "at"),
        (1, {"plan": "power"}, ChangeEmpty, "plan"),
        (1, {"quantity": Decimal(1)}, ChangeEmpty, "plan"),
        (1, {}, ChangeEmpty, "plan"),
        (1, {"plan": "nothing"}, PlanUnknown, "plan"),
        (1, {"plan": "alpine"}, PlanUnfit, "plan"),
    ],
)
async def test_a_change_that_cannot_be(
    scope_factory: ScopeFactory,
    days: int,
    to: dict[str, Any],
    refusal: type[GroschenError],
    field: str,
) -> None:
    async with scope_factory() as scope:
        made = await running(scope)
        with pytest.raises(refusal) as caught:
            await change(scope, made, at=scope.now + days * DAY, **to)
        assert caught.value.field == field


async def test_what_has_begun_is_settled(scope_factory: ScopeFactory) -> None:
    async with scope_factory() as scope:
        made = await running(scope)
        await change(scope, made, at=scope.now - 2 * DAY, plan="green")
        with pytest.raises(ChangeTooEarly):
            await change(scope, made, at=scope.now - 3 * DAY, quantity=Decimal(2))


async def test_what_has_not_begun_may_be_replaced(scope_factory: ScopeFactory) -> None:
    async with scope_factory() as scope:
        await running(scope)
        made = await subscribe(scope, starts_at=scope.now + DAY)
        assert terms(await change(scope, made, at=scope.now + DAY, plan="green")) == [
            (2, "green", 1)
        ]
        with pytest.raises(ChangeTooEarly):
            await change(scope, made, at=scope.now, plan="power")


async def test_no_change_in_closed_months(database_urls: ServerUrls, database: Database) -> None:
    tenant_id = make_tenant(database_urls)
    async with database.scope(tenant_id, SYSTEM) as scope:
        made = await running(scope)
    async with database.scope(tenant_id, SYSTEM) as scope:
        await scope.conn.execute(
            "UPDATE tenants SET books_open_from = %s WHERE tenant_id = %s",
            (scope.today, tenant_id),
        )
    async with database.scope(tenant_id, SYSTEM) as scope:
        with pytest.raises(StartTooEarly):
            await change(scope, made, at=scope.now - 2 * DAY, plan="green")


async def test_a_change_names_what_it_is_based_on(scope_factory: ScopeFactory) -> None:
    async with scope_factory() as scope:
        made = await running(scope)
        tag = service.subscription_etag(made.subscription)
        reference, item = made.subscription.id, made.items[0].id
        await service.change(scope, reference, item, ChangeDraft(plan="green"), tag)
        with pytest.raises(EtagStale):
            await service.change(scope, reference, item, ChangeDraft(plan="power"), tag)


async def test_an_item_is_added(scope_factory: ScopeFactory) -> None:
    async with scope_factory() as scope:
        made = await running(scope)
        reference = made.subscription.id
        draft = ItemDraft("green", Decimal(2), "extra", ("meter-2",))
        after = await service.add_item(scope, reference, draft)
        assert [one.external_id for one in after.items][1:] == ["extra"]
        assert after.items[1].starts_at == scope.now
        assert (await told(scope))[-1][1]["change"] == "item"
        with pytest.raises(DatesInvalid):
            await service.add_item(scope, reference, draft, scope.now - 11 * DAY)
        with pytest.raises(PlanUnknown) as caught:
            await service.add_item(scope, reference, ItemDraft("nothing", Decimal(1)))
        assert caught.value.field == "plan"
        await service.cancel(scope, reference, scope.now + DAY)
        with pytest.raises(AfterTheEnd):
            await service.add_item(scope, reference, draft, scope.now + DAY)
        with pytest.raises(AfterTheEnd):
            await change(scope, made, at=scope.now + DAY, plan="green")


async def test_an_item_of_another_subscription_is_not_found(scope_factory: ScopeFactory) -> None:
    async with scope_factory() as scope:
        made = await running(scope)
        other = await subscribe(scope)
        for item in (other.items[0].id, External("nothing")):
            with pytest.raises(SubscriptionItemNotFound):
                await service.change(scope, made.subscription.id, item, ChangeDraft(plan="green"))


async def test_an_ended_subscription_stays_as_it_was(scope_factory: ScopeFactory) -> None:
    async with scope_factory() as scope:
        made = await running(scope)
        await service.cancel(scope, made.subscription.id, scope.now)
        await service.end_due(scope, 10)
        with pytest.raises(IllegalTransition):
            await change(scope, made, plan="green")


async def test_a_subject_moves_from_item_to_item(scope_factory: ScopeFactory) -> None:
    async with scope_factory() as scope:
        first = await running(scope)
        await service.end_subject(
            scope, first.subscription.id, first.items[0].id, "meter-1", scope.now - DAY
        )
        second = await service.create(
            scope, SubscriptionDraft("household", (ItemDraft("green", Decimal(1)),))
        )
        here = (second.subscription.id, second.items[0].id)
        after = await service.add_subject(scope, *here, "meter-1")
        assert [one.subject for one in after.items[0].subjects] == ["meter-1"]
        assert after.subscription.version == 2
        links = await service.resolve(scope, ["meter-1"], scope.now - 2 * DAY, scope.now)
        assert [(one.item_id, one.until_at) for one in links] == [
            (first.items[0].id, scope.now - DAY),
            (here[1], None),
        ]
        (link,) = await service.resolve(scope, ["meter-1"], scope.now, scope.now)
        assert link.item_id == here[1]
        assert (await told(scope))[-1][1]["change"] == "subject"


async def test_spans_of_a_subject_do_not_overlap(scope_factory: ScopeFactory) -> None:
    async with scope_factory() as scope:
        made = await running(scope)
        here = (made.subscription.id, made.items[0].id)
        with pytest.raises(SubjectOverlaps):
            await service.add_subject(scope, *here, "meter-1", scope.now - HOUR, scope.now)
        await service.end_subject(scope, *here, "meter-1")
        with pytest.raises(SubjectOverlaps):
            await service.add_subject(scope, *here, "meter-1", scope.now - HOUR)
        until = scope.now + DAY
        await service.add_subject(scope, *here, "meter-1", scope.now, until)
        await service.add_subject(scope, *here, "meter-1", until)
        with pytest.raises(DatesInvalid) as caught:
            await service.add_subject(scope, *here, "meter-2", scope.now, scope.now)
        assert caught.value.field == "until_at"
        with pytest.raises(DatesInvalid) as caught:
            await service.add_subject(scope, *here, "meter-2", scope.now - 11 * DAY)
        assert caught.value.field == "from_at"
        for subject, at in (("meter-9", None), ("meter-1", scope.now - 11 * DAY)):
            with pytest.raises(SubjectNotFound):
                await service.end_subject(scope, *here, subject, at)
        await service.cancel(scope, here[0], scope.now + 2 * DAY)
        with pytest.raises(AfterTheEnd):
            await service.add_subject(scope, *here, "meter-2", scope.now + 2 * DAY)
