"""What credit paid of totals, as the burns record it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

from groschen.kit.rows import record_row

if TYPE_CHECKING:
    from collections.abc import Sequence

    from groschen.kit.db import Scope


@dataclass(frozen=True, slots=True)
class PaidPart:
    """Who really paid for the use of one total and day.

    ``promo`` is gross, from credit that was given; ``repaid`` is what of emergency credit
    top-ups have paid back since.
    """

    total_id: UUID
    day: date
    promo: Decimal
    repaid: Decimal


async def paid_parts(scope: Scope, total_ids: Sequence[UUID]) -> list[PaidPart]:
    """What of totals was paid by given credit, or repaid; days without either are left out."""
    async with scope.conn.cursor(row_factory=record_row(PaidPart)) as cursor:
        await cursor.execute(
            """
            SELECT b.total_id, b.day,
                   coalesce(sum(b.amount) FILTER (WHERE k.kind = 'promo'), 0) AS promo,
                   sum(b.repaid) AS repaid
              FROM burns b
              LEFT JOIN wallet_buckets k
                ON k.tenant_id = b.tenant_id AND k.wallet_id = b.wallet_id AND k.id = b.bucket_id
             WHERE b.tenant_id = %(tenant_id)s AND b.total_id = ANY(%(total_ids)s)
             GROUP BY b.total_id, b.day
            HAVING coalesce(sum(b.amount) FILTER (WHERE k.kind = 'promo'), 0) <> 0
                OR sum(b.repaid) <> 0
             ORDER BY b.total_id, b.day
            """,
            {"tenant_id": scope.tenant_id, "total_ids": list(total_ids)},
        )
        return await cursor.fetchall()
