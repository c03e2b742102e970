"""What a level above is told of totals: quantities by service day, and what of them is posted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

from psycopg.rows import class_row

if TYPE_CHECKING:
    from collections.abc import Collection

    from groschen.kit.db import Scope


@dataclass(frozen=True, slots=True)
class TotalCells:
    """A total by service day: ``quantities`` on ``days``, in one order, without zeros.

    ``revision`` counts the changes of the total; it says exactly which state this is.
    """

    total_id: UUID
    owner_id: UUID
    component: str
    segment: int
    group_key: str
    plan_version_id: UUID
    revision: int
    cadence: str
    ordinal: int
    days: list[date]
    quantities: list[Decimal]


@dataclass(frozen=True, slots=True)
class PostedTotal:
    """What of a total is posted; ``revision`` is its state if nothing of it waits."""

    total_id: UUID
    owner_id: UUID
    revision: int
    waits: bool
    quantity: Decimal
    amount: Decimal
    currency: str


async def cells(scope: Scope, total_ids: Collection[UUID]) -> list[TotalCells]:
    """Read totals with their days, all of one moment."""
    async with scope.conn.cursor(row_factory=class_row(TotalCells)) as cursor:
        await cursor.execute(
            """
            SELECT t.id AS total_id, t.owner_id, t.component, t.segment, t.group_key,
                   t.plan_version_id, t.revision, w.cadence, w.ordinal,
                   coalesce(d.days, '{}') AS days, coalesce(d.quantities, '{}') AS quantities
              FROM item_totals t
              JOIN windows w ON w.tenant_id = t.tenant_id AND w.id = t.window_id
              LEFT JOIN (SELECT total_id, array_agg(day ORDER BY day) AS days,
                                array_agg(quantity::numeric ORDER BY day) AS quantities
                           FROM total_days
                          WHERE tenant_id = %(tenant_id)s AND total_id = ANY(%(total_ids)s)
                            AND quantity <> 0
                          GROUP BY total_id) d ON d.total_id = t.id
             WHERE t.tenant_id = %(tenant_id)s AND t.id = ANY(%(total_ids)s)
             ORDER BY t.id
            """,
            {"tenant_id": scope.tenant_id, "total_ids": list(total_ids)},
        )
        return await cursor.fetchall()


async def posted(scope: Scope, total_ids: Collection[UUID]) -> list[PostedTotal]:
    """Read what of totals is posted, all of one moment."""
    async with scope.conn.cursor(row_factory=class_row(PostedTotal)) as cursor:
        await cursor.execute(
            """
            SELECT t.id AS total_id, t.owner_id, t.revision, bool_or(d.unposted) AS waits,
                   sum(d.posted_quantity) AS quantity, sum(d.posted_amount) AS amount, t.currency
              FROM item_totals t
              JOIN total_days d ON d.tenant_id = t.tenant_id AND d.total_id = t.id
             WHERE t.tenant_id = %(tenant_id)s AND t.id = ANY(%(total_ids)s)
             GROUP BY t.id, t.owner_id, t.revision, t.currency
            """,
            {"tenant_id": scope.tenant_id, "total_ids": list(total_ids)},
        )
        return await cursor.fetchall()
