"""The statements of posting: slices that wait, what of totals is posted, what was paid."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

from psycopg.rows import class_row

if TYPE_CHECKING:
    from collections.abc import Sequence

    from groschen.kit.db import Scope


@dataclass(frozen=True, slots=True)
class Slice:
    """One service day of a total: what there is of it (gross but ``amount``), and its total.

    ``posted_*`` is what of it is posted; ``bookings`` counts how often.
    """

    total_id: UUID
    day: date
    quantity: Decimal
    amount: Decimal
    gross: Decimal
    wallet: Decimal
    wallet_vat: Decimal
    overdraft: Decimal
    receivable: Decimal
    posted_quantity: Decimal
    posted_amount: Decimal
    posted_gross: Decimal
    posted_wallet: Decimal
    posted_wallet_vat: Decimal
    posted_overdraft: Decimal
    posted_receivable: Decimal
    bookings: int
    owner_id: UUID
    component: str
    window_id: UUID
    segment: int
    group_key: str
    account_id: UUID
    party_id: UUID
    plan_version_id: UUID
    rule_hash: str
    currency: str
    event_count: int
    event_hash: str
    starts_at: datetime
    time_zone: str


@dataclass(frozen=True, slots=True)
class PostedSum:
    """What of a total is posted on all its days; ``days`` are those with something posted."""

    total_id: UUID
    quantity: Decimal
    amount: Decimal
    gross: Decimal
    wallet: Decimal
    overdraft: Decimal
    receivable: Decimal
    days: list[date]


async def lock_posting(scope: Scope, key: int) -> None:
    """Let nobody else post for this tenant until the transaction ends."""
    await scope.conn.execute("SELECT pg_advisory_xact_lock(%(key)s)", {"key": key})


async def unposted(scope: Scope, after: tuple[UUID, date] | None, limit: int) -> list[Slice]:
    """The slices that wait, in the order of their keys, ``limit`` of those after a position."""
    after_total, after_day = after or (UUID(int=0), date.min)
    async with scope.conn.cursor(row_factory=class_row(Slice)) as cursor:
        await cursor.execute(
            """
            SELECT d.total_id, d.day, d.quantity, d.amount, d.gross, d.wallet, d.wallet_vat,
                   d.overdraft, d.receivable, d.posted_quantity, d.posted_amount, d.posted_gross,
                   d.posted_wallet, d.posted_wallet_vat, d.posted_overdraft, d.posted_receivable,
                   d.posted_revision AS bookings, t.owner_id, t.component, t.window_id, t.segment,
                   t.group_key, t.account_id, t.party_id, t.plan_version_id, t.rule_hash,
                   t.currency, t.event_count, t.event_hash, w.starts_at, w.time_zone
              FROM total_days d
              JOIN item_totals t ON t.tenant_id = d.tenant_id AND t.id = d.total_id
              JOIN windows w ON w.tenant_id = t.tenant_id AND w.id = t.window_id
             WHERE d.tenant_id = %(tenant_id)s AND d.unposted
               AND (d.total_id, d.day) > (%(after_total)s, %(after_day)s)
             ORDER BY d.total_id, d.day
             LIMIT %(limit)s
            """,
            {
                "tenant_id": scope.tenant_id,
                "after_total": after_total,
                "after_day": after_day,
                "limit": limit,
            },
        )
        return await cursor.fetchall()


async def posted_sums(scope: Scope, total_ids: Sequence[UUID]) -> dict[UUID, PostedSum]:
    """What of totals is posted so far."""
    async with scope.conn.cursor(row_factory=class_row(PostedSum)) as cursor:
        await cursor.execute(
            """
            SELECT total_id, sum(posted_quantity) AS quantity, sum(posted_amount) AS amount,
                   sum(posted_gross) AS gross, sum(posted_wallet) AS wallet,
                   sum(posted_overdraft) AS overdraft, sum(posted_receivable) AS receivable,
                   coalesce(array_agg(day) FILTER (WHERE posted_wallet <> 0), '{}') AS days
              FROM total_days
             WHERE tenant_id = %(tenant_id)s AND total_id = ANY(%(total_ids)s)
             GROUP BY total_id
            """,
            {"tenant_id": scope.tenant_id, "total_ids": list(total_ids)},
        )
        return {one.total_id: one for one in await cursor.fetchall()}


async def mark_posted(scope: Scope, rows: str) -> None:
    """Write what of slices is posted now; those that grew meanwhile go on waiting.

    ``rows`` is a JSON array of the slices' keys and figures.
    """
    await scope.conn.execute(
        """
        UPDATE total_days d
           SET posted_quantity = r.quantity, posted_amount = r.amount, posted_gross = r.gross,
               posted_wallet = r.wallet, posted_wallet_vat = r.wallet_vat,
               posted_overdraft = r.overdraft, posted_receivable = r.receivable,
               posted_revision = d.posted_revision + 1,
               unposted = (d.quantity, d.amount, d.gross, d.wallet, d.wallet_vat, d.overdraft,
                           d.receivable)
                          <> (r.quantity, r.amount, r.gross, r.wallet, r.wallet_vat, r.overdraft,
                              r.receivable)
          FROM json_to_recordset(%(rows)s::json) AS r(
               total_id uuid, day date, quantity numeric, amount numeric, gross numeric,
               wallet numeric, wallet_vat numeric, overdraft numeric, receivable numeric)
         WHERE d.tenant_id = %(tenant_id)s AND d.total_id = r.total_id AND d.day = r.day
        """,
        {"tenant_id": scope.tenant_id, "rows": rows},
    )


async def receipts(scope: Scope, total_ids: Sequence[UUID]) -> dict[UUID, Decimal]:
    """What was paid of the invoiced part of totals, gross; totals without are left out."""
    cursor = await scope.conn.execute(
        """
        SELECT total_id, sum(amount)
          FROM total_receipts
         WHERE tenant_id = %(tenant_id)s AND total_id = ANY(%(total_ids)s)
         GROUP BY total_id
        """,
        {"tenant_id": scope.tenant_id, "total_ids": list(total_ids)},
    )
    return dict(await cursor.fetchall())


async def insert_receipts(scope: Scope, source_id: UUID, rows: str) -> list[UUID]:
    """Record what one source paid of totals; answer those that it had not paid before."""
    cursor = await scope.conn.execute(
        """
        INSERT INTO total_receipts (tenant_id, total_id, source_id, amount, effective_on,
                                    recorded_at)
        SELECT %(tenant_id)s, r.total_id, %(source_id)s, r.amount, %(today)s, %(real_now)s
          FROM json_to_recordset(%(rows)s::json) AS r(total_id uuid, amount numeric)
            ON CONFLICT (tenant_id, total_id, source_id) DO NOTHING
        RETURNING total_id
        """,
        {
            "tenant_id": scope.tenant_id,
            "source_id": source_id,
            "rows": rows,
            "today": scope.today,
            "real_now": scope.real_now,
        },
    )
    return [row[0] for row in await cursor.fetchall()]
