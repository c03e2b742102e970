"""Dated tax rates.

A rate that applied on a day that has come is never changed: a new rate of the same country and
class starts after today. So what was found for today or earlier may be kept per process.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from groschen.core.tax import TaxRateUnknown, german_rates
from groschen.features.catalog.model import TaxRateExists, TaxRateTooEarly
from groschen.features.catalog.queries import taxes as queries
from groschen.kit.outbox import Event, publish

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from uuid import UUID

    from groschen.core.tax import TaxRate
    from groschen.kit.db import Scope

MOST_KEPT: Final = 10_000
_kept: Final[dict[tuple[UUID, str | None, str, date], TaxRate]] = {}


async def seed_tax_rates(scope: Scope) -> None:
    """Give a new tenant the German rates since 2007; rates it has stay as they are."""
    await queries.insert_tax_rates(scope, german_rates())


async def tax_rates(scope: Scope, country: str | None = None) -> list[TaxRate]:
    """All rates, or those of one country, by country, class and start."""
    return await queries.tax_rates(scope, country)


async def tax_rate(scope: Scope, tax_class: str, on: date, country: str | None = None) -> TaxRate:
    """The rate in force on the day of supply, of the tenant's country unless another is given.

    Raises ``TaxRateUnknown``. Only ``rate`` and ``key`` of the result are meant to be used: a
    later rate may meanwhile have given it an end.
    """
    key = (scope.tenant_id, country, tax_class, on)
    found = _kept.get(key)
    if found is None:
        found = _in_force(await _known(scope, country), tax_class, on, country)
        if on <= scope.today:
            _keep(key, found)
    return found


async def _known(scope: Scope, country: str | None) -> list[TaxRate]:
    if country is None:
        return await queries.home_tax_rates(scope)
    return await queries.tax_rates(scope, country)


def _in_force(known: Sequence[TaxRate], tax_class: str, on: date, country: str | None) -> TaxRate:
    """The one rate of the class on a day; ``known`` are rates of one country."""
    for rate in known:
        if rate.category == tax_class and rate.applies_on(on):
            return rate
    where = country or "the tenant's country"
    raise TaxRateUnknown(
        f"no {tax_class} rate of {where} is known for {on.isoformat()}",
        field="tax_class",
        hint="add a dated rate with POST /v1/tax_rates",
    )


def _keep(key: tuple[UUID, str | None, str, date], rate: TaxRate) -> None:
    """Keep a rate, forgetting the longest kept ones beyond ``MOST_KEPT``."""
    _kept[key] = rate
    while len(_kept) > MOST_KEPT:
        del _kept[next(iter(_kept))]


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
