"""Dated tax rates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from groschen.core.tax import TaxCategory, TaxRate
from groschen.kit.rows import json_rows

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date
    from decimal import Decimal

    from groschen.kit.db import Scope


async def insert_tax_rates(scope: Scope, rates: Iterable[TaxRate]) -> int:
    """Store rates and return how many; a rate whose start is taken stays as it is."""
    rows = [
        {
            "country": rate.country,
            "tax_class": rate.category,
            "valid_from": rate.valid_from,
            "rate": rate.rate,
        }
        for rate in rates
    ]
    cursor = await scope.conn.execute(
        """
        INSERT INTO tax_rates (tenant_id, country, tax_class, valid_from, rate)
        SELECT %(tenant_id)s, r.country, r.tax_class, r.valid_from, r.rate
          FROM json_to_recordset(%(rows)s::json) AS r(
               country text, tax_class text, valid_from date, rate numeric)
            ON CONFLICT (tenant_id, country, tax_class, valid_from) DO NOTHING
        """,
        {"tenant_id": scope.tenant_id, "rows": json_rows(rows)},
    )
    return cursor.rowcount


async def tax_rates(scope: Scope, country: str | None) -> list[TaxRate]:
    """Read all rates, or those of one country, with the day on which the next one starts."""
    cursor = await scope.conn.execute(
        """
        SELECT country, tax_class, rate, valid_from,
               lead(valid_from) OVER (PARTITION BY country, tax_class ORDER BY valid_from)
          FROM tax_rates
         WHERE tenant_id = %(tenant_id)s
           AND (%(country)s::text IS NULL OR country = %(country)s::text)
         ORDER BY country, tax_class, valid_from
        """,
        {"tenant_id": scope.tenant_id, "country": country},
    )
    return [_tax_rate(*row) for row in await cursor.fetchall()]


async def home_tax_rates(scope: Scope) -> list[TaxRate]:
    """Read the rates of the tenant's own country."""
    cursor = await scope.conn.execute(
        """
        SELECT r.country, r.tax_class, r.rate, r.valid_from,
               lead(r.valid_from) OVER (PARTITION BY r.tax_class ORDER BY r.valid_from)
          FROM tenants t
          JOIN tax_rates r ON r.tenant_id = t.tenant_id AND r.country = t.country
         WHERE t.tenant_id = %(tenant_id)s
         ORDER BY r.tax_class, r.valid_from
        """,
        {"tenant_id": scope.tenant_id},
    )
    return [_tax_rate(*row) for row in await cursor.fetchall()]


def _tax_rate(
    country: str, tax_class: str, rate: Decimal, valid_from: date, valid_until: date | None
) -> TaxRate:
    return TaxRate(country, TaxCategory(tax_class), rate, valid_from, valid_until)
