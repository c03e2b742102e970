"""The statements of rejected events."""

from __future__ import annotations

from typing import TYPE_CHECKING

from groschen.features.usage.model import Reject
from groschen.kit.rows import record_row

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from groschen.features.usage.model import RejectFilter, RejectState
    from groschen.kit.db import Scope
    from groschen.kit.http import Slice


async def insert_rejects(scope: Scope, rows: str) -> None:
    """Store rejects; a body that waits already is not stored twice."""
    await scope.conn.execute(
        """
        INSERT INTO usage_rejects (tenant_id, id, source, event_id, subject, type, code, field,
                                   detail, hint, body, body_hash, state, received_at)
        SELECT %(tenant_id)s, r.id, r.source, r.event_id, r.subject, r.type, r.code, r.field,
               r.detail, r.hint, r.body, r.body_hash, 'open', %(received_at)s
          FROM json_to_recordset(%(rows)s::json) AS r(
               id uuid, source text, event_id text, subject text, type text, code text,
               field text, detail text, hint text, body text, body_hash text)
         ORDER BY r.body_hash
            ON CONFLICT (tenant_id, body_hash) WHERE state = 'open' DO NOTHING
        """,
        {"tenant_id": scope.tenant_id, "rows": rows, "received_at": scope.real_now},
    )


async def lock_rejects(scope: Scope, ids: Sequence[UUID]) -> list[Reject]:
    """Read rejects in id order and hold their row locks until the transaction ends."""
    async with scope.conn.cursor(row_factory=record_row(Reject)) as cursor:
        await cursor.execute(
            """
            SELECT id, source, event_id, subject, type, code, field, detail, hint, body, state,
                   received_at, settled_at, settled_by, reason
              FROM usage_rejects
             WHERE tenant_id = %(tenant_id)s AND id = ANY(%(ids)s)
             ORDER BY id
               FOR UPDATE
            """,
            {"tenant_id": scope.tenant_id, "ids": list(ids)},
        )
        return await cursor.fetchall()


async def reject(scope: Scope, reject_id: UUID) -> Reject | None:
    """Read one reject."""
    async with scope.conn.cursor(row_factory=record_row(Reject)) as cursor:
        await cursor.execute(
            """
            SELECT id, source, event_id, subject, type, code, field, detail, hint, body, state,
                   received_at, settled_at, settled_by, reason
              FROM usage_rejects
             WHERE tenant_id = %(tenant_id)s AND id = %(id)s
            """,
            {"tenant_id": scope.tenant_id, "id": reject_id},
        )
        return await cursor.fetchone()


async def open_rejects(scope: Scope, wanted: RejectFilter, after: UUID, limit: int) -> list[UUID]:
    """Ids of rejects that wait, oldest first, after one of them."""
    cursor = await scope.conn.execute(
        """
        SELECT id
          FROM usage_rejects
         WHERE tenant_id = %(tenant_id)s AND state = 'open' AND id > %(after)s
           AND (%(code)s::text IS NULL OR code = %(code)s)
           AND (%(subject)s::text IS NULL OR subject = %(subject)s)
         ORDER BY id
         LIMIT %(limit)s
        """,
        {
            "tenant_id": scope.tenant_id,
            "code": wanted.code,
            "subject": wanted.subject,
            "after": after,
            "limit": limit,
        },
    )
    return [row[0] for row in await cursor.fetchall()]


async def settle(scope: Scope, ids: Sequence[UUID], state: RejectState, reason: str | None) -> None:
    """Say what became of rejects."""
    await scope.conn.execute(
        """
        UPDATE usage_rejects
           SET state = %(state)s, reason = %(reason)s, settled_at = %(now)s,
               settled_by = %(actor_id)s
         WHERE tenant_id = %(tenant_id)s AND id = ANY(%(ids)s)
        """,
        {
            "tenant_id": scope.tenant_id,
            "ids": list(ids),
            "state": state,
            "reason": reason,
            "now": scope.real_now,
            "actor_id": scope.actor.id,
        },
    )


async def tell_again(scope: Scope, rows: str) -> None:
    """Store why rejects were refused once more; ``rows`` is a JSON array of id and fault."""
    await scope.conn.execute(
        """
        UPDATE usage_rejects u
           SET code = r.code, field = r.field, detail = r.detail, hint = r.hint
          FROM json_to_recordset(%(rows)s::json) AS r(
               id uuid, code text, field text, detail text, hint text)
         WHERE u.tenant_id = %(tenant_id)s AND u.id = r.id
        """,
        {"tenant_id": scope.tenant_id, "rows": rows},
    )


async def page_of_rejects(scope: Scope, wanted: RejectFilter, asked: Slice) -> list[Reject]:
    """Rejects, newest first."""
    async with scope.conn.cursor(row_factory=record_row(Reject)) as cursor:
        await cursor.execute(
            """
            WITH page AS (
                (SELECT *
                   FROM usage_rejects
                  WHERE tenant_id = %(tenant_id)s AND NOT %(backwards)s AND id < %(below)s
                    AND (%(state)s::text IS NULL OR state = %(state)s)
                    AND (%(code)s::text IS NULL OR code = %(code)s)
                    AND (%(subject)s::text IS NULL OR subject = %(subject)s)
                  ORDER BY id DESC
                  LIMIT %(fetch)s)
                UNION ALL
                (SELECT *
                   FROM usage_rejects
                  WHERE tenant_id = %(tenant_id)s AND %(backwards)s AND id > %(above)s
                    AND (%(state)s::text IS NULL OR state = %(state)s)
                    AND (%(code)s::text IS NULL OR code = %(code)s)
                    AND (%(subject)s::text IS NULL OR subject = %(subject)s)
                  ORDER BY id
                  LIMIT %(fetch)s)
            )
            SELECT id, source, event_id, subject, type, code, field, detail, hint, body, state,
                   received_at, settled_at, settled_by, reason
              FROM page
             ORDER BY id DESC
            """,
            {
                "tenant_id": scope.tenant_id,
                "state": wanted.state,
                "code": wanted.code,
                "subject": wanted.subject,
                **asked.bounds,
            },
        )
        return await cursor.fetchall()
