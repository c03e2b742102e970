"""Reading and writing documents, which never change."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

from psycopg.rows import scalar_row

from groschen.features.invoices.model import Invoice, InvoiceFilter, InvoiceLine, InvoiceTax
from groschen.kit.rows import record_row

if TYPE_CHECKING:
    from collections.abc import Collection

    from groschen.kit.db import Scope
    from groschen.kit.http import Slice


async def insert_invoice(scope: Scope, row: str, content: bytes) -> None:
    """Write a document; ``row`` is a JSON array with its columns, ``content`` is sealed."""
    await scope.conn.execute(
        """
        INSERT INTO invoices (tenant_id, id, number, type, account_id, party_id, run_id,
                              corrects_id, currency, basis, period_from, period_to, issued_on,
                              due_on, net, tax, gross, content_hash, content, issued_at)
        SELECT %(tenant_id)s, r.id, r.number, r.type, r.account_id, r.party_id, r.run_id,
               r.corrects_id, r.currency, r.basis, r.period_from, r.period_to, r.issued_on,
               r.due_on, r.net, r.tax, r.gross, r.content_hash, %(content)b, r.issued_at
          FROM json_to_recordset(%(row)s::json) AS r(
               id uuid, number text, type text, account_id uuid, party_id uuid, run_id uuid,
               corrects_id uuid, currency text, basis text, period_from date, period_to date,
               issued_on date, due_on date, net numeric, tax numeric, gross numeric,
               content_hash text, issued_at timestamptz)
        """,
        {"tenant_id": scope.tenant_id, "row": row, "content": content},
    )


async def insert_lines(scope: Scope, rows: str) -> None:
    """Write the lines of a document; ``rows`` is a JSON array of their columns."""
    await scope.conn.execute(
        """
        INSERT INTO invoice_lines (tenant_id, invoice_id, position, billable_id, reverses, effect,
                                   label, quantity, unit, amount, net, unbilled, tax_key,
                                   tax_category, rate, service_from, service_to, proof)
        SELECT %(tenant_id)s, r.invoice_id, r.position, r.billable_id, r.reverses, r.effect,
               r.label, r.quantity, r.unit, r.amount, r.net, r.unbilled, r.tax_key,
               r.tax_category, r.rate, r.service_from, r.service_to, r.proof
          FROM json_to_recordset(%(rows)s::json) AS r(
               invoice_id uuid, position integer, billable_id uuid, reverses integer, effect text,
               label text, quantity numeric, unit text, amount numeric, net numeric,
               unbilled numeric, tax_key text, tax_category text, rate numeric, service_from date,
               service_to date, proof jsonb)
        """,
        {"tenant_id": scope.tenant_id, "rows": rows},
    )


async def insert_taxes(scope: Scope, rows: str) -> None:
    """Write the VAT groups of a document; ``rows`` is a JSON array of their columns."""
    await scope.conn.execute(
        """
        INSERT INTO invoice_taxes (tenant_id, invoice_id, tax_category, rate, tax_key, net, tax)
        SELECT %(tenant_id)s, r.invoice_id, r.tax_category, r.rate, r.tax_key, r.net, r.tax
          FROM json_to_recordset(%(rows)s::json) AS r(
               invoice_id uuid, tax_category text, rate numeric, tax_key text, net numeric,
               tax numeric)
        """,
        {"tenant_id": scope.tenant_id, "rows": rows},
    )


async def invoices(scope: Scope, ids: Collection[UUID]) -> list[Invoice]:
    """Read documents by id, in id order."""
    async with scope.conn.cursor(row_factory=record_row(Invoice)) as cursor:
        await cursor.execute(
            """
            SELECT id, number, type, account_id, party_id, run_id, corrects_id, currency, basis,
                   period_from, period_to, issued_on, due_on, net, tax, gross, content_hash,
                   issued_at
              FROM invoices
             WHERE tenant_id = %(tenant_id)s AND id = ANY(%(ids)s)
             ORDER BY id
            """,
            {"tenant_id": scope.tenant_id, "ids": list(ids)},
        )
        return await cursor.fetchall()


async def invoice_of_number(scope: Scope, number: str) -> Invoice | None:
    """Read the document of a number."""
    async with scope.conn.cursor(row_factory=record_row(Invoice)) as cursor:
        await cursor.execute(
            """
            SELECT id, number, type, account_id, party_id, run_id, corrects_id, currency, basis,
                   period_from, period_to, issued_on, due_on, net, tax, gross, content_hash,
                   issued_at
              FROM invoices
             WHERE tenant_id = %(tenant_id)s AND number = %(number)s
            """,
            {"tenant_id": scope.tenant_id, "number": number},
        )
        return await cursor.fetchone()


async def page_of_invoices(
    scope: Scope, wanted: InvoiceFilter, party_id: UUID | None, asked: Slice
) -> list[Invoice]:
    """Documents of one account, run or party, or all; newest first."""
    async with scope.conn.cursor(row_factory=record_row(Invoice)) as cursor:
        await cursor.execute(
            """
            WITH page AS (
                (SELECT id
                   FROM invoices
                  WHERE tenant_id = %(tenant_id)s AND NOT %(backwards)s AND id < %(below)s
                    AND (%(account_id)s::uuid IS NULL OR account_id = %(account_id)s)
                    AND (%(run_id)s::uuid IS NULL OR run_id = %(run_id)s)
                    AND (%(party_id)s::uuid IS NULL OR party_id = %(party_id)s)
                  ORDER BY id DESC
                  LIMIT %(fetch)s)
                UNION ALL
                (SELECT id
                   FROM invoices
                  WHERE tenant_id = %(tenant_id)s AND %(backwards)s AND id > %(above)s
                    AND (%(account_id)s::uuid IS NULL OR account_id = %(account_id)s)
                    AND (%(run_id)s::uuid IS NULL OR run_id = %(run_id)s)
                    AND (%(party_id)s::uuid IS NULL OR party_id = %(party_id)s)
                  ORDER BY id
                  LIMIT %(fetch)s)
            )
            SELECT id, number, type, account_id, party_id, run_id, corrects_id, currency, basis,
                   period_from, period_to, issued_on, due_on, net, tax, gross, content_hash,
                   issued_at
              FROM invoices
             WHERE tenant_id = %(tenant_id)s AND id IN (SELECT id FROM page)
             ORDER BY id DESC
            """,
            {
                "tenant_id": scope.tenant_id,
                "account_id": wanted.account_id,
                "run_id": wanted.run_id,
                "party_id": party_id,
                **asked.bounds,
            },
        )
        return await cursor.fetchall()


async def content(scope: Scope, invoice_id: UUID) -> bytes | None:
    """The sealed content of a document."""
    async with scope.conn.cursor(row_factory=scalar_row, binary=True) as cursor:
        await cursor.execute(
            """
            SELECT content
              FROM invoices
             WHERE tenant_id = %(tenant_id)s AND id = %(invoice_id)s
            """,
            {"tenant_id": scope.tenant_id, "invoice_id": invoice_id},
        )
        return await cursor.fetchone()


async def lines(scope: Scope, invoice_id: UUID) -> list[InvoiceLine]:
    """The lines of a document, in order."""
    async with scope.conn.cursor(row_factory=record_row(InvoiceLine)) as cursor:
        await cursor.execute(
            """
            SELECT invoice_id, position, billable_id, reverses, effect, label, quantity, unit,
                   amount, net, unbilled, tax_key, tax_category, rate, service_from, service_to,
                   proof
              FROM invoice_lines
             WHERE tenant_id = %(tenant_id)s AND invoice_id = %(invoice_id)s
             ORDER BY position
            """,
            {"tenant_id": scope.tenant_id, "invoice_id": invoice_id},
        )
        return await cursor.fetchall()


async def taxes(scope: Scope, invoice_id: UUID) -> list[InvoiceTax]:
    """The VAT groups of a document, in order."""
    async with scope.conn.cursor(row_factory=record_row(InvoiceTax)) as cursor:
        await cursor.execute(
            """
            SELECT tax_category, rate, tax_key, net, tax
              FROM invoice_taxes
             WHERE tenant_id = %(tenant_id)s AND invoice_id = %(invoice_id)s
             ORDER BY tax_category, rate, tax_key
            """,
            {"tenant_id": scope.tenant_id, "invoice_id": invoice_id},
        )
        return await cursor.fetchall()


async def corrections(scope: Scope, invoice_id: UUID) -> list[Invoice]:
    """The credit notes that correct a document, oldest first."""
    async with scope.conn.cursor(row_factory=record_row(Invoice)) as cursor:
        await cursor.execute(
            """
            SELECT id, number, type, account_id, party_id, run_id, corrects_id, currency, basis,
                   period_from, period_to, issued_on, due_on, net, tax, gross, content_hash,
                   issued_at
              FROM invoices
             WHERE tenant_id = %(tenant_id)s AND corrects_id = %(invoice_id)s
             ORDER BY id
            """,
            {"tenant_id": scope.tenant_id, "invoice_id": invoice_id},
        )
        return await cursor.fetchall()


async def given_back(scope: Scope, invoice_id: UUID) -> dict[int, Decimal]:
    """What credit notes gave back of each line of a document, by its position."""
    cursor = await scope.conn.execute(
        """
        SELECT l.reverses, sum(l.amount)
          FROM invoices i
          JOIN invoice_lines l ON l.tenant_id = %(tenant_id)s AND l.invoice_id = i.id
         WHERE i.tenant_id = %(tenant_id)s AND i.corrects_id = %(invoice_id)s
           AND l.reverses IS NOT NULL
         GROUP BY l.reverses
        """,
        {"tenant_id": scope.tenant_id, "invoice_id": invoice_id},
    )
    return {int(position): amount for position, amount in await cursor.fetchall()}
