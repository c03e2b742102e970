"""What orders find: the version in force, and what a pinned version says."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from groschen.core.meters import parse_meter
from groschen.core.tax import TaxCategory, TaxRate, TaxRateUnknown
from groschen.features.catalog import service
from groschen.features.catalog.model import (
    MeterNotFound,
    PlanVersionNotFound,
    TaxRateExists,
    TaxRateTooEarly,
)
from groschen.features.catalog.service import meters, selling
from groschen.features.catalog.service import tax as tax_module
from groschen.features.catalog.terms import parse_terms
from groschen.features.ledger.service import seed_chart
from groschen.kit.db import SYSTEM, Database
from groschen.kit.http import External
from support.database import make_tenant

from .samples import ticket

if TYPE_CHECKING:
    from uuid import UUID

    from groschen.features.catalog.model import PlanVersion
    from groschen.kit.db import Scope
    from groschen.kit.postgres import ServerUrls
    from support.database import ScopeFactory

DAY = timedelta(days=1)
STANDARD = TaxCategory.STANDARD


async def publish(scope: Scope, name: str, *starts: timedelta) -> list[PlanVersion]:
    """Make a plan with a version for each distance from now."""
    await seed_chart(scope)
    await service.create_product(scope, name, "Single ticket", TaxCategory.REDUCED)
    plan = await service.create_plan(scope, name, External(name), "Single")
    return [
        await service.publish_version(
            scope, plan, parse_terms(ticket(f"{number + 1}.00")), scope.now + start
        )
        for number, start in enumerate(starts)
    ]


async def test_the_latest_version_that_has_started_is_in_force(
    scope_factory: ScopeFactory,
) -> None:
    async with scope_factory() as scope:
        old, current, _ = await publish(scope, "a", -DAY, timedelta(0), DAY)
        await publish(scope, "unborn", DAY)
        found = await service.offers(scope, ["a", "unborn", "nothing", "a"], scope.now)
        assert found.keys() == {"a"}
        offer = found["a"]
        assert offer.plan_version_id == current.id
        assert (offer.plan_external_id, offer.product_external_id) == ("a", "a")
        assert (offer.tax_class, offer.hash, offer.version) == ("reduced", current.hash, 2)
        assert offer.terms == current.terms
        before = await service.offers(scope, ["a"], scope.now - DAY / 2)
        assert before["a"].plan_version_id == old.id
        assert await service.offers(scope, [], scope.now) == {}


async def test_a_pinned_version_is_read_once(
    scope_factory: ScopeFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with scope_factory() as scope:
        versions = await publish(scope, "pinned", -DAY, timedelta(0))
        ids = {version.id for version in versions}
        read = await service.offers_by_version(scope, ids)
        assert {offer.terms.component.id for offer in read.values()} == {"fare"}

        async def refuse(*_: object) -> list[object]:
            raise AssertionError("read again")

        monkeypatch.setattr(selling.queries, "offers", refuse)
        again = await service.offers_by_version(scope, ids)
        assert all(again[version_id] is read[version_id] for version_id in ids)


async def test_an_offer_brings_the_rules_of_its_usage(scope_factory: ScopeFactory) -> None:
    meter = parse_meter({"id": "energy", "event_type": "e", "aggregation": "sum", "value": "kwh"})
    price = {"kind": "per_unit", "params": {"currency": "EUR", "unit_price": "0.30"}}
    usage = {"id": "use", "kind": "usage", "meter": "energy", "every": "day", "price": price}
    fee = {"id": "fee", "kind": "recurring", "every": "month", "price": price}
    terms = parse_terms(ticket(components=[usage, fee]))
    async with scope_factory() as scope:
        await seed_chart(scope)
        published = await meters.create(scope, "Energy", meter)
        assert await meters.find(scope, published.id) == published
        await service.create_product(scope, "power", "Power", TaxCategory.STANDARD)
        plan = await service.create_plan(scope, "power", External("power"), "Power")
        version = await service.publish_version(scope, plan, terms, None)
    async with scope_factory() as scope:
        offer = (await service.offers_by_version(scope, [version.id]))[version.id]
        assert set(offer.rules) == {"use"}
        assert offer.rules["use"].meter == meter
        assert offer.rules["use"].price == terms.components[0].price
        with pytest.raises(MeterNotFound):
            await meters.find(scope, External("gas"))
        assert await meters.of_names(scope, ["gas"]) == {}
        assert await meters.of_names(scope, []) == {}


async def test_another_tenants_version_is_not_found(
    database_urls: ServerUrls, database: Database, scope_factory: ScopeFactory
) -> None:
    async with scope_factory() as scope:
        [version] = await publish(scope, "mine", timedelta(0))
        await service.offers_by_version(scope, [version.id])
    async with database.scope(make_tenant(database_urls), SYSTEM) as scope:
        with pytest.raises(PlanVersionNotFound):
            await service.offers_by_version(scope, [version.id])


async def test_the_longest_kept_offers_are_forgotten(
    scope_factory: ScopeFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: dict[tuple[UUID, UUID], object] = {}
    monkeypatch.setattr(selling, "MOST_KEPT", 1)
    monkeypatch.setattr(selling, "_kept", kept)
    async with scope_factory() as scope:
        versions = await publish(scope, "many", -DAY, timedelta(0))
        for version in versions:
            await service.offers_by_version(scope, [version.id])
        assert list(kept) == [(scope.tenant_id, versions[1].id)]


async def test_the_german_rates_are_seeded(scope_factory: ScopeFactory) -> None:
    async with scope_factory() as scope:
        await service.seed_tax_rates(scope)
        await service.seed_tax_rates(scope)
        assert len(await service.tax_rates(scope)) == 6
        assert await service.tax_rates(scope, "FR") == []
        for day, tax_class, key in (
            (date(2020, 6, 30), "standard", "DE-19"),
            (date(2020, 7, 1), "standard", "DE-16"),
            (date(2020, 12, 31), "reduced", "DE-5"),
            (date(2021, 1, 1), "reduced", "DE-7"),
            (scope.today, "standard", "DE-19"),
        ):
            for _ in range(2):
                assert (await service.tax_rate(scope, tax_class, day)).key == key
        assert (await service.tax_rate(scope, "reduced", scope.today, "DE")).rate == Decimal("0.07")
        with pytest.raises(TaxRateUnknown):
            await service.tax_rate(scope, "standard", date(2006, 12, 31))
        with pytest.raises(TaxRateUnknown, match="FR"):
            await service.tax_rate(scope, "standard", scope.today, "FR")


def rate(on: date, value: str = "0.21", country: str = "DE") -> TaxRate:
    return TaxRate(country, STANDARD, Decimal(value), on, None)


async def test_a_new_rate_never_changes_a_day_that_has_come(scope_factory: ScopeFactory) -> None:
    async with scope_factory() as scope:
        await service.seed_tax_rates(scope)
        tomorrow = scope.today + DAY
        assert (await service.tax_rate(scope, "standard", tomorrow)).key == "DE-19"
        with pytest.raises(TaxRateTooEarly):
            await service.add_tax_rate(scope, rate(scope.today))
        with pytest.raises(TaxRateExists):
            await service.add_tax_rate(scope, rate(date(2021, 1, 1)))
        await service.add_tax_rate(scope, rate(tomorrow))
        assert (await service.tax_rate(scope, "standard", scope.today)).key == "DE-19"
        assert (await service.tax_rate(scope, "standard", tomorrow)).key == "DE-21"
        assert (await service.tax_rate(scope, "reduced", tomorrow)).key == "DE-7"


async def test_a_first_rate_and_one_before_all_may_start_in_the_past(
    scope_factory: ScopeFactory,
) -> None:
    async with scope_factory() as scope:
        await service.add_tax_rate(scope, rate(date(2014, 1, 1), "0.2", "FR"))
        await service.add_tax_rate(scope, rate(date(2000, 4, 1), "0.196", "FR"))
        keys = [known.key for known in await service.tax_rates(scope, "FR")]
        assert keys == ["FR-19.6", "FR-20"]
        on = await service.tax_rate(scope, "standard", date(2013, 12, 31), "FR")
        assert on.key == "FR-19.6"


async def test_the_longest_kept_rates_are_forgotten(
    scope_factory: ScopeFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: dict[object, TaxRate] = {}
    monkeypatch.setattr(tax_module, "MOST_KEPT", 1)
    monkeypatch.setattr(tax_module, "_kept", kept)
    async with scope_factory() as scope:
        await service.seed_tax_rates(scope)
        await service.tax_rate(scope, "standard", scope.today)
        await service.tax_rate(scope, "reduced", scope.today)
        assert [found.key for found in kept.values()] == ["DE-7"]
