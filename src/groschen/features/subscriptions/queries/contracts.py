"""What charging reads and writes: contracts, links of subjects, windows, what is due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

from psycopg.rows import class_row, scalar_row

from groschen.features.subscriptions.model import Funding, SubjectLink
from groschen.kit.rows import record_row

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from groschen.kit.db import Scope


@dataclass(frozen=True, slots=True)
class ContractRow:
    """One segment of an item with what holds for the whole item."""

    item_id: UUID
    subscription_id: UUID
    account_id: UUID
    party_id: UUID
    currency: str
    time_zone: str
    anchor_on: date | None
    funding: Funding
    wallet_id: UUID | None
    starts_at: datetime
    ends_at: datetime | None
    segment: int
    plan_version_id: UUID
    quantity: Decimal
    from_at: datetime
    until_at: datetime | None


@dataclass(frozen=True, slots=True)
class StoredWindow:
    """A window as stored."""

    item_id: UUID
    cadence: str
    ordinal: int
    id: UUID
    starts_at: datetime
    ends_at: datetime
    time_zone: str


async def contracts(scope: Scope, item_ids: Collection[UUID]) -> list[ContractRow]:
    """Read the segments of items, each item's in the order of time."""
    async with scope.conn.cursor(row_factory=record_row(ContractRow)) as cursor:
        await cursor.execute(
            """
            SELECT i.id AS item_id, i.subscription_id, s.account_id, s.party_id, s.currency,
                   s.time_zone, s.anchor_on, s.funding, s.wallet_id, i.starts_at, i.ends_at,
                   t.segment, t.plan_version_id, t.quantity, t.from_at, t.until_at
              FROM subscription_items i
              JOIN subscriptions s ON s.tenant_id = i.tenant_id AND s.id = i.subscription_id
              JOIN item_terms t ON t.tenant_id = i.tenant_id AND t.item_id = i.id
             WHERE i.tenant_id = %(tenant_id)s AND i.id = ANY(%(item_ids)s)
             ORDER BY i.id, t.from_at
            """,
            {"tenant_id": scope.tenant_id, "item_ids": list(item_ids)},
        )
        return await cursor.fetchall()


async def links(
    scope: Scope, subjects: Collection[str], from_at: datetime, to_at: datetime
) -> list[SubjectLink]:
    """Find which items subjects belong to at some instant of a closed span, by subject and time.

    A link never reaches beyond its item's own time.
    """
    async with scope.conn.cursor(row_factory=class_row(SubjectLink)) as cursor:
        await cursor.execute(
            """
            SELECT b.subject, b.item_id, greatest(b.from_at, i.starts_at) AS from_at,
                   least(b.until_at, i.ends_at) AS until_at
              FROM item_subjects b
              JOIN subscription_items i ON i.tenant_id = b.tenant_id AND i.id = b.item_id
             WHERE b.tenant_id = %(tenant_id)s AND b.subject = ANY(%(subjects)s)
               AND b.from_at <= %(to_at)s AND (b.until_at IS NULL OR b.until_at > %(from_at)s)
               AND i.starts_at <= %(to_at)s
               AND (i.ends_at IS NULL OR i.ends_at > greatest(%(from_at)s, i.starts_at))
             ORDER BY b.subject, from_at, b.item_id
            """,
            {
                "tenant_id": scope.tenant_id,
                "subjects": list(subjects),
                "from_at": from_at,
                "to_at": to_at,
            },
        )
        return await cursor.fetchall()


async def links_of_items(scope: Scope, item_ids: Collection[UUID]) -> list[SubjectLink]:
    """Read all subjects of items, by item, subject and time."""
    async with scope.conn.cursor(row_factory=class_row(SubjectLink)) as cursor:
        await cursor.execute(
            """
            SELECT b.subject, b.item_id, greatest(b.from_at, i.starts_at) AS from_at,
                   least(b.until_at, i.ends_at) AS until_at
              FROM item_subjects b
              JOIN subscription_items i ON i.tenant_id = b.tenant_id AND i.id = b.item_id
             WHERE b.tenant_id = %(tenant_id)s AND b.item_id = ANY(%(item_ids)s)
             ORDER BY b.item_id, b.subject, from_at
            """,
            {"tenant_id": scope.tenant_id, "item_ids": list(item_ids)},
        )
        return await cursor.fetchall()


async def windows(scope: Scope, keys: str) -> list[StoredWindow]:
    """Read those windows that exist; ``keys`` is a JSON array of item, cadence and ordinal."""
    async with scope.conn.cursor(row_factory=class_row(StoredWindow)) as cursor:
        await cursor.execute(
            """
            SELECT w.item_id, w.cadence, w.ordinal, w.id, w.starts_at, w.ends_at, w.time_zone
              FROM json_to_recordset(%(keys)s::json) AS k(
                   item_id uuid, cadence text, ordinal integer)
              JOIN windows w ON w.tenant_id = %(tenant_id)s AND w.item_id = k.item_id
               AND w.cadence = k.cadence AND w.ordinal = k.ordinal
            """,
            {"tenant_id": scope.tenant_id, "keys": keys},
        )
        return await cursor.fetchall()


async def insert_windows(scope: Scope, rows: str) -> None:
    """Store windows; one that somebody else stored meanwhile stays as it is."""
    await scope.conn.execute(
        """
        INSERT INTO windows (tenant_id, item_id, cadence, ordinal, id, starts_at, ends_at,
                             time_zone, anchor_on)
        SELECT %(tenant_id)s, r.item_id, r.cadence, r.ordinal, r.id, r.starts_at, r.ends_at,
               r.time_zone, r.anchor_on
          FROM json_to_recordset(%(rows)s::json) AS r(
               item_id uuid, cadence text, ordinal integer, id uuid, starts_at timestamptz,
               ends_at timestamptz, time_zone text, anchor_on date)
            ON CONFLICT (tenant_id, item_id, cadence, ordinal) DO NOTHING
        """,
        {"tenant_id": scope.tenant_id, "rows": rows},
    )


async def due_items(scope: Scope, limit: int) -> Sequence[UUID]:
    """Find items whose next charge is due, the longest due first."""
    async with scope.conn.cursor(row_factory=scalar_row) as cursor:
        await cursor.execute(
            """
            SELECT id
              FROM subscription_items
             WHERE tenant_id = %(tenant_id)s AND charge_at <= %(now)s
             ORDER BY charge_at, id
             LIMIT %(limit)s
            """,
            {"tenant_id": scope.tenant_id, "now": scope.now, "limit": limit},
        )
        return await cursor.fetchall()


async def set_charge_at(scope: Scope, rows: str) -> None:
    """Set when items are charged next; ``rows`` is a JSON array of item and instant."""
    await scope.conn.execute(
        """
        UPDATE subscription_items i
           SET charge_at = r.charge_at
          FROM json_to_recordset(%(rows)s::json) AS r(item_id uuid, charge_at timestamptz)
         WHERE i.tenant_id = %(tenant_id)s AND i.id = r.item_id
        """,
        {"tenant_id": scope.tenant_id, "rows": rows},
    )
