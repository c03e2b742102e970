"""The statements of rejected events."""

from __future__ import annotations

from typing import TYPE_CHECKING

from groschen.features.usage.model import Reject
from groschen.kit.rows import record_row

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from groschen.features.usage.model import RejectFilter
    from groschen.kit.db import Scope
    from groschen.kit.http import Slice


async def insert_rejects(scope: Scope, rows: str) -> None:
    """Store rejects; one that waits already with the same body and code is not stored twice."""
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
