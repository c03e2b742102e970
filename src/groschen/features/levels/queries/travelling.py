"""The statements of totals that travel: what waits at the reseller, what the wholesaler has."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from psycopg.rows import class_row

if TYPE_CHECKING:
    from collections.abc import Collection

    from groschen.kit.db import Scope


@dataclass(frozen=True, slots=True)
class WaitingTotal:
    """A total whose newest state the wholesaler does not have."""

    total_id: UUID
    waiting_since: datetime


@dataclass(frozen=True, slots=True)
class TakenState:
    """A state that was higher than what was there; None: there was none."""

    mirror_key: UUID
    revision_before: int | None
    cells_before: dict[str, str] | None


@dataclass(frozen=True, slots=True)
class StateOfTotal:
    """The revision of a reseller's total that is booked in a total here."""

    total_id: UUID
    mirror_key: UUID
    peer_tenant_id: UUID
    revision: int


async def note_totals(scope: Scope, rows: str) -> None:
    """Let totals wait for the relay; ``rows`` has each with its revision."""
    await scope.conn.execute(
        """
        INSERT INTO level_totals AS l (tenant_id, total_id, revision, delivered_revision,
                                       waiting_since)
        SELECT %(tenant_id)s, r.total_id, r.revision, 0, %(now)s
          FROM json_to_recordset(%(rows)s::json) AS r(total_id uuid, revision bigint)
            ON CONFLICT (tenant_id, total_id) DO UPDATE
           SET revision = EXCLUDED.revision,
               waiting_since = coalesce(l.waiting_since, EXCLUDED.waiting_since)
         WHERE l.delivered_revision < EXCLUDED.revision
        """,
        {"tenant_id": scope.tenant_id, "rows": rows, "now": scope.real_now},
    )


async def waiting(scope: Scope, after: WaitingTotal | None, limit: int) -> list[WaitingTotal]:
    """Read totals that wait, the longest waiting first, after a position."""
    async with scope.conn.cursor(row_factory=class_row(WaitingTotal)) as cursor:
        await cursor.execute(
            """
            SELECT total_id, waiting_since
              FROM level_totals
             WHERE tenant_id = %(tenant_id)s AND waiting_since IS NOT NULL
               AND (%(after)s::uuid IS NULL
                    OR (waiting_since, total_id) > (%(since)s::timestamptz, %(after)s::uuid))
             ORDER BY waiting_since, total_id
             LIMIT %(limit)s
            """,
            {
                "tenant_id": scope.tenant_id,
                "after": None if after is None else after.total_id,
                "since": None if after is None else after.waiting_since,
                "limit": limit,
            },
        )
        return await cursor.fetchall()


async def mark_delivered(scope: Scope, rows: str) -> None:
    """Note which revision of totals the wholesaler has, or why it refused."""
    await scope.conn.execute(
        """
        UPDATE level_totals l
           SET delivered_revision = greatest(l.delivered_revision, r.revision),
               waiting_since = CASE WHEN l.revision > greatest(l.delivered_revision, r.revision)
                                    THEN l.waiting_since END,
               refusal = r.refusal
          FROM json_to_recordset(%(rows)s::json) AS r(
               total_id uuid, revision bigint, refusal text)
         WHERE l.tenant_id = %(tenant_id)s AND l.total_id = r.total_id
        """,
        {"tenant_id": scope.tenant_id, "rows": rows},
    )


async def travelling(scope: Scope, total_ids: Collection[UUID]) -> set[UUID]:
    """Which of these totals travel."""
    cursor = await scope.conn.execute(
        """
        SELECT total_id
          FROM level_totals
         WHERE tenant_id = %(tenant_id)s AND total_id = ANY(%(total_ids)s)
        """,
        {"tenant_id": scope.tenant_id, "total_ids": list(total_ids)},
    )
    return {row[0] for row in await cursor.fetchall()}


async def take_states(scope: Scope, peer_tenant_id: UUID, rows: str) -> list[TakenState]:
    """Store states whose revision is higher than what is there; answer what was there."""
    async with scope.conn.cursor(row_factory=class_row(TakenState)) as cursor:
        await cursor.execute(
            """
            INSERT INTO level_states AS s (tenant_id, mirror_key, peer_tenant_id, revision, cells,
                                           received_at)
            SELECT %(tenant_id)s, r.mirror_key, %(peer_tenant_id)s, r.revision, r.cells, %(now)s
              FROM json_to_recordset(%(rows)s::json) AS r(
                   mirror_key uuid, revision bigint, cells jsonb)
             ORDER BY r.mirror_key
                ON CONFLICT (tenant_id, mirror_key) DO UPDATE
               SET revision = EXCLUDED.revision, cells = EXCLUDED.cells,
                   received_at = EXCLUDED.received_at
             WHERE s.revision < EXCLUDED.revision AND s.peer_tenant_id = EXCLUDED.peer_tenant_id
            RETURNING s.mirror_key, old.revision AS revision_before, old.cells AS cells_before
            """,
            {
                "tenant_id": scope.tenant_id,
                "peer_tenant_id": peer_tenant_id,
                "rows": rows,
                "now": scope.real_now,
            },
        )
        return await cursor.fetchall()


async def set_totals(scope: Scope, rows: str) -> None:
    """Say in which totals here states are booked."""
    await scope.conn.execute(
        """
        UPDATE level_states s
           SET total_id = r.total_id
          FROM json_to_recordset(%(rows)s::json) AS r(mirror_key uuid, total_id uuid)
         WHERE s.tenant_id = %(tenant_id)s AND s.mirror_key = r.mirror_key AND s.total_id IS NULL
        """,
        {"tenant_id": scope.tenant_id, "rows": rows},
    )


async def states_of_totals(scope: Scope, total_ids: Collection[UUID]) -> list[StateOfTotal]:
    """Read which states are booked in totals here; totals of the own customers are left out."""
    async with scope.conn.cursor(row_factory=class_row(StateOfTotal)) as cursor:
        await cursor.execute(
            """
            SELECT total_id, mirror_key, peer_tenant_id, revision
              FROM level_states
             WHERE tenant_id = %(tenant_id)s AND total_id = ANY(%(total_ids)s)
            """,
            {"tenant_id": scope.tenant_id, "total_ids": list(total_ids)},
        )
        return await cursor.fetchall()


async def contract_hashes(scope: Scope, item_ids: Collection[UUID]) -> dict[UUID, str]:
    """What is known of the contracts of mirrored items."""
    cursor = await scope.conn.execute(
        """
        SELECT item_id, contract_hash
          FROM level_links
         WHERE tenant_id = %(tenant_id)s AND item_id = ANY(%(item_ids)s)
        """,
        {"tenant_id": scope.tenant_id, "item_ids": list(item_ids)},
    )
    return dict(await cursor.fetchall())


async def upsert_links(scope: Scope, peer_tenant_id: UUID, rows: str) -> None:
    """Store what is known of the contracts of mirrored items now."""
    await scope.conn.execute(
        """
        INSERT INTO level_links (tenant_id, item_id, subscription_id, peer_tenant_id,
                                 contract_hash)
        SELECT %(tenant_id)s, r.item_id, r.subscription_id, %(peer_tenant_id)s, r.contract_hash
          FROM json_to_recordset(%(rows)s::json) AS r(
               item_id uuid, subscription_id uuid, contract_hash text)
            ON CONFLICT (tenant_id, item_id) DO UPDATE
           SET contract_hash = EXCLUDED.contract_hash
        """,
        {"tenant_id": scope.tenant_id, "peer_tenant_id": peer_tenant_id, "rows": rows},
    )
