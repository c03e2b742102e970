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

    ``promo`` is gross, from credit that was a gift; ``repaid`` is what of emergency credit
    top-ups have paid back since.
    """

    total_id: UUID
    day: date
    promo: Decimal
    repaid: Decimal


async def paid_parts(scope: Scope, total_ids: Sequence[UUID]) -> list[PaidPart]:
    """What of totals gifts paid, or top-ups repaid; days without either are left out.

    Restored credit is what the bucket was that its source filled first: a gift, or paid for.
    """
    async with scope.conn.cursor(row_factory=record_row(PaidPart)) as cursor:
        await cursor.execute(
            """
            WITH parts AS (
                SELECT b.total_id, b.day, b.repaid,
                       CASE WHEN given.kind = 'promo' THEN b.amount ELSE 0 END AS promo
                  FROM burns b
                  LEFT JOIN wallet_buckets k ON k.tenant_id = b.tenant_id
                                            AND k.wallet_id = b.wallet_id AND k.id = b.bucket_id
                  LEFT JOIN top_ups t ON t.tenant_id = b.tenant_id AND t.id = k.source_id
                  LEFT JOIN wallet_buckets given ON given.tenant_id = b.tenant_id
                                                AND given.wallet_id = b.wallet_id
                                                AND given.id = t.bucket_id
                 WHERE b.tenant_id = %(tenant_id)s AND b.total_id = ANY(%(total_ids)s)
            )
            SELECT total_id, day, sum(promo) AS promo, sum(repaid) AS repaid
              FROM parts
             GROUP BY total_id, day
            HAVING sum(promo) <> 0 OR sum(repaid) <> 0
             ORDER BY total_id, day
            """,
            {"tenant_id": scope.tenant_id, "total_ids": list(total_ids)},
        )
        return await cursor.fetchall()
