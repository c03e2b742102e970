"""The statements of quotes and orders: one function, one statement, no decisions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from groschen.features.orders.model import Order, OrderFilter, OrderItem, Sold
from groschen.kit.db import Scope
from groschen.kit.http import Slice
from groschen.kit.rows import record_row

LAST_LETTER = "\U0010ffff"
"""Sorts after every letter, so that a range of texts has all with one beginning."""


@dataclass(frozen=True, slots=True)
class QuoteRow:
    """A quote as stored; ``body`` holds its lines."""

    id: UUID
    account_id: UUID | None
    currency: str
    body: dict[str, object]
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class KnownOrder:
    """An order that already has the external id somebody sent."""

    external_id: str
    id: UUID
    body_hash: str


async def insert_quote(scope: Scope, row: str) -> None:
    """Write one quote; ``row`` is a JSON array with its columns."""
    await scope.conn.execute(
        """
        INSERT INTO quotes (tenant_id, id, account_id, currency, gross, body, created_at,
                            expires_at)
        SELECT %(tenant_id)s, r.id, r.account_id, r.currency, r.gross, r.body, r.created_at,
               r.expires_at
          FROM json_to_recordset(%(row)s::json) AS r(
               id uuid, account_id uuid, currency text, gross numeric, body jsonb,
               created_at timestamptz, expires_at timestamptz)
        """,
        {"tenant_id": scope.tenant_id, "row": row},
    )


async def quotes(scope: Scope, ids: Sequence[UUID]) -> list[QuoteRow]:
    """Read quotes by id."""
    async with scope.conn.cursor(row_factory=record_row(QuoteRow)) as cursor:
        await cursor.execute(
            """
            SELECT id, account_id, currency, body, created_at, expires_at
              FROM quotes
             WHERE tenant_id = %(tenant_id)s AND id = ANY(%(ids)s)
            """,
            {"tenant_id": scope.tenant_id, "ids": list(ids)},
        )
        return await cursor.fetchall()


async def insert_orders(scope: Scope, rows: str) -> set[UUID]:
    """Write orders in the order given; answers the ids that are new by their external id."""
    cursor = await scope.conn.execute(
        """
        INSERT INTO orders (tenant_id, id, external_id, account_id, party_id, quote_id, body_hash,
                            state, currency, gross, placed_at, updated_at)
        SELECT %(tenant_id)s, r.id, r.external_id, r.account_id, r.party_id, r.quote_id,
               r.body_hash, 'accepted', r.currency, r.gross, %(now)s, %(now)s
          FROM json_to_recordset(%(rows)s::json) AS r(
               id uuid, external_id text, account_id uuid, party_id uuid, quote_id uuid,
               body_hash text, currency text, gross numeric)
            ON CONFLICT (tenant_id, external_id) DO NOTHING
        RETURNING id
        """,
        {"tenant_id": scope.tenant_id, "rows": rows, "now": scope.now},
    )
    return {row[0] for row in await cursor.fetchall()}


async def insert_items(scope: Scope, rows: str) -> None:
    """Write order items."""
    await scope.conn.execute(
        """
        INSERT INTO order_items (tenant_id, id, order_id, position, plan_version_id, attributes,
                                 quantity, gross, net, tax, tax_key, service_on, state)
        SELECT %(tenant_id)s, r.id, r.order_id, r.position, r.plan_version_id, r.attributes,
               r.quantity, r.gross, r.net, r.tax, r.tax_key, r.service_on, 'ordered'
          FROM json_to_recordset(%(rows)s::json) AS r(
               id uuid, order_id uuid, position smallint, plan_version_id uuid, attributes jsonb,
               quantity numeric, gross numeric, net numeric, tax numeric, tax_key text,
               service_on date)
        """,
        {"tenant_id": scope.tenant_id, "rows": rows},
    )


async def known_orders(scope: Scope, external_ids: Sequence[str]) -> list[KnownOrder]:
    """Which of these external ids exist, with the hash of what was sent then."""
    async with scope.conn.cursor(row_factory=record_row(KnownOrder)) as cursor:
        await cursor.execute(
            """
            SELECT external_id, id, body_hash
              FROM orders
             WHERE tenant_id = %(tenant_id)s AND external_id = ANY(%(external_ids)s)
            """,
            {"tenant_id": scope.tenant_id, "external_ids": list(external_ids)},
        )
        return await cursor.fetchall()


async def orders_by_id(scope: Scope, ids: Sequence[UUID]) -> list[Order]:
    """Read orders by id, in id order."""
    async with scope.conn.cursor(row_factory=record_row(Order)) as cursor:
        await cursor.execute(
            """
            SELECT id, external_id, account_id, party_id, quote_id, state, currency, gross, paid,
                   returned, version, placed_at, updated_at
              FROM orders
             WHERE tenant_id = %(tenant_id)s AND id = ANY(%(ids)s)
             ORDER BY id
            """,
            {"tenant_id": scope.tenant_id, "ids": list(ids)},
        )
        return await cursor.fetchall()


async def order_id_by_external_id(scope: Scope, external_id: str) -> UUID | None:
    """Find an order by the id its sender gave it."""
    cursor = await scope.conn.execute(
        """
        SELECT id
          FROM orders
         WHERE tenant_id = %(tenant_id)s AND external_id = %(external_id)s
        """,
        {"tenant_id": scope.tenant_id, "external_id": external_id},
    )
    row = await cursor.fetchone()
    return row[0] if row else None


async def lock_orders(scope: Scope, ids: Sequence[UUID]) -> list[Order]:
    """Read orders in id order and hold their row locks until the transaction ends."""
    async with scope.conn.cursor(row_factory=record_row(Order)) as cursor:
        await cursor.execute(
            """
            SELECT id, external_id, account_id, party_id, quote_id, state, currency, gross, paid,
                   returned, version, placed_at, updated_at
              FROM orders
             WHERE tenant_id = %(tenant_id)s AND id = ANY(%(ids)s)
             ORDER BY id
               FOR UPDATE
            """,
            {"tenant_id": scope.tenant_id, "ids": list(ids)},
        )
        return await cursor.fetchall()


async def store_progress(scope: Scope, rows: str) -> None:
    """Write the state and the figures of orders that moved."""
    await scope.conn.execute(
        """
        UPDATE orders o
           SET state = r.state, paid = r.paid, returned = r.returned, version = o.version + 1,
               updated_at = %(now)s
          FROM json_to_recordset(%(rows)s::json) AS r(
               id uuid, state text, paid numeric, returned numeric)
         WHERE o.tenant_id = %(tenant_id)s AND o.id = r.id
        """,
        {"tenant_id": scope.tenant_id, "rows": rows, "now": scope.now},
    )


async def items_of_orders(scope: Scope, order_ids: Sequence[UUID]) -> list[OrderItem]:
    """The items of orders, by order and position."""
    async with scope.conn.cursor(row_factory=record_row(OrderItem)) as cursor:
        await cursor.execute(
            """
            SELECT id, order_id, position, plan_version_id, attributes, quantity, gross, net, tax,
                   tax_key, service_on, state, delivered_at
              FROM order_items
             WHERE tenant_id = %(tenant_id)s AND order_id = ANY(%(order_ids)s)
             ORDER BY order_id, position
            """,
            {"tenant_id": scope.tenant_id, "order_ids": list(order_ids)},
        )
        return await cursor.fetchall()


async def move_items(scope: Scope, item_ids: Sequence[UUID], state: str) -> None:
    """Write the state of items; delivered ones keep the business instant of it."""
    await scope.conn.execute(
        """
        UPDATE order_items
           SET state = %(state)s,
               delivered_at = CASE WHEN %(state)s = 'delivered' THEN %(now)s ELSE delivered_at END
         WHERE tenant_id = %(tenant_id)s AND id = ANY(%(item_ids)s)
        """,
        {
            "tenant_id": scope.tenant_id,
            "item_ids": list(item_ids),
            "state": state,
            "now": scope.now,
        },
    )


async def page_of_orders(scope: Scope, wanted: OrderFilter, asked: Slice) -> list[Order]:
    """Orders of one state, or all, newest first."""
    async with scope.conn.cursor(row_factory=record_row(Order)) as cursor:
        await cursor.execute(
            """
            WITH page AS (
                (SELECT id, external_id, account_id, party_id, quote_id, state, currency, gross,
                        paid, returned, version, placed_at, updated_at
                   FROM orders
                  WHERE tenant_id = %(tenant_id)s AND NOT %(backwards)s AND id < %(below)s
                    AND (%(state)s::text IS NULL OR state = %(state)s)
                    AND (%(account_id)s::uuid IS NULL OR account_id = %(account_id)s)
                    AND (%(party_id)s::uuid IS NULL OR party_id = %(party_id)s)
                    AND (%(number_from)s::text IS NULL
                         OR external_id >= %(number_from)s AND external_id < %(number_to)s)
                  ORDER BY id DESC
                  LIMIT %(fetch)s)
                UNION ALL
                (SELECT id, external_id, account_id, party_id, quote_id, state, currency, gross,
                        paid, returned, version, placed_at, updated_at
                   FROM orders
                  WHERE tenant_id = %(tenant_id)s AND %(backwards)s AND id > %(above)s
                    AND (%(state)s::text IS NULL OR state = %(state)s)
                    AND (%(account_id)s::uuid IS NULL OR account_id = %(account_id)s)
                    AND (%(party_id)s::uuid IS NULL OR party_id = %(party_id)s)
                    AND (%(number_from)s::text IS NULL
                         OR external_id >= %(number_from)s AND external_id < %(number_to)s)
                  ORDER BY id
                  LIMIT %(fetch)s)
            )
            SELECT id, external_id, account_id, party_id, quote_id, state, currency, gross, paid,
                   returned, version, placed_at, updated_at
              FROM page
             ORDER BY id DESC
            """,
            {
                "tenant_id": scope.tenant_id,
                "state": wanted.state,
                "account_id": wanted.account_id,
                "party_id": scope.actor.party_id,
                "number_from": wanted.number,
                "number_to": None if wanted.number is None else wanted.number + LAST_LETTER,
                **asked.bounds,
            },
        )
        return await cursor.fetchall()


async def sold(scope: Scope, start: datetime, end: datetime) -> list[Sold]:
    """What was ordered from ``start`` up to ``end`` (exclusive) and not cancelled, by currency."""
    async with scope.conn.cursor(row_factory=record_row(Sold)) as cursor:
        await cursor.execute(
            """
            SELECT currency, count(*) AS orders, sum(gross) AS gross
              FROM orders
             WHERE tenant_id = %(tenant_id)s
               AND placed_at >= %(start)s AND placed_at < %(end)s AND state <> 'cancelled'
             GROUP BY currency
             ORDER BY currency
            """,
            {"tenant_id": scope.tenant_id, "start": start, "end": end},
        )
        return await cursor.fetchall()
