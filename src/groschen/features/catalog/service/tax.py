"""Dated tax rates.

A rate that applied on a day that has come is never changed: a new rate of the same country and
class starts after today. So what was found for today or earlier may be kept per process.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from groschen.core.tax import TaxCategory, TaxRate, TaxTable, german_rates
from groschen.features.catalog import queries
from groschen.features.catalog.model import TaxRateExists, TaxRateTooEarly
from groschen.kit.outbox import Event, publish

if TYPE_CHECKING:
    from datetime import date
    from uuid import UUID

    from groschen.kit.db import Scope

MOST_KEPT: Final = 10_000
_kept: Final[dict[tuple[UUID, str, str, date], TaxRate]] = {}


async def seed_tax_rates(scope: Scope) -> None:
    """Give a new tenant the German rates since 2007; rates it has stay as they are."""
    await queries.insert_tax_rates(scope, german_rates())


async def tax_rates(scope: Scope, country: str | None = None) -> list[TaxRate]:
    """All rates, or those of one country, by country, class and start."""
    return await queries.tax_rates(scope, country)


async def tax_rate(scope: Scope, country: str, tax_class: str, on: date) -> TaxRate:
    """The rate in force on the day of supply; raises ``TaxRateUnknown``."""
    key = (scope.tenant_id, country, tax_class, on)
    found = _kept.get(key)
    if found is None:
        table = TaxTable.of(await queries.tax_rates(scope, country))
        found = table.rate_on(country, TaxCategory(tax_class), on)
        if on <= scope.today:
            _keep(key, found)
    return found


def _keep(key: tuple[UUID, str, str, date], rate: TaxRate) -> None:
    """Keep a rate, forgetting the longest kept ones beyond ``MOST_KEPT``."""
    _kept[key] = rate
    for oldest in list(_kept)[: max(len(_kept) - MOST_KEPT, 0)]:
        del _kept[oldest]


async def add_tax_rate(scope: Scope, rate: TaxRate) -> TaxRate:
    """Add a rate. It may start in the past only before, or without, others of its class.

    Raises ``TaxRateExists`` and ``TaxRateTooEarly``.
    """
    same = [
        known
        for known in await queries.tax_rates(scope, rate.country)
        if known.category is rate.category
    ]
    if any(known.valid_from == rate.valid_from for known in same):
        raise TaxRateExists(
            f"a {rate.category} rate of {rate.country} starts on {rate.valid_from} already",
            field="valid_from",
            hint="choose another day; a rate is never changed",
        )
    if rate.valid_from <= scope.today and any(known.valid_from < rate.valid_from for known in same):
        raise TaxRateTooEarly(
            f"a {rate.category} rate of {rate.country} applies on {rate.valid_from} already",
            field="valid_from",
            hint=f"let the new rate start after {scope.today.isoformat()}",
        )
    await queries.insert_tax_rates(scope, [rate])
    await publish(scope, [Event("tax_rate.added", scope.tenant_id, {"tax_key": rate.key})])
    return rate
