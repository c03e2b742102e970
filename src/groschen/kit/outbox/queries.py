"""The rows of events: waiting in the outbox, then numbered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from psycopg.rows import class_row

from groschen.kit.rows import json_rows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from groschen.kit.db import Scope


@dataclass(frozen=True, slots=True)
class NumberedEvent:
    """An event with its place in the tenant's one order."""

    sequence: int
    id: UUID
    type: str
    object_id: UUID
    data: dict[str, Any]
    occurred_at: datetime


async def insert_outbox(scope: Scope, rows: Sequence[Mapping[str, object]]) -> None:
    """Store events that still have no number."""
    await scope.conn.execute(
        """
        INSERT INTO outbox (tenant_id, id, type, object_id, data, occurred_at)
        SELECT %(tenant_id)s, r.id, r.type, r.object_id, r.data, r.occurred_at
          FROM json_to_recordset(%(rows)s::json) AS r(
                   id uuid, type text, object_id uuid, data jsonb, occurred_at timestamptz)
        """,
        {"tenant_id": scope.tenant_id, "rows": json_rows(rows)},
    )


async def outbox_waits(scope: Scope) -> bool:
    """Whether an event of the tenant still has no number."""
    cursor = await scope.conn.execute(
        "SELECT EXISTS (SELECT FROM outbox WHERE tenant_id = %(tenant_id)s)",
        {"tenant_id": scope.tenant_id},
    )
    row = await cursor.fetchone()
    return row is not None and bool(row[0])


async def lock_counter(scope: Scope) -> None:
    """Hold the tenant's counter until the transaction ends; make it if it is missing."""
    await scope.conn.execute(
        """
        INSERT INTO event_counters (tenant_id, last_sequence)
        VALUES (%(tenant_id)s, 0)
            ON CONFLICT (tenant_id) DO UPDATE SET last_sequence = event_counters.last_sequence
        """,
        {"tenant_id": scope.tenant_id},
    )


async def number_events(scope: Scope, most: int) -> int:
    """Move the oldest waiting events behind the last numbered one; return how many."""
    cursor = await scope.conn.execute(
        """
        WITH taken AS (
            DELETE FROM outbox
             WHERE tenant_id = %(tenant_id)s
               AND id IN (SELECT o.id
                            FROM outbox o
                           WHERE o.tenant_id = %(tenant_id)s
                           ORDER BY o.id
                           LIMIT %(most)s)
            RETURNING id, type, object_id, data, occurred_at
        ), counted AS (
            UPDATE event_counters
               SET last_sequence = last_sequence + (SELECT count(*) FROM taken)
             WHERE tenant_id = %(tenant_id)s
            RETURNING last_sequence - (SELECT count(*) FROM taken) AS first
        ), numbered AS (
            INSERT INTO events (tenant_id, sequence, id, type, object_id, data, occurred_at)
            SELECT %(tenant_id)s, c.first + row_number() OVER (ORDER BY t.id), t.id, t.type,
                   t.object_id, t.data, t.occurred_at
              FROM taken t
             CROSS JOIN counted c
            RETURNING sequence
        )
        SELECT count(*) FROM numbered
        """,
        {"tenant_id": scope.tenant_id, "most": most},
    )
    row = await cursor.fetchone()
    return 0 if row is None else int(row[0])


async def events_after(scope: Scope, after: int, limit: int) -> list[NumberedEvent]:
    """Read the numbered events behind ``after``, in order."""
    async with scope.conn.cursor(row_factory=class_row(NumberedEvent)) as cursor:
        await cursor.execute(
            """
            SELECT sequence, id, type, object_id, data, occurred_at
              FROM events
             WHERE tenant_id = %(tenant_id)s AND sequence > %(after)s
             ORDER BY sequence
             LIMIT %(limit)s
            """,
            {"tenant_id": scope.tenant_id, "after": after, "limit": limit},
        )
        return await cursor.fetchall()


async def events_of(scope: Scope, object_id: UUID, limit: int) -> list[NumberedEvent]:
    """Read the newest numbered events of one object, oldest of them first."""
    async with scope.conn.cursor(row_factory=class_row(NumberedEvent)) as cursor:
        await cursor.execute(
            """
            SELECT *
              FROM (SELECT sequence, id, type, object_id, data, occurred_at
                      FROM events
                     WHERE tenant_id = %(tenant_id)s AND object_id = %(object_id)s
                     ORDER BY sequence DESC
                     LIMIT %(limit)s) newest
             ORDER BY sequence
            """,
            {"tenant_id": scope.tenant_id, "object_id": object_id, "limit": limit},
        )
        return await cursor.fetchall()
