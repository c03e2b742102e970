"""The statements of payments and their movements: one function, one statement, no decisions."""

from collections.abc import Sequence
from uuid import UUID

from groschen.features.payments.model import Payment
from groschen.kit.db import Scope
from groschen.kit.http import Slice
from groschen.kit.rows import record_row


async def insert_payments(scope: Scope, rows: str) -> None:
    """Write requested payments, due at once."""
    await scope.conn.execute(
        """
        INSERT INTO payments (tenant_id, id, account_id, party_id, purpose, open_item_id,
                              source_id, provider, method, currency, amount, state, next_attempt_at,
                              created_at)
        SELECT %(tenant_id)s, r.id, r.account_id, r.party_id, r.purpose, r.open_item_id,
               r.source_id, r.provider, r.method, r.currency, r.amount, 'requested',
               %(real_now)s, %(now)s
          FROM json_to_recordset(%(rows)s::json) AS r(
               id uuid, account_id uuid, party_id uuid, purpose text, open_item_id uuid,
               source_id uuid, provider text, method text, currency text, amount numeric)
        """,
        {
            "tenant_id": scope.tenant_id,
            "rows": rows,
            "real_now": scope.real_now,
            "now": scope.now,
        },
    )


async def claim_payments(
    scope: Scope, provider: str, limit: int, lease_seconds: int
) -> list[Payment]:
    """Take due payments of one provider; the claim lapses after ``lease_seconds``."""
    async with scope.conn.cursor(row_factory=record_row(Payment)) as cursor:
        await cursor.execute(
            """
            UPDATE payments p
               SET attempts = p.attempts + 1,
                   next_attempt_at = %(real_now)s + make_interval(secs => %(lease_seconds)s)
             WHERE p.tenant_id = %(tenant_id)s
               AND p.id IN (SELECT id
                              FROM payments
                             WHERE tenant_id = %(tenant_id)s AND next_attempt_at <= %(real_now)s
                               AND provider = %(provider)s
                             ORDER BY next_attempt_at
                             LIMIT %(limit)s
                               FOR UPDATE SKIP LOCKED)
            RETURNING p.id, p.account_id, p.party_id, p.purpose, p.open_item_id, p.source_id,
                   p.provider, p.method, p.currency, p.amount, p.on_bank, p.state, p.refunded,
                   p.provider_reference, p.failure_code, p.attempts, p.created_at, p.captured_at,
                   p.failed_at
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


async def lock_payments(scope: Scope, ids: Sequence[UUID]) -> list[Payment]:
    """Read payments in id order and hold their row locks until the transaction ends."""
    async with scope.conn.cursor(row_factory=record_row(Payment)) as cursor:
        await cursor.execute(
            """
            SELECT id, account_id, party_id, purpose, open_item_id, source_id, provider, method,
                   currency, amount, on_bank, state, refunded, provider_reference, failure_code,
                   attempts, created_at, captured_at, failed_at
              FROM payments
             WHERE tenant_id = %(tenant_id)s AND id = ANY(%(ids)s)
             ORDER BY id
               FOR UPDATE
            """,
            {"tenant_id": scope.tenant_id, "ids": list(ids)},
        )
        return await cursor.fetchall()


async def payments(scope: Scope, ids: Sequence[UUID]) -> list[Payment]:
    """Read payments by id, in id order."""
    async with scope.conn.cursor(row_factory=record_row(Payment)) as cursor:
        await cursor.execute(
            """
            SELECT id, account_id, party_id, purpose, open_item_id, source_id, provider, method,
                   currency, amount, on_bank, state, refunded, provider_reference, failure_code,
                   attempts, created_at, captured_at, failed_at
              FROM payments
             WHERE tenant_id = %(tenant_id)s AND id = ANY(%(ids)s)
             ORDER BY id
            """,
            {"tenant_id": scope.tenant_id, "ids": list(ids)},
        )
        return await cursor.fetchall()


async def payment_id_by_reference(scope: Scope, provider: str, reference: str) -> UUID | None:
    """Find the payment the provider knows under ``reference``."""
    cursor = await scope.conn.execute(
        """
        SELECT id
          FROM payments
         WHERE tenant_id = %(tenant_id)s AND provider_reference = %(reference)s
           AND provider = %(provider)s
        """,
        {"tenant_id": scope.tenant_id, "provider": provider, "reference": reference},
    )
    row = await cursor.fetchone()
    return row[0] if row else None


async def store_refunded(scope: Scope, rows: str) -> None:
    """Write how much of payments was given back or is on its way back."""
    await scope.conn.execute(
        """
        UPDATE payments p
           SET refunded = r.refunded
          FROM json_to_recordset(%(rows)s::json) AS r(id uuid, refunded numeric)
         WHERE p.tenant_id = %(tenant_id)s AND p.id = r.id
        """,
        {"tenant_id": scope.tenant_id, "rows": rows},
    )


async def store_state(scope: Scope, payment_id: UUID, state: str) -> None:
    """Write the state of one payment."""
    await scope.conn.execute(
        """
        UPDATE payments
           SET state = %(state)s
         WHERE tenant_id = %(tenant_id)s AND id = %(payment_id)s
        """,
        {"tenant_id": scope.tenant_id, "payment_id": payment_id, "state": state},
    )


async def store_outcomes(scope: Scope, rows: str) -> None:
    """Write what became of payments: state, reference, failure, the next attempt if any."""
    await scope.conn.execute(
        """
        UPDATE payments p
           SET state = r.state,
               provider_reference = coalesce(r.provider_reference, p.provider_reference),
               failure_code = r.failure_code,
               next_attempt_at = r.next_attempt_at,
               captured_at = r.captured_at,
               failed_at = r.failed_at,
               on_bank = r.on_bank
          FROM json_to_recordset(%(rows)s::json) AS r(
               id uuid, state text, provider_reference text, failure_code text,
               next_attempt_at timestamptz, captured_at timestamptz, failed_at timestamptz,
               on_bank boolean)
         WHERE p.tenant_id = %(tenant_id)s AND p.id = r.id
        """,
        {"tenant_id": scope.tenant_id, "rows": rows},
    )


async def insert_movements(scope: Scope, rows: str) -> set[UUID]:
    """Write money movements of payments; answers the ids of those that are new."""
    cursor = await scope.conn.execute(
        """
        INSERT INTO payment_movements (tenant_id, id, payment_id, kind, amount, fee, source,
                                       effective_on, recorded_at)
        SELECT %(tenant_id)s, r.id, r.payment_id, r.kind, r.amount, r.fee, r.source, %(today)s,
               %(real_now)s
          FROM json_to_recordset(%(rows)s::json) AS r(
               id uuid, payment_id uuid, kind text, amount numeric, fee numeric, source text)
            ON CONFLICT (tenant_id, payment_id, kind, source) DO NOTHING
        RETURNING id
        """,
        {
            "tenant_id": scope.tenant_id,
            "rows": rows,
            "today": scope.today,
            "real_now": scope.real_now,
        },
    )
    return {row[0] for row in await cursor.fetchall()}


async def payments_of_source(scope: Scope, source_id: UUID) -> list[Payment]:
    """The payments of one order, oldest first."""
    async with scope.conn.cursor(row_factory=record_row(Payment)) as cursor:
        await cursor.execute(
            """
            SELECT id, account_id, party_id, purpose, open_item_id, source_id, provider, method,
                   currency, amount, on_bank, state, refunded, provider_reference, failure_code,
                   attempts, created_at, captured_at, failed_at
              FROM payments
             WHERE tenant_id = %(tenant_id)s AND source_id = %(source_id)s
             ORDER BY id
            """,
            {"tenant_id": scope.tenant_id, "source_id": source_id},
        )
        return await cursor.fetchall()


async def page_of_payments(
    scope: Scope, account_id: UUID | None, party_id: UUID | None, asked: Slice
) -> list[Payment]:
    """Payments of one account or party, or all, newest first."""
    async with scope.conn.cursor(row_factory=record_row(Payment)) as cursor:
        await cursor.execute(
            """
            WITH page AS (
                (SELECT id, account_id, party_id, purpose, open_item_id, source_id, provider,
                        method, currency, amount, on_bank, state, refunded, provider_reference,
                        failure_code, attempts, created_at, captured_at, failed_at
                   FROM payments
                  WHERE tenant_id = %(tenant_id)s AND NOT %(backwards)s AND id < %(below)s
                    AND (%(account_id)s::uuid IS NULL OR account_id = %(account_id)s)
                    AND (%(party_id)s::uuid IS NULL OR party_id = %(party_id)s)
                  ORDER BY id DESC
                  LIMIT %(fetch)s)
                UNION ALL
                (SELECT id, account_id, party_id, purpose, open_item_id, source_id, provider,
                        method, currency, amount, on_bank, state, refunded, provider_reference,
                        failure_code, attempts, created_at, captured_at, failed_at
                   FROM payments
                  WHERE tenant_id = %(tenant_id)s AND %(backwards)s AND id > %(above)s
                    AND (%(account_id)s::uuid IS NULL OR account_id = %(account_id)s)
                    AND (%(party_id)s::uuid IS NULL OR party_id = %(party_id)s)
                  ORDER BY id
                  LIMIT %(fetch)s)
            )
            SELECT id, account_id, party_id, purpose, open_item_id, source_id, provider, method,
                   currency, amount, on_bank, state, refunded, provider_reference, failure_code,
                   attempts, created_at, captured_at, failed_at
              FROM page
             ORDER BY id DESC
            """,
            {
                "tenant_id": scope.tenant_id,
                "account_id": account_id,
                "party_id": party_id,
                **asked.bounds,
            },
        )
        return await cursor.fetchall()


async def mark_late(scope: Scope, rows: str) -> None:
    """Write that failed payments were captured after all, and where the money is."""
    await scope.conn.execute(
        """
        UPDATE payments p
           SET state = 'late', captured_at = %(now)s, on_bank = r.on_bank
          FROM json_to_recordset(%(rows)s::json) AS r(id uuid, on_bank boolean)
         WHERE p.tenant_id = %(tenant_id)s AND p.id = r.id
        """,
        {"tenant_id": scope.tenant_id, "rows": rows, "now": scope.now},
    )


async def late_payments_kept(scope: Scope) -> list[Payment]:
    """Late payments of which nothing is on its way back, oldest first, at most a hundred."""
    async with scope.conn.cursor(row_factory=record_row(Payment)) as cursor:
        await cursor.execute(
            """
            SELECT id, account_id, party_id, purpose, open_item_id, source_id, provider, method,
                   currency, amount, on_bank, state, refunded, provider_reference, failure_code,
                   attempts, created_at, captured_at, failed_at
              FROM payments
             WHERE tenant_id = %(tenant_id)s AND state = 'late' AND refunded = 0
             ORDER BY id
             LIMIT 100
            """,
            {"tenant_id": scope.tenant_id},
        )
        return await cursor.fetchall()
