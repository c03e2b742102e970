"""What making and changing subscriptions writes, and what it checks first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from psycopg.rows import class_row

from groschen.features.subscriptions.model import Subscription
from groschen.kit.http.references import id_or_external
from groschen.kit.rows import record_row

if TYPE_CHECKING:
    from groschen.kit.db import Scope
    from groschen.kit.http import Reference


@dataclass(frozen=True, slots=True)
class WalletFacts:
    """What of a wallet says whether it can pay for a subscription."""

    id: UUID
    account_id: UUID
    currency: str
    state: str


async def wallet(scope: Scope, reference: Reference) -> WalletFacts | None:
    """Read a wallet. Wallets stand above subscriptions, so their service cannot be asked."""
    wallet_id, external_id = id_or_external(reference)
    async with scope.conn.cursor(row_factory=class_row(WalletFacts)) as cursor:
        await cursor.execute(
            """
            SELECT id, account_id, currency, state
              FROM wallets
             WHERE tenant_id = %(tenant_id)s
               AND (id = %(id)s::uuid OR external_id = %(external_id)s::text)
            """,
            {"tenant_id": scope.tenant_id, "id": wallet_id, "external_id": external_id},
        )
        return await cursor.fetchone()


async def insert_subscription(scope: Scope, one: Subscription) -> bool:
    """Store a subscription; tell whether its external id was free."""
    cursor = await scope.conn.execute(
        """
        INSERT INTO subscriptions (tenant_id, id, external_id, account_id, party_id, currency,
                                   time_zone, anchor_on, funding, wallet_id, state, starts_at,
                                   ends_at, minimum_term_until, version, created_at)
        VALUES (%(tenant_id)s, %(id)s, %(external_id)s, %(account_id)s, %(party_id)s, %(currency)s,
                %(time_zone)s, %(anchor_on)s, %(funding)s, %(wallet_id)s, %(state)s, %(starts_at)s,
                %(ends_at)s, %(minimum_term_until)s, %(version)s, %(created_at)s)
            ON CONFLICT (tenant_id, external_id) DO NOTHING
        """,
        {
            "tenant_id": scope.tenant_id,
            "id": one.id,
            "external_id": one.external_id,
            "account_id": one.account_id,
            "party_id": one.party_id,
            "currency": one.currency,
            "time_zone": one.time_zone,
            "anchor_on": one.anchor_on,
            "funding": one.funding,
            "wallet_id": one.wallet_id,
            "state": one.state,
            "starts_at": one.starts_at,
            "ends_at": one.ends_at,
            "minimum_term_until": one.minimum_term_until,
            "version": one.version,
            "created_at": one.created_at,
        },
    )
    return cursor.rowcount == 1


async def insert_items(scope: Scope, rows: str) -> set[UUID]:
    """Store items, due for charging when they start; answer the ids whose external id was free."""
    cursor = await scope.conn.execute(
        """
        INSERT INTO subscription_items (tenant_id, id, subscription_id, external_id, plan_id,
                                        starts_at, ends_at, charge_at, created_at)
        SELECT %(tenant_id)s, r.id, r.subscription_id, r.external_id, r.plan_id, r.starts_at,
               r.ends_at, r.starts_at, %(now)s
          FROM json_to_recordset(%(rows)s::json) AS r(
               id uuid, subscription_id uuid, external_id text, plan_id uuid,
               starts_at timestamptz, ends_at timestamptz)
            ON CONFLICT (tenant_id, external_id) DO NOTHING
        RETURNING id
        """,
        {"tenant_id": scope.tenant_id, "rows": rows, "now": scope.now},
    )
    return {row[0] for row in await cursor.fetchall()}


async def insert_terms(scope: Scope, rows: str) -> None:
    """Store segments of items."""
    await scope.conn.execute(
        """
        INSERT INTO item_terms (tenant_id, item_id, segment, plan_version_id, quantity, from_at,
                                until_at)
        SELECT %(tenant_id)s, r.item_id, r.segment, r.plan_version_id, r.quantity, r.from_at,
               r.until_at
          FROM json_to_recordset(%(rows)s::json) AS r(
               item_id uuid, segment integer, plan_version_id uuid, quantity numeric,
               from_at timestamptz, until_at timestamptz)
        """,
        {"tenant_id": scope.tenant_id, "rows": rows},
    )


async def cut_terms(scope: Scope, rows: str) -> None:
    """Set where segments end."""
    await scope.conn.execute(
        """
        UPDATE item_terms t
           SET until_at = r.until_at
          FROM json_to_recordset(%(rows)s::json) AS r(
               item_id uuid, segment integer, until_at timestamptz)
         WHERE t.tenant_id = %(tenant_id)s AND t.item_id = r.item_id AND t.segment = r.segment
        """,
        {"tenant_id": scope.tenant_id, "rows": rows},
    )


async def delete_terms(scope: Scope, rows: str) -> None:
    """Take out segments that were planned and have not begun."""
    await scope.conn.execute(
        """
        DELETE FROM item_terms t
         USING json_to_recordset(%(rows)s::json) AS r(item_id uuid, segment integer)
         WHERE t.tenant_id = %(tenant_id)s AND t.item_id = r.item_id AND t.segment = r.segment
           AND t.from_at > %(now)s
        """,
        {"tenant_id": scope.tenant_id, "rows": rows, "now": scope.now},
    )


async def insert_subjects(scope: Scope, rows: str) -> None:
    """Give items subjects."""
    await scope.conn.execute(
        """
        INSERT INTO item_subjects (tenant_id, subject, item_id, from_at, until_at)
        SELECT %(tenant_id)s, r.subject, r.item_id, r.from_at, r.until_at
          FROM json_to_recordset(%(rows)s::json) AS r(
               subject text, item_id uuid, from_at timestamptz, until_at timestamptz)
        """,
        {"tenant_id": scope.tenant_id, "rows": rows},
    )


async def end_subject(
    scope: Scope, item_id: UUID, subject: str, from_at: datetime, until_at: datetime
) -> None:
    """Set when the span of a subject that began at ``from_at`` ends."""
    await scope.conn.execute(
        """
        UPDATE item_subjects
           SET until_at = %(until_at)s
         WHERE tenant_id = %(tenant_id)s AND subject = %(subject)s AND item_id = %(item_id)s
           AND from_at = %(from_at)s
        """,
        {
            "tenant_id": scope.tenant_id,
            "item_id": item_id,
            "subject": subject,
            "from_at": from_at,
            "until_at": until_at,
        },
    )


async def lock(scope: Scope, subscription_id: UUID) -> Subscription | None:
    """Read a subscription and hold its row until the transaction ends."""
    async with scope.conn.cursor(row_factory=record_row(Subscription)) as cursor:
        await cursor.execute(
            """
            SELECT id, external_id, account_id, party_id, currency, time_zone, anchor_on, funding,
                   wallet_id, state, starts_at, ends_at, minimum_term_until, version, created_at
              FROM subscriptions
             WHERE tenant_id = %(tenant_id)s AND id = %(subscription_id)s
               FOR UPDATE
            """,
            {"tenant_id": scope.tenant_id, "subscription_id": subscription_id},
        )
        return await cursor.fetchone()


async def touch(scope: Scope, subscription_id: UUID) -> None:
    """Count up the version of a subscription and make its items due for charging now."""
    await scope.conn.execute(
        """
        WITH changed AS (
            UPDATE subscriptions
               SET version = version + 1
             WHERE tenant_id = %(tenant_id)s AND id = %(subscription_id)s
            RETURNING id
        )
        UPDATE subscription_items i
           SET charge_at = greatest(i.starts_at, least(i.charge_at, %(now)s))
          FROM changed c
         WHERE i.tenant_id = %(tenant_id)s AND i.subscription_id = c.id
        """,
        {"tenant_id": scope.tenant_id, "subscription_id": subscription_id, "now": scope.now},
    )


async def set_end(scope: Scope, subscription_id: UUID, ends_at: datetime) -> None:
    """Set when a subscription ends; items that end before it keep their end."""
    await scope.conn.execute(
        """
        WITH ended AS (
            UPDATE subscriptions
               SET ends_at = %(ends_at)s
             WHERE tenant_id = %(tenant_id)s AND id = %(subscription_id)s
            RETURNING id, old.ends_at AS ended_at
        )
        UPDATE subscription_items i
           SET ends_at = %(ends_at)s
          FROM ended e
         WHERE i.tenant_id = %(tenant_id)s AND i.subscription_id = e.id
           AND (i.ends_at IS NULL OR i.ends_at >= least(e.ended_at, %(ends_at)s))
        """,
        {"tenant_id": scope.tenant_id, "subscription_id": subscription_id, "ends_at": ends_at},
    )


async def end_item(scope: Scope, item_id: UUID, ends_at: datetime) -> None:
    """Set when one item ends."""
    await scope.conn.execute(
        """
        UPDATE subscription_items
           SET ends_at = %(ends_at)s
         WHERE tenant_id = %(tenant_id)s AND id = %(item_id)s
        """,
        {"tenant_id": scope.tenant_id, "item_id": item_id, "ends_at": ends_at},
    )


async def end_due(scope: Scope, limit: int) -> list[tuple[UUID, datetime]]:
    """End active subscriptions whose end has come; answer which, and when each ended."""
    cursor = await scope.conn.execute(
        """
        WITH due AS (
            SELECT id
              FROM subscriptions
             WHERE tenant_id = %(tenant_id)s AND state = 'active' AND ends_at <= %(now)s
             ORDER BY ends_at, id
             LIMIT %(limit)s
               FOR UPDATE SKIP LOCKED
        )
        UPDATE subscriptions s
           SET state = 'ended', version = s.version + 1
          FROM due d
         WHERE s.tenant_id = %(tenant_id)s AND s.id = d.id
        RETURNING s.id, s.ends_at
        """,
        {"tenant_id": scope.tenant_id, "now": scope.now, "limit": limit},
    )
    return [(row[0], row[1]) for row in await cursor.fetchall()]
