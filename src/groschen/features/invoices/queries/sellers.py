"""Who issues a tenant's documents."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from psycopg.rows import scalar_row

if TYPE_CHECKING:
    from groschen.kit.db import Scope


async def seller(scope: Scope) -> dict[str, Any] | None:
    """The stored profile of the seller."""
    async with scope.conn.cursor(row_factory=scalar_row) as cursor:
        await cursor.execute(
            "SELECT profile FROM sellers WHERE tenant_id = %(tenant_id)s",
            {"tenant_id": scope.tenant_id},
        )
        return await cursor.fetchone()


async def put_seller(scope: Scope, profile: dict[str, Any]) -> None:
    """Store the profile of the seller."""
    await scope.conn.execute(
        """
        INSERT INTO sellers (tenant_id, profile, changed_at)
        VALUES (%(tenant_id)s, %(profile)s, %(now)s)
            ON CONFLICT (tenant_id) DO UPDATE
           SET profile = EXCLUDED.profile, changed_at = EXCLUDED.changed_at
        """,
        {"tenant_id": scope.tenant_id, "profile": json.dumps(profile), "now": scope.now},
    )


async def draw_number(scope: Scope, series: str) -> int:
    """The next number of a gap-free series; held until the transaction ends, taken back with it."""
    async with scope.conn.cursor(row_factory=scalar_row) as cursor:
        await cursor.execute(
            """
            INSERT INTO number_series (tenant_id, series, last_number)
            VALUES (%(tenant_id)s, %(series)s, 1)
                ON CONFLICT (tenant_id, series) DO UPDATE
               SET last_number = number_series.last_number + 1
            RETURNING last_number
            """,
            {"tenant_id": scope.tenant_id, "series": series},
        )
        row: int | None = await cursor.fetchone()
        return row or 0
