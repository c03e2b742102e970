"""The statements of events and their marks, and of the live month of receipt."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from psycopg.rows import class_row

if TYPE_CHECKING:
    from collections.abc import Sequence

    from groschen.kit.db import Scope


@dataclass(frozen=True, slots=True)
class KnownEvent:
    """An event of a call that is stored already; ``body_hash`` is None if it came just now.

    ``mark`` is the kind of its last mark, ``ordinal`` that mark's number (0 without).
    """

    place: int
    body_hash: str | None
    mark: str | None
    ordinal: int


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An accepted event; ``properties`` is its JSON text."""

    id: UUID
    source: str
    event_id: str
    type: str
    subject: str
    occurred_at: datetime
    received_at: datetime
    body_hash: str
    properties: str
    mark: str | None
    ordinal: int
    reason: str | None


async def live_month(scope: Scope) -> date | None:
    """The month of receipt that is live; None before the tenant's first event."""
    cursor = await scope.conn.execute(
        "SELECT live_month FROM usage_months WHERE tenant_id = %(tenant_id)s",
        {"tenant_id": scope.tenant_id},
    )
    row = await cursor.fetchone()
    return row[0] if row else None


async def set_live_month(scope: Scope, month: date) -> None:
    """Make a later month live; an earlier one changes nothing."""
    await scope.conn.execute(
        """
        INSERT INTO usage_months AS m (tenant_id, live_month)
        VALUES (%(tenant_id)s, %(month)s)
            ON CONFLICT (tenant_id) DO UPDATE
           SET live_month = greatest(m.live_month, EXCLUDED.live_month)
        """,
        {"tenant_id": scope.tenant_id, "month": month},
    )


async def make_partitions(scope: Scope, month: date) -> None:
    """Make the partitions of the months around ``month`` where they are missing."""
    await scope.conn.execute("SELECT make_usage_partitions(%(month)s)", {"month": month})


async def insert_events(
    scope: Scope, rows: str, month: date, earlier: Sequence[date]
) -> list[KnownEvent]:
    """Store events of the live ``month``; answer those that were there before, ``earlier`` too.

    ``rows`` is a JSON array of columns with ``place``. Waits for a transaction that stores the
    same event just now.
    """
    async with scope.conn.cursor(row_factory=class_row(KnownEvent)) as cursor:
        await cursor.execute(
            """
            WITH given AS MATERIALIZED (
                SELECT r.*
                  FROM json_to_recordset(%(rows)s::json) AS r(
                       place integer, source text, event_id text, id uuid, type text,
                       subject text, occurred_at timestamptz, body_hash text, properties jsonb)
            ), before AS MATERIALIZED (
                SELECT g.place, e.body_hash
                  FROM given g
                  JOIN usage_events e
                    ON e.tenant_id = %(tenant_id)s AND e.source = g.source
                   AND e.event_id = g.event_id AND e.received_month = ANY(%(earlier)s::date[])
            ), added AS (
                INSERT INTO usage_events (tenant_id, source, event_id, received_month, id, type,
                                          subject, occurred_at, received_at, body_hash, properties)
                SELECT %(tenant_id)s, g.source, g.event_id, %(month)s, g.id, g.type, g.subject,
                       g.occurred_at, %(received_at)s, g.body_hash, g.properties
                  FROM given g
                 WHERE NOT EXISTS (SELECT FROM before b WHERE b.place = g.place)
                 ORDER BY g.source, g.event_id
                    ON CONFLICT (tenant_id, source, event_id, received_month) DO NOTHING
                RETURNING id
            )
            SELECT g.place, coalesce(b.body_hash, e.body_hash) AS body_hash, m.kind AS mark,
                   coalesce(m.ordinal, 0) AS ordinal
              FROM given g
              LEFT JOIN added a ON a.id = g.id
              LEFT JOIN before b ON b.place = g.place
              LEFT JOIN usage_events e
                ON e.tenant_id = %(tenant_id)s AND e.source = g.source
               AND e.event_id = g.event_id AND e.received_month = %(month)s
              LEFT JOIN LATERAL (
                   SELECT kind, ordinal
                     FROM usage_event_marks
                    WHERE tenant_id = %(tenant_id)s AND source = g.source
                      AND event_id = g.event_id
                    ORDER BY ordinal DESC
                    LIMIT 1) m ON true
             WHERE a.id IS NULL
            """,
            {
                "tenant_id": scope.tenant_id,
                "rows": rows,
                "month": month,
                "earlier": list(earlier),
                "received_at": scope.real_now,
            },
        )
        return await cursor.fetchall()


async def known_events(scope: Scope, keys: str, months: Sequence[date]) -> list[KnownEvent]:
    """Which of ``keys`` (a JSON array of place, source and event_id) are accepted events."""
    async with scope.conn.cursor(row_factory=class_row(KnownEvent)) as cursor:
        await cursor.execute(
            """
            SELECT k.place, e.body_hash, m.kind AS mark, coalesce(m.ordinal, 0) AS ordinal
              FROM json_to_recordset(%(keys)s::json) AS k(place integer, source text, event_id text)
              JOIN usage_events e
                ON e.tenant_id = %(tenant_id)s AND e.source = k.source
               AND e.event_id = k.event_id AND e.received_month = ANY(%(months)s::date[])
              LEFT JOIN LATERAL (
                   SELECT kind, ordinal
                     FROM usage_event_marks
                    WHERE tenant_id = %(tenant_id)s AND source = k.source
                      AND event_id = k.event_id
                    ORDER BY ordinal DESC
                    LIMIT 1) m ON true
            """,
            {"tenant_id": scope.tenant_id, "keys": keys, "months": list(months)},
        )
        return await cursor.fetchall()


async def insert_marks(scope: Scope, rows: str) -> set[tuple[str, str]]:
    """Store marks; answer source and id of those that nobody else stored meanwhile."""
    cursor = await scope.conn.execute(
        """
        INSERT INTO usage_event_marks (tenant_id, source, event_id, ordinal, kind, reason,
                                       actor_id, recorded_at)
        SELECT %(tenant_id)s, r.source, r.event_id, r.ordinal, r.kind, r.reason, %(actor_id)s,
               %(recorded_at)s
          FROM json_to_recordset(%(rows)s::json) AS r(
               source text, event_id text, ordinal integer, kind text, reason text)
         ORDER BY r.source, r.event_id
            ON CONFLICT (tenant_id, source, event_id, ordinal) DO NOTHING
        RETURNING source, event_id
        """,
        {
            "tenant_id": scope.tenant_id,
            "rows": rows,
            "actor_id": scope.actor.id,
            "recorded_at": scope.real_now,
        },
    )
    return {(row[0], row[1]) for row in await cursor.fetchall()}


async def find_event(scope: Scope, source: str, event_id: str) -> StoredEvent | None:
    """Read one accepted event by its key, whenever it was received, with its last mark."""
    async with scope.conn.cursor(row_factory=class_row(StoredEvent)) as cursor:
        await cursor.execute(
            """
            SELECT e.id, e.source, e.event_id, e.type, e.subject, e.occurred_at, e.received_at,
                   e.body_hash, e.properties::text AS properties, m.kind AS mark,
                   coalesce(m.ordinal, 0) AS ordinal, m.reason
              FROM usage_events e
              LEFT JOIN LATERAL (
                   SELECT kind, ordinal, reason
                     FROM usage_event_marks
                    WHERE tenant_id = %(tenant_id)s AND source = e.source
                      AND event_id = e.event_id
                    ORDER BY ordinal DESC
                    LIMIT 1) m ON true
             WHERE e.tenant_id = %(tenant_id)s AND e.source = %(source)s
               AND e.event_id = %(event_id)s
             ORDER BY e.received_month DESC
             LIMIT 1
            """,
            {"tenant_id": scope.tenant_id, "source": source, "event_id": event_id},
        )
        return await cursor.fetchone()


async def events_of_subjects(scope: Scope, spans: str) -> list[StoredEvent]:
    """Events that count, of subjects in spans of time, in the order in which they happened.

    ``spans`` is a JSON array of subject, from_at and to_at (exclusive).
    """
    async with scope.conn.cursor(row_factory=class_row(StoredEvent)) as cursor:
        await cursor.execute(
            """
            SELECT e.id, e.source, e.event_id, e.type, e.subject, e.occurred_at, e.received_at,
                   e.body_hash, e.properties::text AS properties, m.kind AS mark,
                   coalesce(m.ordinal, 0) AS ordinal, m.reason
              FROM json_to_recordset(%(spans)s::json) AS s(
                   subject text, from_at timestamptz, to_at timestamptz)
              JOIN usage_events e
                ON e.tenant_id = %(tenant_id)s AND e.subject = s.subject
               AND e.occurred_at >= s.from_at AND e.occurred_at < s.to_at
              LEFT JOIN LATERAL (
                   SELECT kind, ordinal, reason
                     FROM usage_event_marks
                    WHERE tenant_id = %(tenant_id)s AND source = e.source
                      AND event_id = e.event_id
                    ORDER BY ordinal DESC
                    LIMIT 1) m ON true
             WHERE m.kind IS DISTINCT FROM 'voided'
             ORDER BY e.occurred_at, e.source, e.event_id
            """,
            {"tenant_id": scope.tenant_id, "spans": spans},
        )
        return await cursor.fetchall()


async def page_of_events(
    scope: Scope,
    subject: str,
    span: tuple[datetime, datetime],
    after: tuple[datetime, UUID] | None,
    fetch: int,
) -> list[StoredEvent]:
    """Events of a subject in a span of time (end exclusive), newest first, voided ones too."""
    last_at, last_id = after or (span[1], None)
    async with scope.conn.cursor(row_factory=class_row(StoredEvent)) as cursor:
        await cursor.execute(
            """
            SELECT e.id, e.source, e.event_id, e.type, e.subject, e.occurred_at, e.received_at,
                   e.body_hash, e.properties::text AS properties, m.kind AS mark,
                   coalesce(m.ordinal, 0) AS ordinal, m.reason
              FROM usage_events e
              LEFT JOIN LATERAL (
                   SELECT kind, ordinal, reason
                     FROM usage_event_marks
                    WHERE tenant_id = %(tenant_id)s AND source = e.source
                      AND event_id = e.event_id
                    ORDER BY ordinal DESC
                    LIMIT 1) m ON true
             WHERE e.tenant_id = %(tenant_id)s AND e.subject = %(subject)s
               AND e.occurred_at >= %(from_at)s AND e.occurred_at <= %(last_at)s
               AND (e.occurred_at < %(last_at)s OR e.id < %(last_id)s::uuid)
             ORDER BY e.occurred_at DESC, e.id DESC
             LIMIT %(fetch)s
            """,
            {
                "tenant_id": scope.tenant_id,
                "subject": subject,
                "from_at": span[0],
                "last_at": last_at,
                "last_id": last_id,
                "fetch": fetch,
            },
        )
        return await cursor.fetchall()
