"""Reading and writing collective statements."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from psycopg.rows import class_row, scalar_row

from groschen.features.invoices.model import CollectiveStatement

if TYPE_CHECKING:
    from groschen.kit.db import Scope
    from groschen.kit.http import Slice


async def insert_statement(scope: Scope, row: str, invoices: str) -> None:
    """Write a statement and which documents it holds; both are JSON arrays of columns."""
    await scope.conn.execute(
        """
        WITH written AS (
            INSERT INTO collective_statements (tenant_id, id, number, account_id, party_id,
                                               currency, gross, issued_on, due_on, issued_at)
            SELECT %(tenant_id)s, r.id, r.number, r.account_id, r.party_id, r.currency, r.gross,
                   r.issued_on, r.due_on, r.issued_at
              FROM json_to_recordset(%(row)s::json) AS r(
                   id uuid, number text, account_id uuid, party_id uuid, currency text,
                   gross numeric, issued_on date, due_on date, issued_at timestamptz)
        )
        INSERT INTO collective_statement_invoices (tenant_id, statement_id, invoice_id, open_amount)
        SELECT %(tenant_id)s, i.statement_id, i.invoice_id, i.open_amount
          FROM json_to_recordset(%(invoices)s::json) AS i(
               statement_id uuid, invoice_id uuid, open_amount numeric)
        """,
        {"tenant_id": scope.tenant_id, "row": row, "invoices": invoices},
    )


async def statement(scope: Scope, statement_id: UUID) -> CollectiveStatement | None:
    """Read one statement."""
    async with scope.conn.cursor(row_factory=class_row(CollectiveStatement)) as cursor:
        await cursor.execute(
            """
            SELECT id, number, account_id, party_id, currency, gross, issued_on, due_on, issued_at
              FROM collective_statements
             WHERE tenant_id = %(tenant_id)s AND id = %(statement_id)s
            """,
            {"tenant_id": scope.tenant_id, "statement_id": statement_id},
        )
        return await cursor.fetchone()


async def page_of_statements(
    scope: Scope, party_id: UUID | None, asked: Slice
) -> list[CollectiveStatement]:
    """Statements of a party, or all; newest first."""
    async with scope.conn.cursor(row_factory=class_row(CollectiveStatement)) as cursor:
        await cursor.execute(
            """
            WITH page AS (
                (SELECT id
                   FROM collective_statements
                  WHERE tenant_id = %(tenant_id)s AND NOT %(backwards)s AND id < %(below)s
                    AND (%(party_id)s::uuid IS NULL OR party_id = %(party_id)s)
                  ORDER BY id DESC
                  LIMIT %(fetch)s)
                UNION ALL
                (SELECT id
                   FROM collective_statements
                  WHERE tenant_id = %(tenant_id)s AND %(backwards)s AND id > %(above)s
                    AND (%(party_id)s::uuid IS NULL OR party_id = %(party_id)s)
                  ORDER BY id
                  LIMIT %(fetch)s)
            )
            SELECT id, number, account_id, party_id, currency, gross, issued_on, due_on, issued_at
              FROM collective_statements
             WHERE tenant_id = %(tenant_id)s AND id IN (SELECT id FROM page)
             ORDER BY id DESC
            """,
            {"tenant_id": scope.tenant_id, "party_id": party_id, **asked.bounds},
        )
        return await cursor.fetchall()


async def invoices_of(scope: Scope, statement_id: UUID) -> list[UUID]:
    """The documents of a statement, in id order."""
    async with scope.conn.cursor(row_factory=scalar_row) as cursor:
        await cursor.execute(
            """
            SELECT invoice_id
              FROM collective_statement_invoices
             WHERE tenant_id = %(tenant_id)s AND statement_id = %(statement_id)s
             ORDER BY invoice_id
            """,
            {"tenant_id": scope.tenant_id, "statement_id": statement_id},
        )
        return await cursor.fetchall()
