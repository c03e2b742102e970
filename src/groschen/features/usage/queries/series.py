"""Use over time and what came just now, for those who look."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

from psycopg.rows import class_row, scalar_row

from groschen.features.usage.queries.events import StoredEvent

if TYPE_CHECKING:
    from collections.abc import Collection

    from groschen.kit.db import Scope


@dataclass(frozen=True, slots=True)
class DayUse:
    """What was used of a component on a service day; ``gross`` with VAT."""

    day: date
    component: str
    quantity: Decimal
    gross: Decimal


async def used_by_day(
    scope: Scope, owner_ids: Collection[UUID], components: Collection[str], first: date, last: date
) -> list[DayUse]:
    """Read what items used by service day and component, all windows, segments and groups."""
    async with scope.conn.cursor(row_factory=class_row(DayUse)) as cursor:
        await cursor.execute(
            """
            SELECT d.day, t.component, sum(d.quantity) AS quantity, sum(d.gross) AS gross
              FROM item_totals t
              JOIN total_days d ON d.tenant_id = t.tenant_id AND d.total_id = t.id
             WHERE t.tenant_id = %(tenant_id)s AND t.owner_id = ANY(%(owner_ids)s)
               AND t.component = ANY(%(components)s)
               AND d.day >= %(first)s AND d.day <= %(last)s
             GROUP BY d.day, t.component
             ORDER BY d.day, t.component
            """,
            {
                "tenant_id": scope.tenant_id,
                "owner_ids": list(owner_ids),
                "components": list(components),
                "first": first,
                "last": last,
            },
        )
        return await cursor.fetchall()


async def count_received(scope: Scope, since: datetime) -> int:
    """How many events came since an instant of real time."""
    async with scope.conn.cursor(row_factory=scalar_row) as cursor:
        await cursor.execute(
            """
            SELECT count(*)
              FROM usage_events
             WHERE tenant_id = %(tenant_id)s AND received_at >= %(since)s
               AND received_month >= (%(since)s::timestamptz - interval '2 months')::date
            """,
            {"tenant_id": scope.tenant_id, "since": since},
        )
        return int(await cursor.fetchone() or 0)


async def latest_events(scope: Scope, since: datetime, limit: int) -> list[StoredEvent]:
    """The events that came last, not before ``since``, newest first, voided ones too."""
    async with scope.conn.cursor(row_factory=class_row(StoredEvent)) as cursor:
        await cursor.execute(
            """
            WITH latest AS (
                SELECT id, source, event_id, type, subject, occurred_at, received_at, body_hash,
                       properties
                  FROM usage_events
                 WHERE tenant_id = %(tenant_id)s AND received_at >= %(since)s
                   AND received_month >= (%(since)s::timestamptz - interval '2 months')::date
                 ORDER BY received_at DESC, id DESC
                 LIMIT %(limit)s
            )
            SELECT e.id, e.source, e.event_id, e.type, e.subject, e.occurred_at, e.received_at,
                   e.body_hash, e.properties::text AS properties, m.kind AS mark,
                   coalesce(m.ordinal, 0) AS ordinal, m.reason
              FROM latest e
              LEFT JOIN LATERAL (
                   SELECT kind, ordinal, reason
                     FROM usage_event_marks
                    WHERE tenant_id = %(tenant_id)s AND source = e.source
                      AND event_id = e.event_id
                    ORDER BY ordinal DESC
                    LIMIT 1) m ON true
             ORDER BY e.received_at DESC, e.id DESC
            """,
            {"tenant_id": scope.tenant_id, "since": since, "limit": limit},
        )
        return await cursor.fetchall()


async def count_open_rejects(scope: Scope) -> int:
    """How many rejected events wait for somebody."""
    async with scope.conn.cursor(row_factory=scalar_row) as cursor:
        await cursor.execute(
            """
            SELECT count(*)
              FROM usage_rejects
             WHERE tenant_id = %(tenant_id)s AND state = 'open'
            """,
            {"tenant_id": scope.tenant_id},
        )
        return int(await cursor.fetchone() or 0)
