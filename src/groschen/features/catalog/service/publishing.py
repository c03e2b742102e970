"""Products, plans, and publishing their versions."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from groschen.features.catalog.model import (
    Plan,
    PlanExists,
    PlanNotFound,
    PlanVersion,
    PlanVersionExists,
    PlanVersionImmutable,
    PlanVersionNotFound,
    PlanVersionTooEarly,
    Product,
    ProductExists,
    ProductNotFound,
    ProductUnknown,
)
from groschen.features.catalog.queries import plans as queries
from groschen.features.catalog.service.fitness import check_terms
from groschen.kit.ids import encode_id, new_id
from groschen.kit.outbox import Event, publish

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from groschen.core.tax import TaxCategory
    from groschen.features.catalog.terms import PlanTerms
    from groschen.kit.db import Scope
    from groschen.kit.http import Reference, Slice


async def create_product(
    scope: Scope, external_id: str, name: str, tax_class: TaxCategory
) -> Product:
    """Add a product; raises ``ProductExists`` when the external id is taken."""
    product = Product(new_id(), external_id, name, tax_class, scope.now)
    if not await queries.insert_product(scope, product):
        raise ProductExists(
            f"there is a product {external_id!r} already",
            field="external_id",
            hint="choose another external id, or use the product that has it",
        )
    await publish(
        scope,
        [Event("product.created", product.id, {"product": encode_id("prd", product.id)})],
    )
    return product


async def find_product(scope: Scope, named: Reference) -> Product:
    """Read a product by either id; raises ``ProductNotFound``."""
    product = await queries.product(scope, named)
    if product is None:
        raise ProductNotFound(
            "there is no such product", hint="list the products with GET /v1/products"
        )
    return product


async def products(scope: Scope, asked: Slice) -> list[Product]:
    """A page of products, newest first."""
    return await queries.products(scope, asked)


async def create_plan(scope: Scope, external_id: str, product_named: Reference, name: str) -> Plan:
    """Add a plan of a product; raises ``ProductUnknown`` and ``PlanExists``."""
    product = await queries.product(scope, product_named)
    if product is None:
        raise ProductUnknown(
            "there is no such product",
            field="product",
            hint="create the product first",
        )
    plan = Plan(new_id(), external_id, product.id, product.external_id, name, scope.now)
    if not await queries.insert_plan(scope, plan):
        raise PlanExists(
            f"there is a plan {external_id!r} already",
            field="external_id",
            hint="choose another external id, or publish a version of that plan",
        )
    await publish(scope, [Event("plan.created", plan.id, {"plan": encode_id("pln", plan.id)})])
    return plan


async def find_plan(scope: Scope, named: Reference) -> Plan:
    """Read a plan by either id; raises ``PlanNotFound``."""
    plan = await queries.plan(scope, named)
    if plan is None:
        raise PlanNotFound("there is no such plan", hint="list the plans with GET /v1/plans")
    return plan


async def plans(scope: Scope, asked: Slice) -> list[Plan]:
    """A page of plans, newest first."""
    return await queries.plans(scope, asked)


async def publish_version(
    scope: Scope, plan: Plan, terms: PlanTerms, valid_from: datetime | None = None
) -> PlanVersion:
    """Publish the next version of a plan, in force from ``valid_from`` (now if not given).

    What was sold stays as it was: once an order or subscription has a version of the plan, no
    version starts before now or before that one. Run it in an exclusive scope, so that no order
    is between.
    Raises ``PlanVersionTooEarly``, ``PlanVersionExists`` and what ``check_terms`` raises.
    """
    await check_terms(scope, terms)
    starts = valid_from or scope.now
    await _check_start(scope, plan, starts)
    draft = PlanVersion(new_id(), plan.id, 0, starts, terms, terms.hash, scope.now)
    number = await queries.insert_version(scope, draft)
    if number is None:
        raise PlanVersionExists(
            f"{plan.external_id} has a version from {starts.isoformat()} already",
            field="valid_from",
            hint="choose another instant; a published version is never changed",
        )
    data = {"plan": encode_id("pln", plan.id), "plan_version": encode_id("plv", draft.id)}
    await publish(scope, [Event("plan.version_published", plan.id, data)])
    return PlanVersion(draft.id, plan.id, number, starts, terms, draft.hash, draft.created_at)


async def _check_start(scope: Scope, plan: Plan, starts: datetime) -> None:
    used_from = await queries.latest_used_start(scope, plan.id)
    if used_from is None:
        return
    earliest = max(used_from, scope.now)
    if starts < earliest:
        raise PlanVersionTooEarly(
            f"{plan.external_id} was sold already; a version cannot start at {starts.isoformat()}",
            field="valid_from",
            hint=f"let it start at {earliest.isoformat()} or later",
        )


async def plan_versions(scope: Scope, plan: Plan) -> list[PlanVersion]:
    """All versions of a plan, the latest start first."""
    return await queries.versions(scope, plan.id)


async def plan_version(scope: Scope, plan: Plan, version_id: UUID) -> PlanVersion:
    """One version of a plan; raises ``PlanVersionNotFound``."""
    for version in await queries.versions(scope, plan.id):
        if version.id == version_id:
            return version
    raise PlanVersionNotFound(
        "the plan has no such version", hint="list them with GET /v1/plans/{id}/versions"
    )


async def refuse_change(scope: Scope, plan: Plan, version_id: UUID) -> NoReturn:
    """Say that a version is never changed, and what to do; raises ``PlanVersionImmutable``."""
    version = await plan_version(scope, plan, version_id)
    raise PlanVersionImmutable(
        f"version {version.version} of {plan.external_id} is published and never changes",
        hint="publish a new version with POST /v1/plans/{id}/versions; it says from when it holds",
        version=version.version,
    )
