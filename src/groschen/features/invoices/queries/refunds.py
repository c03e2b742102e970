"""The statements of refunds of invoices: one function, one statement, no decisions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg.rows import class_row

from groschen.features.invoices.model import RefundLine

if TYPE_CHECKING:
    from uuid import UUID

    from groschen.kit.db import Scope


async def insert_refund_lines(scope: Scope, rows: str) -> None:
    """Write what a refund gives back of lines; ``rows`` is a JSON array of columns."""
    await scope.conn.execute(
        """
        INSERT INTO invoice_refund_lines (tenant_id, refund_id, invoice_id, position, amount)
        SELECT %(tenant_id)s, r.refund_id, r.invoice_id, r.position, r.amount
          FROM json_to_recordset(%(rows)s::json) AS r(
               refund_id uuid, invoice_id uuid, position integer, amount numeric)
        """,
        {"tenant_id": scope.tenant_id, "rows": rows},
    )


async def refund_lines(scope: Scope, invoice_id: UUID) -> list[RefundLine]:
    """What refunds of an invoice give back of its lines, refund by refund."""
    async with scope.conn.cursor(row_factory=class_row(RefundLine)) as cursor:
        await cursor.execute(
            """
            SELECT refund_id, invoice_id, position, amount
              FROM invoice_refund_lines
             WHERE tenant_id = %(tenant_id)s AND invoice_id = %(invoice_id)s
             ORDER BY refund_id, position
            """,
            {"tenant_id": scope.tenant_id, "invoice_id": invoice_id},
        )
        return await cursor.fetchall()
