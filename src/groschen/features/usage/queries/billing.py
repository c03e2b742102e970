"""Reading totals for those who bill them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

from psycopg.rows import class_row

if TYPE_CHECKING:
    from collections.abc import Collection

    from groschen.kit.db import Scope


@dataclass(frozen=True, slots=True)
class TotalRow:
    """A stored total with its window; ``state`` is JSON text."""

    id: UUID
    owner_id: UUID
    component: str
    window_id: UUID
    segment: int
    group_key: str
    account_id: UUID
    party_id: UUID
    plan_version_id: UUID
    rule_hash: str
    currency: str
    state: str
    amount: Decimal
    gross: Decimal
    receivable: Decimal
    event_count: int
    event_hash: str
    starts_at: datetime
    ends_at: datetime
    time_zone: str
    anchor_on: date | None


async def totals_with_windows(scope: Scope, total_ids: Collection[UUID]) -> list[TotalRow]:
    """Read totals and their windows, in id order."""
    async with scope.conn.cursor(row_factory=class_row(TotalRow)) as cursor:
        await cursor.execute(
            """
            SELECT t.id, t.owner_id, t.component, t.window_id, t.segment, t.group_key,
                   t.account_id, t.party_id, t.plan_version_id, t.rule_hash, t.currency,
                   t.state::text AS state, t.amount, t.gross, t.receivable, t.event_count,
                   t.event_hash, w.starts_at, w.ends_at, w.time_zone, w.anchor_on
              FROM item_totals t
              JOIN windows w ON w.tenant_id = %(tenant_id)s AND w.id = t.window_id
             WHERE t.tenant_id = %(tenant_id)s AND t.id = ANY(%(total_ids)s)
             ORDER BY t.id
            """,
            {"tenant_id": scope.tenant_id, "total_ids": list(total_ids)},
        )
        return await cursor.fetchall()
