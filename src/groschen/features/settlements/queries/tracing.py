"""The statement that finds what paid a statement."""

from collections.abc import Collection
from uuid import UUID

from groschen.features.settlements.model import PaidStatement, Transfer
from groschen.kit.db import Scope
from groschen.kit.rows import record_row


async def paid_statements(scope: Scope, ids: Collection[UUID]) -> list[PaidStatement]:
    """Statements with their latest transfer, by number."""
    async with scope.conn.cursor(row_factory=record_row(PaidStatement)) as cursor:
        await cursor.execute(
            """
            SELECT s.id, s.number, s.beneficiary_id, s.currency, s.payout, p.run_id,
                   p.end_to_end_id,
                   p.state AS payout_state, p.booked_on
              FROM statements s
              LEFT JOIN payouts p ON p.tenant_id = s.tenant_id AND p.statement_id = s.id
             WHERE s.tenant_id = %(tenant_id)s AND s.id = ANY(%(ids)s)
             ORDER BY s.number
            """,
            {"tenant_id": scope.tenant_id, "ids": list(ids)},
        )
        return await cursor.fetchall()


async def transfer_of(scope: Scope, statement_id: UUID) -> Transfer | None:
    """The transfer of a statement with the figures of its run."""
    async with scope.conn.cursor(row_factory=record_row(Transfer)) as cursor:
        await cursor.execute(
            """
            SELECT p.run_id, r.state AS run_state, r.execute_on, r.created_at AS run_created_at,
                   r.sent_at, p.payout_account_id, p.end_to_end_id, p.amount, p.currency, p.state,
                   p.reason, p.booked_on
              FROM payouts p
              JOIN payout_runs r ON r.tenant_id = p.tenant_id AND r.id = p.run_id
             WHERE p.tenant_id = %(tenant_id)s AND p.statement_id = %(statement_id)s
            """,
            {"tenant_id": scope.tenant_id, "statement_id": statement_id},
        )
        return await cursor.fetchone()
