"""What mirroring the subscriptions of a reseller writes; rows are JSON arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from groschen.kit.db import Scope


async def upsert_subscriptions(scope: Scope, rows: str) -> None:
    """Store the subscriptions of mirrored items; one that exists gets the earliest start."""
    await scope.conn.execute(
        """
        INSERT INTO subscriptions AS s (tenant_id, id, external_id, account_id, party_id, currency,
                                        time_zone, anchor_on, funding, state, starts_at, version,
                                        created_at)
        SELECT %(tenant_id)s, r.subscription_id, r.subscription_id::text, r.account_id, r.party_id,
               r.currency, r.time_zone, r.anchor_on, 'claim', 'active', min(r.starts_at), 1,
               %(now)s
          FROM json_to_recordset(%(rows)s::json) AS r(
               subscription_id uuid, account_id uuid, party_id uuid, currency text, time_zone text,
               anchor_on date, starts_at timestamptz)
         GROUP BY r.subscription_id, r.account_id, r.party_id, r.currency, r.time_zone, r.anchor_on
         ORDER BY r.subscription_id
            ON CONFLICT (tenant_id, id) DO UPDATE
           SET starts_at = least(s.starts_at, EXCLUDED.starts_at)
         WHERE s.starts_at > EXCLUDED.starts_at
        """,
        {"tenant_id": scope.tenant_id, "rows": rows, "now": scope.now},
    )


async def upsert_items(scope: Scope, rows: str) -> None:
    """Store mirrored items, which are never due by themselves; their end follows."""
    await scope.conn.execute(
        """
        INSERT INTO subscription_items (tenant_id, id, subscription_id, external_id, plan_id,
                                        starts_at, ends_at, created_at)
        SELECT %(tenant_id)s, r.item_id, r.subscription_id, r.item_id::text, r.plan_id,
               r.starts_at, r.ends_at, %(now)s
          FROM json_to_recordset(%(rows)s::json) AS r(
               item_id uuid, subscription_id uuid, plan_id uuid, starts_at timestamptz,
               ends_at timestamptz)
            ON CONFLICT (tenant_id, id) DO UPDATE
           SET ends_at = EXCLUDED.ends_at
        """,
        {"tenant_id": scope.tenant_id, "rows": rows, "now": scope.now},
    )


async def upsert_terms(scope: Scope, rows: str) -> None:
    """Store segments of mirrored items; the end of one that exists follows."""
    await scope.conn.execute(
        """
        INSERT INTO item_terms (tenant_id, item_id, segment, plan_version_id, quantity, from_at,
                                until_at)
        SELECT %(tenant_id)s, r.item_id, r.segment, r.plan_version_id, r.quantity, r.from_at,
               r.until_at
          FROM json_to_recordset(%(rows)s::json) AS r(
               item_id uuid, segment integer, plan_version_id uuid, quantity numeric,
               from_at timestamptz, until_at timestamptz)
            ON CONFLICT (tenant_id, item_id, segment) DO UPDATE
           SET until_at = EXCLUDED.until_at
        """,
        {"tenant_id": scope.tenant_id, "rows": rows},
    )
