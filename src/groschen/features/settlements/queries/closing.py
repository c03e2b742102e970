"""Closing the books and finding who is due a statement."""

from datetime import date

from psycopg.rows import class_row, scalar_row

from groschen.features.settlements.model import LastStatement
from groschen.kit.db import Scope


async def books_open_from(scope: Scope) -> date | None:
    """The first open day of the tenant's books as it is now; None when nothing was ever closed."""
    async with scope.conn.cursor(row_factory=scalar_row) as cursor:
        await cursor.execute(
            "SELECT books_open_from FROM tenants WHERE tenant_id = %(tenant_id)s",
            {"tenant_id": scope.tenant_id},
        )
        return await cursor.fetchone()


async def open_books_from(scope: Scope, period_to: date) -> None:
    """Close every day before ``period_to``."""
    await scope.conn.execute(
        """
        UPDATE tenants
           SET books_open_from = %(period_to)s
         WHERE tenant_id = %(tenant_id)s
        """,
        {"tenant_id": scope.tenant_id, "period_to": period_to},
    )


async def last_statements(scope: Scope) -> list[LastStatement]:
    """The newest statement of each partner and currency, with rejected payouts to be returned."""
    async with scope.conn.cursor(row_factory=class_row(LastStatement)) as cursor:
        await cursor.execute(
            """
            SELECT DISTINCT ON (s.beneficiary_id, s.currency)
                   s.beneficiary_id, s.currency, s.sequence, s.period_to, s.closing, s.carried_out,
                   s.terms_hashes,
                   coalesce((SELECT sum(p.amount)
                               FROM payouts p
                              WHERE p.tenant_id = %(tenant_id)s AND p.state = 'rejected'
                                AND p.beneficiary_id = s.beneficiary_id
                                AND p.currency = s.currency), 0) AS returned_waiting
              FROM statements s
             WHERE s.tenant_id = %(tenant_id)s
             ORDER BY s.beneficiary_id, s.currency, s.sequence DESC
            """,
            {"tenant_id": scope.tenant_id},
        )
        return await cursor.fetchall()


async def count_made(scope: Scope, period_to: date) -> int:
    """How many statements end on ``period_to``."""
    async with scope.conn.cursor(row_factory=scalar_row) as cursor:
        await cursor.execute(
            """
            SELECT count(*)
              FROM statements
             WHERE tenant_id = %(tenant_id)s AND period_to = %(period_to)s
            """,
            {"tenant_id": scope.tenant_id, "period_to": period_to},
        )
        return await cursor.fetchone() or 0
