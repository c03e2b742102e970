"""The statements of what both sides booked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from groschen.features.levels.model import LevelAmount, LevelSummary
from groschen.kit.rows import record_row

if TYPE_CHECKING:
    from groschen.features.levels.model import LevelSide
    from groschen.kit.db import Scope


@dataclass(frozen=True, slots=True)
class UntoldAmount(LevelAmount):
    """What the other side does not know yet."""

    peer_tenant_id: UUID


async def upsert_amounts(scope: Scope, rows: str) -> None:
    """Store what was booked of pairs, unless a higher revision is there."""
    await scope.conn.execute(
        """
        INSERT INTO level_amounts AS a (tenant_id, mirror_key, side, peer_tenant_id, revision,
                                        quantity, amount, currency, booked_at, told)
        SELECT %(tenant_id)s, r.mirror_key, r.side, r.peer_tenant_id, r.revision, r.quantity,
               r.amount, r.currency, r.booked_at, r.told
          FROM json_to_recordset(%(rows)s::json) AS r(
               mirror_key uuid, side text, peer_tenant_id uuid, revision bigint, quantity numeric,
               amount numeric, currency text, booked_at timestamptz, told boolean)
         ORDER BY r.mirror_key
            ON CONFLICT (tenant_id, mirror_key, side) DO UPDATE
           SET revision = EXCLUDED.revision, quantity = EXCLUDED.quantity,
               amount = EXCLUDED.amount, booked_at = EXCLUDED.booked_at, told = EXCLUDED.told
         WHERE a.revision <= EXCLUDED.revision AND a.peer_tenant_id = EXCLUDED.peer_tenant_id
        """,
        {"tenant_id": scope.tenant_id, "rows": rows},
    )


async def raise_revisions(scope: Scope, side: LevelSide, rows: str) -> None:
    """A new revision changed nothing: what was booked at the one before holds for it too."""
    await scope.conn.execute(
        """
        UPDATE level_amounts a
           SET revision = r.revision, told = false
          FROM json_to_recordset(%(rows)s::json) AS r(
               mirror_key uuid, revision_before bigint, revision bigint)
         WHERE a.tenant_id = %(tenant_id)s AND a.mirror_key = r.mirror_key AND a.side = %(side)s
           AND a.revision = r.revision_before
        """,
        {"tenant_id": scope.tenant_id, "rows": rows, "side": side},
    )


async def unequal(scope: Scope, party_id: UUID) -> UUID | None:
    """Find a pair with the other side that this party stands for, booked in two ways."""
    cursor = await scope.conn.execute(
        """
        SELECT r.mirror_key
          FROM offers o
          JOIN level_amounts r ON r.tenant_id = o.tenant_id AND r.side = 'retail'
           AND r.peer_tenant_id = o.peer_tenant_id
          JOIN level_amounts w ON w.tenant_id = r.tenant_id AND w.mirror_key = r.mirror_key
           AND w.side = 'wholesale' AND w.revision = r.revision
         WHERE o.tenant_id = %(tenant_id)s AND o.party_id = %(party_id)s
           AND (w.amount, w.quantity) <> (r.amount, r.quantity)
         LIMIT 1
        """,
        {"tenant_id": scope.tenant_id, "party_id": party_id},
    )
    row = await cursor.fetchone()
    return None if row is None else row[0]


async def untold(scope: Scope, limit: int) -> list[UntoldAmount]:
    """Read amounts that the other side does not know, in the order of their keys."""
    async with scope.conn.cursor(row_factory=record_row(UntoldAmount)) as cursor:
        await cursor.execute(
            """
            SELECT mirror_key, side, peer_tenant_id, revision, quantity, amount, currency, booked_at
              FROM level_amounts
             WHERE tenant_id = %(tenant_id)s AND NOT told
             ORDER BY mirror_key
             LIMIT %(limit)s
            """,
            {"tenant_id": scope.tenant_id, "limit": limit},
        )
        return await cursor.fetchall()


async def mark_told(scope: Scope, rows: str) -> None:
    """Note that the other side knows amounts at their revisions."""
    await scope.conn.execute(
        """
        UPDATE level_amounts a
           SET told = true
          FROM json_to_recordset(%(rows)s::json) AS r(
               mirror_key uuid, side text, revision bigint)
         WHERE a.tenant_id = %(tenant_id)s AND a.mirror_key = r.mirror_key AND a.side = r.side
           AND a.revision = r.revision
        """,
        {"tenant_id": scope.tenant_id, "rows": rows},
    )


async def summaries(scope: Scope) -> list[LevelSummary]:
    """How the tenant stands with the others: pairs, what is in transit, what is unequal."""
    async with scope.conn.cursor(row_factory=record_row(LevelSummary)) as cursor:
        await cursor.execute(
            """
            WITH own AS (
                SELECT a.peer_tenant_id, a.side, a.currency, count(*) AS pairs,
                       count(*) FILTER (WHERE b.revision = a.revision
                                          AND (b.amount, b.quantity) <> (a.amount, a.quantity))
                           AS unequal,
                       count(*) FILTER (WHERE b.revision IS DISTINCT FROM a.revision) AS apart,
                       sum(a.amount) AS booked_here, coalesce(sum(b.amount), 0) AS booked_there
                  FROM level_amounts a
                  LEFT JOIN level_amounts b
                    ON b.tenant_id = a.tenant_id AND b.mirror_key = a.mirror_key
                   AND b.side <> a.side
                 WHERE a.tenant_id = %(tenant_id)s
                   AND (a.side = 'retail') = EXISTS (
                           SELECT FROM offers o
                            WHERE o.tenant_id = %(tenant_id)s AND o.side = 'taken'
                              AND o.peer_tenant_id = a.peer_tenant_id)
                 GROUP BY a.peer_tenant_id, a.side, a.currency
            ), moving AS (
                SELECT count(*) AS in_transit, min(waiting_since) AS waiting_since,
                       count(refusal) AS refused, min(refusal) AS refusal
                  FROM level_totals
                 WHERE tenant_id = %(tenant_id)s AND waiting_since IS NOT NULL
            ), peers AS (
                SELECT DISTINCT peer_tenant_id,
                       CASE side WHEN 'taken' THEN 'retail' ELSE 'wholesale' END AS side
                  FROM offers
                 WHERE tenant_id = %(tenant_id)s
            )
            SELECT p.peer_tenant_id, p.side, o.currency, coalesce(o.pairs, 0) AS pairs,
                   CASE p.side WHEN 'retail' THEN m.in_transit ELSE coalesce(o.apart, 0) END
                       AS in_transit,
                   CASE p.side WHEN 'retail' THEN m.waiting_since END AS waiting_since,
                   CASE p.side WHEN 'retail' THEN m.refused ELSE 0 END AS refused,
                   CASE p.side WHEN 'retail' THEN m.refusal END AS refusal,
                   coalesce(o.unequal, 0) AS unequal, coalesce(o.booked_here, 0) AS booked_here,
                   coalesce(o.booked_there, 0) AS booked_there
              FROM peers p
             CROSS JOIN moving m
              LEFT JOIN own o ON o.peer_tenant_id = p.peer_tenant_id AND o.side = p.side
             ORDER BY p.side, p.peer_tenant_id, o.currency
            """,
            {"tenant_id": scope.tenant_id},
        )
        return await cursor.fetchall()
