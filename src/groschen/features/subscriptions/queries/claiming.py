"""Items that are due for charging, held until what is due is charged."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime
    from uuid import UUID

    from groschen.kit.db import Scope


async def claim_due(scope: Scope, limit: int, skip: Collection[UUID]) -> dict[UUID, datetime]:
    """Lock items whose next charge is due, the longest due first; answer since when.

    Items that somebody else charges or changes at the moment are left out, and those of
    ``skip``.
    """
    cursor = await scope.conn.execute(
        """
        SELECT id, charge_at
          FROM subscription_items
         WHERE tenant_id = %(tenant_id)s AND charge_at <= %(now)s AND NOT id = ANY(%(skip)s)
         ORDER BY charge_at, id
         LIMIT %(limit)s
           FOR NO KEY UPDATE SKIP LOCKED
        """,
        {
            "tenant_id": scope.tenant_id,
            "now": scope.now,
            "limit": limit,
            "skip": list(skip),
        },
    )
    return dict(await cursor.fetchall())


async def make_due(scope: Scope, rows: str) -> None:
    """Make items due since the instants of ``rows``, a JSON array, unless they are due longer."""
    await scope.conn.execute(
        """
        UPDATE subscription_items i
           SET charge_at = greatest(i.starts_at, least(i.charge_at, r.since))
          FROM json_to_recordset(%(rows)s::json) AS r(item_id uuid, since timestamptz)
         WHERE i.tenant_id = %(tenant_id)s AND i.id = r.item_id
        """,
        {"tenant_id": scope.tenant_id, "rows": rows},
    )
