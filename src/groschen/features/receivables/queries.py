"""The statements of receivables: one function, one statement, no decisions."""

from collections.abc import Sequence
from uuid import UUID

from psycopg.rows import class_row

from groschen.features.receivables.model import (
    Allocated,
    OpenItem,
    OpenItemFilter,
    OpenOfAccount,
)
from groschen.kit.db import Scope
from groschen.kit.http import Slice
from groschen.kit.rows import record_row


async def insert_open_items(scope: Scope, rows: str) -> None:
    """Write new open items; ``rows`` is a JSON array of their columns."""
    await scope.conn.execute(
        """
        INSERT INTO open_items (tenant_id, id, account_id, party_id, source_id, currency, amount,
                                open_amount, opened_on, due_on)
        SELECT %(tenant_id)s, r.id, r.account_id, r.party_id, r.source_id, r.currency, r.amount,
               r.open_amount, r.opened_on, r.due_on
          FROM json_to_recordset(%(rows)s::json) AS r(
               id uuid, account_id uuid, party_id uuid, source_id uuid, currency text,
               amount numeric, open_amount numeric, opened_on date, due_on date)
        """,
        {"tenant_id": scope.tenant_id, "rows": rows},
    )


async def lock_open_items(scope: Scope, ids: Sequence[UUID]) -> list[OpenItem]:
    """Read open items in id order and hold their row locks until the transaction ends."""
    async with scope.conn.cursor(row_factory=class_row(OpenItem)) as cursor:
        await cursor.execute(
            """
            SELECT id, account_id, party_id, source_id, currency, amount, open_amount, opened_on,
                   due_on
              FROM open_items
             WHERE tenant_id = %(tenant_id)s AND id = ANY(%(ids)s)
             ORDER BY id
               FOR UPDATE
            """,
            {"tenant_id": scope.tenant_id, "ids": list(ids)},
        )
        return await cursor.fetchall()


async def lock_open_of_account(scope: Scope, account_id: UUID, currency: str) -> list[OpenItem]:
    """Read what an account has open in id order and hold the row locks until the end."""
    async with scope.conn.cursor(row_factory=class_row(OpenItem)) as cursor:
        await cursor.execute(
            """
            SELECT id, account_id, party_id, source_id, currency, amount, open_amount, opened_on,
                   due_on
              FROM open_items
             WHERE tenant_id = %(tenant_id)s AND account_id = %(account_id)s
               AND currency = %(currency)s AND open_amount <> 0
             ORDER BY id
               FOR UPDATE
            """,
            {"tenant_id": scope.tenant_id, "account_id": account_id, "currency": currency},
        )
        return await cursor.fetchall()


async def allocate(scope: Scope, rows: str, opened: str) -> None:
    """Write allocations and the new open amounts of their items in one statement."""
    await scope.conn.execute(
        """
        WITH written AS (
            INSERT INTO allocations (tenant_id, id, open_item_id, source_id, kind, amount,
                                     effective_on, recorded_at)
            SELECT %(tenant_id)s, r.id, r.open_item_id, r.source_id, r.kind, r.amount,
                   %(today)s, %(recorded_at)s
              FROM json_to_recordset(%(rows)s::json) AS r(
                   id uuid, open_item_id uuid, source_id uuid, kind text, amount numeric)
        )
        UPDATE open_items i
           SET open_amount = o.open_amount
          FROM json_to_recordset(%(opened)s::json) AS o(id uuid, open_amount numeric)
         WHERE i.tenant_id = %(tenant_id)s AND i.id = o.id
        """,
        {
            "tenant_id": scope.tenant_id,
            "rows": rows,
            "opened": opened,
            "today": scope.today,
            "recorded_at": scope.real_now,
        },
    )


async def open_items_of_sources(scope: Scope, source_ids: Sequence[UUID]) -> list[OpenItem]:
    """The open items that orders (later: invoices) made, in id order."""
    async with scope.conn.cursor(row_factory=class_row(OpenItem)) as cursor:
        await cursor.execute(
            """
            SELECT id, account_id, party_id, source_id, currency, amount, open_amount, opened_on,
                   due_on
              FROM open_items
             WHERE tenant_id = %(tenant_id)s AND source_id = ANY(%(source_ids)s)
             ORDER BY id
            """,
            {"tenant_id": scope.tenant_id, "source_ids": list(source_ids)},
        )
        return await cursor.fetchall()


async def open_items(scope: Scope, ids: Sequence[UUID]) -> list[OpenItem]:
    """Read open items by id."""
    async with scope.conn.cursor(row_factory=class_row(OpenItem)) as cursor:
        await cursor.execute(
            """
            SELECT id, account_id, party_id, source_id, currency, amount, open_amount, opened_on,
                   due_on
              FROM open_items
             WHERE tenant_id = %(tenant_id)s AND id = ANY(%(ids)s)
            """,
            {"tenant_id": scope.tenant_id, "ids": list(ids)},
        )
        return await cursor.fetchall()


async def open_of_accounts(scope: Scope, account_ids: Sequence[UUID]) -> list[OpenOfAccount]:
    """What is unpaid of accounts, by account and currency; those that owe nothing are left out."""
    async with scope.conn.cursor(row_factory=class_row(OpenOfAccount)) as cursor:
        await cursor.execute(
            """
            SELECT account_id, currency, sum(open_amount) AS open_amount, min(due_on) AS due_on
              FROM open_items
             WHERE tenant_id = %(tenant_id)s AND account_id = ANY(%(ids)s) AND open_amount > 0
             GROUP BY account_id, currency
             ORDER BY account_id, currency
            """,
            {"tenant_id": scope.tenant_id, "ids": list(account_ids)},
        )
        return await cursor.fetchall()


async def page_of_open_items(
    scope: Scope, wanted: OpenItemFilter, party_id: UUID | None, asked: Slice
) -> list[OpenItem]:
    """Open items of one account or party, or all, newest first."""
    async with scope.conn.cursor(row_factory=class_row(OpenItem)) as cursor:
        await cursor.execute(
            """
            WITH page AS (
                (SELECT id, account_id, party_id, source_id, currency, amount, open_amount,
                        opened_on, due_on
                   FROM open_items
                  WHERE tenant_id = %(tenant_id)s AND NOT %(backwards)s AND id < %(below)s
                    AND (%(account_id)s::uuid IS NULL OR account_id = %(account_id)s)
                    AND (%(party_id)s::uuid IS NULL OR party_id = %(party_id)s)
                    AND (NOT %(unpaid)s OR open_amount <> 0)
                  ORDER BY id DESC
                  LIMIT %(fetch)s)
                UNION ALL
                (SELECT id, account_id, party_id, source_id, currency, amount, open_amount,
                        opened_on, due_on
                   FROM open_items
                  WHERE tenant_id = %(tenant_id)s AND %(backwards)s AND id > %(above)s
                    AND (%(account_id)s::uuid IS NULL OR account_id = %(account_id)s)
                    AND (%(party_id)s::uuid IS NULL OR party_id = %(party_id)s)
                    AND (NOT %(unpaid)s OR open_amount <> 0)
                  ORDER BY id
                  LIMIT %(fetch)s)
            )
            SELECT id, account_id, party_id, source_id, currency, amount, open_amount, opened_on,
                   due_on
              FROM page
             ORDER BY id DESC
            """,
            {
                "tenant_id": scope.tenant_id,
                "account_id": wanted.account_id,
                "party_id": party_id,
                "unpaid": wanted.unpaid,
                **asked.bounds,
            },
        )
        return await cursor.fetchall()


async def allocations_of_item(scope: Scope, open_item_id: UUID) -> list[Allocated]:
    """What was set against an open item, in the order it was booked."""
    async with scope.conn.cursor(row_factory=record_row(Allocated)) as cursor:
        await cursor.execute(
            """
            SELECT id, source_id, kind, amount, effective_on
              FROM allocations
             WHERE tenant_id = %(tenant_id)s AND open_item_id = %(open_item_id)s
             ORDER BY id
            """,
            {"tenant_id": scope.tenant_id, "open_item_id": open_item_id},
        )
        return await cursor.fetchall()
