"""Making subscriptions: what they hold, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from groschen.core.components import ComponentKind
from groschen.features.catalog import service as catalog
from groschen.features.catalog.model import PlanUnknown, PlanVersionTooEarly
from groschen.features.catalog.terms import parse_terms
from groschen.features.subscriptions import service
from groschen.features.subscriptions.model import (
    DatesInvalid,
    Funding,
    ItemDraft,
    PhaseDraft,
    PlanUnfit,
    StartTooEarly,
    SubjectOverlaps,
    SubscriberUnknown,
    SubscriptionDraft,
    SubscriptionExists,
    WalletUnfit,
)
from groschen.kit.db import SYSTEM, Database
from groschen.kit.ids import encode_id, new_id
from support.database import make_tenant

from .samples import fee, flat, open_account, open_wallet, publish, subscribe, told

if TYPE_CHECKING:
    from groschen.core.errors import GroschenError
    from groschen.kit.postgres import ServerUrls
    from support.database import ScopeFactory

pytestmark = pytest.mark.anyio
DAY = timedelta(days=1)
NOWHERE = new_id()
CREDIT = {
    "id": "pack",
    "kind": "prepaid_package",
    "price": flat("10"),
    "credit": {"amount": "12"},
}


async def test_an_item_has_its_contract_and_its_subjects(scope_factory: ScopeFactory) -> None:
    async with scope_factory() as scope:
        account = await open_account(scope)
        await publish(scope, "power", fee())
        draft = ItemDraft("power", Decimal(2), subjects=("meter-1",))
        made = await service.create(scope, SubscriptionDraft("household", (draft,)))
        (item,) = made.items
        contract = (await service.contracts(scope, [item.id, NOWHERE]))[item.id]
        assert contract.account_id == account.id
        assert (contract.funding, contract.wallet_id) == (Funding.INVOICE, None)
        assert contract.segment_at(scope.now) == contract.segment(1)
        assert contract.segment_at(scope.now - DAY) is None
        assert contract.segments[0].quantity == Decimal(2)
        assert contract.segments[0].offer.terms.component.kind is ComponentKind.ONE_TIME
        (link,) = await service.resolve(scope, ["meter-1", "meter-2"], scope.now, scope.now + DAY)
        assert (link.subject, link.item_id, link.until_at) == ("meter-1", item.id, None)
        assert link.holds_at(scope.now)
        assert not link.holds_at(scope.now - DAY)
        assert await service.resolve(scope, [], scope.now, scope.now) == []
        ((kind, data),) = await told(scope)
        assert kind == "subscription.created"
        assert data["subscription"] == encode_id("sub", made.subscription.id)


async def test_a_new_item_is_due_until_its_next_charge_is_set(scope_factory: ScopeFactory) -> None:
    async with scope_factory() as scope:
        await open_account(scope)
        await publish(scope, "power", fee())
        first = (await subscribe(scope)).items[0].id
        second = (await subscribe(scope, starts_at=scope.now + DAY)).items[0].id
        assert await service.due_items(scope, 10) == [first]
        await service.set_charge_at(scope, {first: None, second: scope.now})
        assert await service.due_items(scope, 10) == [second]
        await service.set_charge_at(scope, {})


async def test_phases_are_planned_ahead(scope_factory: ScopeFactory) -> None:
    async with scope_factory() as scope:
        await open_account(scope)
        await publish(scope, "trial", fee("0"))
        await publish(scope, "full", fee("10"))
        now = scope.now
        phases = (
            PhaseDraft(now + 30 * DAY, plan="full"),
            PhaseDraft(now + 60 * DAY, quantity=Decimal(3)),
        )
        draft = ItemDraft("trial", Decimal(1), phases=phases)
        made = await service.create(scope, SubscriptionDraft("household", (draft,)))
        (item,) = made.items
        assert [(one.offer.plan_external_id, int(one.quantity)) for one in item.segments] == [
            ("trial", 1),
            ("full", 1),
            ("full", 3),
        ]
        assert [one.until_at for one in item.segments] == [now + 30 * DAY, now + 60 * DAY, None]


async def test_it_may_start_in_the_past_while_the_books_are_open(
    database_urls: ServerUrls, database: Database
) -> None:
    tenant_id = make_tenant(database_urls, books_open_from=date(2026, 3, 1))
    async with database.scope(tenant_id, SYSTEM) as scope:
        await open_account(scope)
        await publish(scope, "power", fee(), datetime(2025, 1, 1, tzinfo=UTC))
        open_from = datetime(2026, 2, 28, 23, tzinfo=UTC)  # midnight in Berlin
        made = await subscribe(scope, starts_at=open_from)
        assert made.items[0].segments[0].from_at == open_from
        with pytest.raises(StartTooEarly) as caught:
            await subscribe(scope, starts_at=open_from - timedelta(seconds=1))
        assert caught.value.field == "starts_at"


async def test_a_wallet_pays(scope_factory: ScopeFactory) -> None:
    async with scope_factory() as scope:
        await open_account(scope)
        await open_account(scope, "neighbour")
        await publish(scope, "credit", fee(components=[CREDIT]))
        await catalog.seed_tax_rates(scope)
        wallet = await open_wallet(scope)
        closed = await open_wallet(scope, state="closed")
        foreign = await open_wallet(scope, "neighbour")
        made = await subscribe(scope, "credit", funding=Funding.WALLET, wallet=wallet)
        assert made.subscription.wallet_id == wallet
        for one in (closed, foreign, NOWHERE, None):
            with pytest.raises(WalletUnfit):
                await subscribe(scope, "credit", funding=Funding.WALLET, wallet=one)
        with pytest.raises(WalletUnfit):
            await subscribe(scope, "credit", wallet=wallet)
        with pytest.raises(PlanUnfit) as caught:
            await subscribe(scope, "credit")
        assert caught.value.field == "items.0.plan"


def drafted(item: dict[str, Any] | None = None, **changes: Any) -> SubscriptionDraft:
    one = replace(ItemDraft("power", Decimal(1)), **(item or {}))
    return replace(SubscriptionDraft("household", (one,)), **changes)


LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
FAR = datetime(2100, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("draft", "refusal", "field"),
    [
        (drafted(account="nobody"), SubscriberUnknown, "account"),
        (drafted({"plan": "nothing"}), PlanUnknown, "items.0.plan"),
        (drafted(starts_at=LONG_AGO), PlanUnknown, "items.0.plan"),
        (drafted({"plan": "alpine"}), PlanUnfit, "items.0.plan"),
        (drafted(minimum_term_until=LONG_AGO), DatesInvalid, "minimum_term_until"),
        (
            drafted({"phases": (PhaseDraft(LONG_AGO, "power"),)}),
            DatesInvalid,
            "items.0.phases.0.from_at",
        ),
        (
            drafted({"phases": (PhaseDraft(FAR, "power"), PhaseDraft(FAR, "power"))}),
            DatesInvalid,
            "items.0.phases.1.from_at",
        ),
        (
            drafted({"phases": (PhaseDraft(FAR, "nothing"),)}),
            PlanUnknown,
            "items.0.phases.0.plan",
        ),
        (drafted({"phases": (PhaseDraft(FAR, "alpine"),)}), PlanUnfit, "items.0.phases.0.plan"),
        (drafted({"subjects": ("a", "b", "a")}), SubjectOverlaps, "items.0.subjects"),
    ],
)
async def test_a_refusal_names_the_field(
    scope_factory: ScopeFactory, draft: SubscriptionDraft, refusal: type[GroschenError], field: str
) -> None:
    async with scope_factory() as scope:
        await open_account(scope)
        await publish(scope, "power", fee())
        await publish(scope, "alpine", fee(currency="CHF"))
        with pytest.raises(refusal) as caught:
            await service.create(scope, draft)
        assert caught.value.field == field
        assert caught.value.hint


async def test_what_is_subscribed_to_stays_as_it_was_sold(scope_factory: ScopeFactory) -> None:
    """A version of the plan can no longer start before now."""
    async with scope_factory() as scope:
        await open_account(scope)
        plan = await publish(scope, "power", fee(), scope.now - 2 * DAY)
        yesterday = scope.now - DAY
        await catalog.publish_version(scope, plan, parse_terms(fee("11")), yesterday)
        made = await subscribe(scope)
        assert made.items[0].segments[0].offer.version == 2
        with pytest.raises(PlanVersionTooEarly):
            await catalog.publish_version(scope, plan, parse_terms(fee("12")), yesterday + DAY / 2)


async def test_external_ids_are_taken_once(scope_factory: ScopeFactory) -> None:
    async with scope_factory() as scope:
        await open_account(scope)
        await publish(scope, "power", fee())
        await service.create(scope, drafted({"external_id": "i"}, external_id="s"))
    async with scope_factory() as scope:
        with pytest.raises(SubscriptionExists) as caught:
            await service.create(scope, drafted(external_id="s"))
        assert caught.value.field == "external_id"
    async with scope_factory() as scope:
        with pytest.raises(SubscriptionExists) as caught:
            await service.create(scope, drafted({"external_id": "i"}))
        assert caught.value.field == "items.0.external_id"
