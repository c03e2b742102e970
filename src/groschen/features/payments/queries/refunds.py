"""The statements of refunds: one function, one statement, no decisions."""

from collections.abc import Sequence
from uuid import UUID

from groschen.features.payments.model import Refund
from groschen.kit.db import Scope
from groschen.kit.rows import record_row


async def insert_refund(scope: Scope, refund: Refund) -> None:
    """Write a requested refund, due at once."""
    await scope.conn.execute(
        """
        INSERT INTO payment_refunds (tenant_id, id, payment_id, source_id, total_id, currency,
                                     gross, fee, fee_tax_key, fee_tax_rate, reason, state,
                                     next_attempt_at, created_at)
        VALUES (%(tenant_id)s, %(id)s, %(payment_id)s, %(source_id)s, %(total_id)s, %(currency)s,
                %(gross)s, %(fee)s, %(fee_tax_key)s, %(fee_tax_rate)s, %(reason)s, %(state)s,
                %(real_now)s, %(created_at)s)
        """,
        {
            "tenant_id": scope.tenant_id,
            "id": refund.id,
            "payment_id": refund.payment_id,
            "source_id": refund.source_id,
            "total_id": refund.total_id,
            "currency": refund.currency,
            "gross": refund.gross,
            "fee": refund.fee,
            "fee_tax_key": refund.fee_tax_key,
            "fee_tax_rate": refund.fee_tax_rate,
            "reason": refund.reason,
            "state": refund.state,
            "real_now": scope.real_now,
            "created_at": refund.created_at,
        },
    )


async def claim_refunds(
    scope: Scope, provider: str, limit: int, lease_seconds: int
) -> list[Refund]:
    """Take due refunds of one provider; the claim lapses after ``lease_seconds``."""
    async with scope.conn.cursor(row_factory=record_row(Refund)) as cursor:
        await cursor.execute(
            """
            UPDATE payment_refunds f
               SET attempts = f.attempts + 1,
                   next_attempt_at = %(real_now)s + make_interval(secs => %(lease_seconds)s)
             WHERE f.tenant_id = %(tenant_id)s
               AND f.id IN (SELECT d.id
                              FROM payment_refunds d
                              JOIN payments p ON p.tenant_id = d.tenant_id AND p.id = d.payment_id
                             WHERE d.tenant_id = %(tenant_id)s AND d.next_attempt_at <= %(real_now)s
                               AND p.provider = %(provider)s
                             ORDER BY d.next_attempt_at
                             LIMIT %(limit)s
                               FOR UPDATE OF d SKIP LOCKED)
            RETURNING f.id, f.payment_id, f.source_id, f.total_id, f.currency, f.gross, f.fee,
                   f.fee_tax_key, f.fee_tax_rate, f.reason, f.state, f.provider_reference,
                   f.failure_code, f.attempts, f.created_at, f.ended_at
            """,
            {
                "tenant_id": scope.tenant_id,
                "provider": provider,
                "limit": limit,
                "lease_seconds": lease_seconds,
                "real_now": scope.real_now,
            },
        )
        return await cursor.fetchall()


async def lock_refunds(scope: Scope, ids: Sequence[UUID]) -> list[Refund]:
    """Read refunds in id order and hold their row locks until the transaction ends."""
    async with scope.conn.cursor(row_factory=record_row(Refund)) as cursor:
        await cursor.execute(
            """
            SELECT id, payment_id, source_id, total_id, currency, gross, fee, fee_tax_key,
                   fee_tax_rate, reason, state, provider_reference, failure_code, attempts,
                   created_at, ended_at
              FROM payment_refunds
             WHERE tenant_id = %(tenant_id)s AND id = ANY(%(ids)s)
             ORDER BY id
               FOR UPDATE
            """,
            {"tenant_id": scope.tenant_id, "ids": list(ids)},
        )
        return await cursor.fetchall()


async def store_refund_outcomes(scope: Scope, rows: str) -> None:
    """Write what became of refunds: state, reference, failure, the next attempt if any."""
    await scope.conn.execute(
        """
        UPDATE payment_refunds f
           SET state = r.state,
               provider_reference = coalesce(r.provider_reference, f.provider_reference),
               failure_code = r.failure_code,
               next_attempt_at = r.next_attempt_at,
               ended_at = r.ended_at
          FROM json_to_recordset(%(rows)s::json) AS r(
               id uuid, state text, provider_reference text, failure_code text,
               next_attempt_at timestamptz, ended_at timestamptz)
         WHERE f.tenant_id = %(tenant_id)s AND f.id = r.id
        """,
        {"tenant_id": scope.tenant_id, "rows": rows},
    )


async def make_refund_due(scope: Scope, provider: str, reference: str) -> bool:
    """Let the refund a provider calls ``reference`` be looked at now; False if there is none."""
    cursor = await scope.conn.execute(
        """
        UPDATE payment_refunds f
           SET next_attempt_at = CASE WHEN f.state = 'requested' THEN %(real_now)s END
          FROM payments p
         WHERE f.tenant_id = %(tenant_id)s AND f.provider_reference = %(reference)s
           AND p.tenant_id = f.tenant_id AND p.id = f.payment_id AND p.provider = %(provider)s
        """,
        {
            "tenant_id": scope.tenant_id,
            "provider": provider,
            "reference": reference,
            "real_now": scope.real_now,
        },
    )
    return cursor.rowcount > 0


async def refunds_of_source(scope: Scope, source_id: UUID) -> list[Refund]:
    """The refunds of one order, oldest first."""
    async with scope.conn.cursor(row_factory=record_row(Refund)) as cursor:
        await cursor.execute(
            """
            SELECT id, payment_id, source_id, total_id, currency, gross, fee, fee_tax_key,
                   fee_tax_rate, reason, state, provider_reference, failure_code, attempts,
                   created_at, ended_at
              FROM payment_refunds
             WHERE tenant_id = %(tenant_id)s AND source_id = %(source_id)s
             ORDER BY id
            """,
            {"tenant_id": scope.tenant_id, "source_id": source_id},
        )
        return await cursor.fetchall()
