"""The statements of top-ups: one function, one statement, no decisions."""

from collections.abc import Sequence
from uuid import UUID

from groschen.features.wallets.model import TopUp
from groschen.kit.db import Scope
from groschen.kit.http import Slice
from groschen.kit.rows import record_row


async def insert_top_ups(scope: Scope, rows: str) -> None:
    """Write new top-ups."""
    await scope.conn.execute(
        """
        INSERT INTO top_ups (tenant_id, id, wallet_id, party_id, kind, currency, amount, state,
                             emergency_repaid, bucket_id, failure_code, requested_at, credited_at)
        SELECT %(tenant_id)s, r.id, r.wallet_id, r.party_id, r.kind, r.currency, r.amount, r.state,
               r.emergency_repaid, r.bucket_id, r.failure_code, r.requested_at, r.credited_at
          FROM json_to_recordset(%(rows)s::json) AS r(
               id uuid, wallet_id uuid, party_id uuid, kind text, currency text, amount numeric,
               state text, emergency_repaid numeric, bucket_id uuid, failure_code text,
               requested_at timestamptz, credited_at timestamptz)
        """,
        {"tenant_id": scope.tenant_id, "rows": rows},
    )


async def top_ups(scope: Scope, ids: Sequence[UUID]) -> list[TopUp]:
    """Read top-ups by id, in id order."""
    async with scope.conn.cursor(row_factory=record_row(TopUp)) as cursor:
        await cursor.execute(
            """
            SELECT id, wallet_id, party_id, kind, currency, amount, state, emergency_repaid,
                   bucket_id, failure_code, requested_at, credited_at
              FROM top_ups
             WHERE tenant_id = %(tenant_id)s AND id = ANY(%(ids)s)
             ORDER BY id
            """,
            {"tenant_id": scope.tenant_id, "ids": list(ids)},
        )
        return await cursor.fetchall()


async def page_of_top_ups(
    scope: Scope, wallet_id: UUID | None, party_id: UUID | None, asked: Slice
) -> list[TopUp]:
    """Top-ups and grants of one wallet or party, or all, newest first."""
    async with scope.conn.cursor(row_factory=record_row(TopUp)) as cursor:
        await cursor.execute(
            """
            WITH page AS (
                (SELECT id
                   FROM top_ups
                  WHERE tenant_id = %(tenant_id)s AND NOT %(backwards)s AND id < %(below)s
                    AND (%(wallet_id)s::uuid IS NULL OR wallet_id = %(wallet_id)s)
                    AND (%(party_id)s::uuid IS NULL OR party_id = %(party_id)s)
                  ORDER BY id DESC
                  LIMIT %(fetch)s)
                UNION ALL
                (SELECT id
                   FROM top_ups
                  WHERE tenant_id = %(tenant_id)s AND %(backwards)s AND id > %(above)s
                    AND (%(wallet_id)s::uuid IS NULL OR wallet_id = %(wallet_id)s)
                    AND (%(party_id)s::uuid IS NULL OR party_id = %(party_id)s)
                  ORDER BY id
                  LIMIT %(fetch)s)
            )
            SELECT t.id, t.wallet_id, t.party_id, t.kind, t.currency, t.amount, t.state,
                   t.emergency_repaid, t.bucket_id, t.failure_code, t.requested_at, t.credited_at
              FROM top_ups t
              JOIN page ON page.id = t.id
             WHERE t.tenant_id = %(tenant_id)s
             ORDER BY t.id DESC
            """,
            {
                "tenant_id": scope.tenant_id,
                "wallet_id": wallet_id,
                "party_id": party_id,
                **asked.bounds,
            },
        )
        return await cursor.fetchall()


async def store_outcomes(scope: Scope, rows: str) -> None:
    """Write what became of top-ups."""
    await scope.conn.execute(
        """
        UPDATE top_ups t
           SET state = r.state, emergency_repaid = r.emergency_repaid, bucket_id = r.bucket_id,
               failure_code = r.failure_code, credited_at = r.credited_at
          FROM json_to_recordset(%(rows)s::json) AS r(
               id uuid, state text, emergency_repaid numeric, bucket_id uuid, failure_code text,
               credited_at timestamptz)
         WHERE t.tenant_id = %(tenant_id)s AND t.id = r.id
        """,
        {"tenant_id": scope.tenant_id, "rows": rows},
    )
