"""The endpoints of the catalog."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import Query

from groschen.core.fields import FieldInvalid, FieldMissing, FieldUnknown
from groschen.core.money import AmountInvalid, CurrencyMismatch, WeightsAllZero
from groschen.core.prices import PriceKindUnknown
from groschen.core.usage import MeterUnfit
from groschen.features.catalog import service
from groschen.features.catalog.meter_schemas import MeterIn, MeterOut, MeterRef
from groschen.features.catalog.model import (
    MeterExists,
    MeterNotFound,
    MeterUnknown,
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
    TaxRateExists,
    TaxRateTooEarly,
)
from groschen.features.catalog.schemas import (
    PlanIn,
    PlanOut,
    PlanRef,
    PlanVersionId,
    PlanVersionIn,
    PlanVersionOut,
    PlanVersionsOut,
    ProductIn,
    ProductOut,
    ProductRef,
    TaxRateIn,
    TaxRateOut,
    TaxRatesOut,
)
from groschen.features.catalog.service import meters as published
from groschen.features.catalog.terms import DeliveryCircular
from groschen.kit.http import Country, PageOut, Pages, Reader, Router, Writer, page_of, problems

products: Final = Router("products", prefix="/v1/products")
plans: Final = Router("plans", prefix="/v1/plans")
meters: Final = Router("meters", prefix="/v1/meters")
tax_rates: Final = Router("tax_rates", prefix="/v1/tax_rates")


@products.post("", permission="catalog:write", verb="create", responses=problems(ProductExists))
async def create_product(body: ProductIn, scope: Writer) -> ProductOut:
    """Add a product."""
    product = await service.create_product(scope, body.external_id, body.name, body.tax_class)
    return ProductOut.of(product)


@products.get("", permission="catalog:read", verb="list")
async def list_products(scope: Reader, pages: Pages) -> PageOut[ProductOut]:
    """List products, newest first."""
    rows = await service.products(scope, pages)
    return page_of(pages, rows, identity=lambda row: row.id, show=ProductOut.of)


@products.get(
    "/{product}", permission="catalog:read", verb="get", responses=problems(ProductNotFound)
)
async def get_product(product: ProductRef, scope: Reader) -> ProductOut:
    """Show one product."""
    return ProductOut.of(await service.find_product(scope, product))


@plans.post(
    "", permission="catalog:write", verb="create", responses=problems(ProductUnknown, PlanExists)
)
async def create_plan(body: PlanIn, scope: Writer) -> PlanOut:
    """Add a plan; it is on sale once a version of it has started."""
    plan = await service.create_plan(scope, body.external_id, body.product, body.name)
    return PlanOut.of(plan)


@plans.get("", permission="catalog:read", verb="list")
async def list_plans(scope: Reader, pages: Pages) -> PageOut[PlanOut]:
    """List plans, newest first."""
    rows = await service.plans(scope, pages)
    return page_of(pages, rows, identity=lambda row: row.id, show=PlanOut.of)


@plans.get("/{plan}", permission="catalog:read", verb="get", responses=problems(PlanNotFound))
async def get_plan(plan: PlanRef, scope: Reader) -> PlanOut:
    """Show one plan."""
    return PlanOut.of(await service.find_plan(scope, plan))


@plans.get(
    "/{plan}/versions",
    permission="catalog:read",
    verb="list_versions",
    responses=problems(PlanNotFound),
)
async def list_versions(plan: PlanRef, scope: Reader) -> PlanVersionsOut:
    """List the versions of a plan, the latest start first."""
    found = await service.find_plan(scope, plan)
    versions = await service.plan_versions(scope, found)
    return PlanVersionsOut(data=[PlanVersionOut.of(version) for version in versions])


@plans.post(
    "/{plan}/versions",
    permission="catalog:write",
    verb="publish_version",
    exclusive=True,
    responses=problems(
        AmountInvalid,
        CurrencyMismatch,
        DeliveryCircular,
        FieldInvalid,
        FieldMissing,
        FieldUnknown,
        MeterUnfit,
        MeterUnknown,
        PlanNotFound,
        PlanVersionExists,
        PlanVersionTooEarly,
        PriceKindUnknown,
        RevenueAccountUnfit,
        WeightsAllZero,
    ),
)
async def publish_version(plan: PlanRef, body: PlanVersionIn, scope: Writer) -> PlanVersionOut:
    """Publish a new version of a plan. It is never changed afterwards."""
    found = await service.find_plan(scope, plan)
    terms = body.terms.terms()
    return PlanVersionOut.of(await service.publish_version(scope, found, terms, body.valid_from))


@plans.get(
    "/{plan}/versions/{version_id}",
    permission="catalog:read",
    verb="get_version",
    responses=problems(PlanNotFound, PlanVersionNotFound),
)
async def get_version(plan: PlanRef, version_id: PlanVersionId, scope: Reader) -> PlanVersionOut:
    """Show one version of a plan."""
    found = await service.find_plan(scope, plan)
    return PlanVersionOut.of(await service.plan_version(scope, found, version_id))


@plans.put(
    "/{plan}/versions/{version_id}",
    permission="catalog:write",
    verb="replace_version",
    responses=problems(PlanNotFound, PlanVersionNotFound, PlanVersionImmutable),
)
async def replace_version(plan: PlanRef, version_id: PlanVersionId, scope: Writer) -> None:
    """Refused always: a published version never changes; publish a new one."""
    found = await service.find_plan(scope, plan)
    await service.refuse_change(scope, found, version_id)


@plans.patch(
    "/{plan}/versions/{version_id}",
    permission="catalog:write",
    verb="change_version",
    responses=problems(PlanNotFound, PlanVersionNotFound, PlanVersionImmutable),
)
async def change_version(plan: PlanRef, version_id: PlanVersionId, scope: Writer) -> None:
    """Refused always: a published version never changes; publish a new one."""
    found = await service.find_plan(scope, plan)
    await service.refuse_change(scope, found, version_id)


@meters.post(
    "",
    permission="catalog:write",
    verb="publish",
    responses=problems(FieldInvalid, FieldMissing, FieldUnknown, MeterExists),
)
async def publish_meter(body: MeterIn, scope: Writer) -> MeterOut:
    """Publish a meter. It is never changed afterwards."""
    return MeterOut.of(await published.create(scope, body.name, body.meter()))


@meters.get("", permission="catalog:read", verb="list")
async def list_meters(scope: Reader, pages: Pages) -> PageOut[MeterOut]:
    """List meters, newest first."""
    rows = await published.page(scope, pages)
    return page_of(pages, rows, identity=lambda row: row.id, show=MeterOut.of)


@meters.get("/{meter}", permission="catalog:read", verb="get", responses=problems(MeterNotFound))
async def get_meter(meter: MeterRef, scope: Reader) -> MeterOut:
    """Show one meter."""
    return MeterOut.of(await published.find(scope, meter))


@tax_rates.get("", permission="catalog:read", verb="list")
async def list_tax_rates(
    scope: Reader,
    country: Annotated[Country | None, Query(description="Only rates of this country.")] = None,
) -> TaxRatesOut:
    """List tax rates with the days they apply."""
    rates = await service.tax_rates(scope, country)
    return TaxRatesOut(data=[TaxRateOut.of(rate) for rate in rates])


@tax_rates.post(
    "",
    permission="catalog:write",
    verb="add",
    exclusive=True,
    responses=problems(TaxRateExists, TaxRateTooEarly),
)
async def add_tax_rate(body: TaxRateIn, scope: Writer) -> TaxRateOut:
    """Add a rate; it ends the one before it of the same country and class."""
    return TaxRateOut.of(await service.add_tax_rate(scope, body.tax_rate()))
