"""Products, plans and their versions: what is published, found, refused."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import psycopg
import pytest

from groschen.core.tax import TaxCategory
from groschen.features.catalog import service
from groschen.features.catalog.model import (
    PlanExists,
    PlanNotFound,
    PlanVersionExists,
    PlanVersionImmutable,
    PlanVersionNotFound,
    PlanVersionTooEarly,
    ProductExists,
    ProductNotFound,
    ProductUnknown,
    RevenueAccountUnfit,
)
from groschen.features.catalog.terms import parse_terms
from groschen.features.ledger.service import seed_chart
from groschen.kit.http import External, Slice
from groschen.kit.ids import new_id

from .samples import ticket

if TYPE_CHECKING:
    from uuid import UUID

    from groschen.features.catalog.model import Plan, PlanVersion
    from groschen.kit.db import Scope
    from groschen.kit.postgres import ServerUrls
    from support.database import ScopeFactory

HOUR = timedelta(hours=1)


async def make_plan(scope: Scope, name: str = "single") -> Plan:
    await seed_chart(scope)
    await service.create_product(scope, f"{name}-product", "Single ticket", TaxCategory.REDUCED)
    return await service.create_plan(scope, name, External(f"{name}-product"), "Single")


async def publish(
    scope: Scope, plan: Plan, fare: str = "12.90", at: datetime | None = None
) -> PlanVersion:
    return await service.publish_version(scope, plan, parse_terms(ticket(fare)), at)


def sell(urls: ServerUrls, version: PlanVersion, tenant_id: UUID) -> None:
    """Put an order item of the version past the walls, without the order around it."""
    with psycopg.connect(urls.superuser) as conn:
        conn.execute("SET LOCAL session_replication_role = replica")
        conn.execute(
            """
            INSERT INTO groschen.order_items (tenant_id, id, order_id, position, plan_version_id,
                        attributes, quantity, gross, net, tax, tax_key, service_on, state)
            VALUES (%(tenant_id)s, %(item)s, %(item)s, 1, %(version)s, '{}', 1, 12.9, 12.06, 0.84,
                    'DE-7', %(day)s, 'accepted')
            """,
            {
                "tenant_id": tenant_id,
                "item": new_id(),
                "version": version.id,
                "day": version.valid_from.date(),
            },
        )


async def test_products_and_plans_are_found_by_either_id(scope_factory: ScopeFactory) -> None:
    async with scope_factory() as scope:
        plan = await make_plan(scope)
        product = await service.find_product(scope, External("single-product"))
        assert await service.find_product(scope, product.id) == product
        assert await service.find_plan(scope, plan.id) == plan
        assert await service.find_plan(scope, External("single")) == plan
        assert (plan.product_id, plan.product_external_id) == (product.id, "single-product")
        with pytest.raises(PlanNotFound):
            await service.find_plan(scope, product.id)
        with pytest.raises(ProductNotFound):
            await service.find_product(scope, External("single"))


async def test_an_external_id_is_given_once(scope_factory: ScopeFactory) -> None:
    async with scope_factory() as scope:
        await make_plan(scope)
        with pytest.raises(ProductExists):
            await service.create_product(scope, "single-product", "X", TaxCategory.STANDARD)
        with pytest.raises(PlanExists):
            await service.create_plan(scope, "single", External("single-product"), "X")
        with pytest.raises(ProductUnknown):
            await service.create_plan(scope, "other", External("nothing"), "X")


async def test_lists_go_by_pages_newest_first(scope_factory: ScopeFactory) -> None:
    async with scope_factory() as scope:
        made = [await make_plan(scope, f"plan{number}") for number in range(3)]
        newest = await service.plans(scope, Slice(limit=1))
        assert newest == [made[2], made[1]]
        assert await service.plans(scope, Slice(limit=1, after=made[1].id)) == [made[0]]
        assert await service.plans(scope, Slice(limit=1, before=made[1].id)) == [made[2]]
        products = await service.products(scope, Slice())
        assert [product.external_id for product in products] == [
            "plan2-product",
            "plan1-product",
            "plan0-product",
        ]


async def test_versions_count_up_and_start_now(scope_factory: ScopeFactory) -> None:
    async with scope_factory() as scope:
        plan = await make_plan(scope)
        later = await publish(scope, plan, "14.00", scope.now + HOUR)
        first = await publish(scope, plan)
        assert (later.version, first.version, first.valid_from) == (1, 2, scope.now)
        assert await service.plan_versions(scope, plan) == [later, first]
        assert await service.plan_version(scope, plan, first.id) == first
        with pytest.raises(PlanVersionExists):
            await publish(scope, plan, "15.00")
        with pytest.raises(PlanVersionNotFound):
            await service.plan_version(scope, plan, plan.id)


async def test_a_version_is_never_changed(scope_factory: ScopeFactory) -> None:
    async with scope_factory() as scope:
        plan = await make_plan(scope)
        version = await publish(scope, plan)
        with pytest.raises(PlanVersionImmutable) as caught:
            await service.refuse_change(scope, plan, version.id)
        assert "POST /v1/plans/{id}/versions" in (caught.value.hint or "")
        with pytest.raises(PlanVersionNotFound):
            await service.refuse_change(scope, plan, plan.id)


async def test_a_plan_nobody_bought_may_start_in_the_past(scope_factory: ScopeFactory) -> None:
    async with scope_factory() as scope:
        plan = await make_plan(scope)
        await publish(scope, plan)
        past = await publish(scope, plan, "11.00", scope.now - HOUR)
        assert past.valid_from == scope.now - HOUR


async def test_what_was_sold_stays_as_it_was(
    database_urls: ServerUrls, scope_factory: ScopeFactory
) -> None:
    async with scope_factory() as scope:
        plan = await make_plan(scope)
        future = await publish(scope, plan, "14.00", scope.now + HOUR)
        sold = await publish(scope, plan, at=scope.now - HOUR)
        sell(database_urls, sold, scope.tenant_id)
        with pytest.raises(PlanVersionTooEarly) as caught:
            await publish(scope, plan, "1.00", scope.now - timedelta(seconds=1))
        assert caught.value.field == "valid_from"
        assert (await publish(scope, plan, "13.00")).valid_from == scope.now
        sell(database_urls, future, scope.tenant_id)
        with pytest.raises(PlanVersionTooEarly):
            await publish(scope, plan, "1.00", scope.now + HOUR / 2)
        assert await publish(scope, plan, "1.00", scope.now + 2 * HOUR)


@pytest.mark.parametrize("account", ["REV_NOTHING", "BANK", "SHARE_PENDING", "TAX_OUT"])
async def test_revenue_goes_to_an_income_account(scope_factory: ScopeFactory, account: str) -> None:
    async with scope_factory() as scope:
        plan = await make_plan(scope)
        with pytest.raises(RevenueAccountUnfit) as caught:
            await service.publish_version(scope, plan, parse_terms(ticket(revenue_account=account)))
        assert caught.value.field == "terms.revenue_account"
        assert "REV_TRANSPORT" in (caught.value.hint or "")
