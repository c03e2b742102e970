"""The statements of payments: one function, one statement, no decisions."""

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from groschen.features.payments.model import Dispute, Payment, PspPayout, Refund
from groschen.kit.db import Scope
from groschen.kit.http import Slice
from groschen.kit.rows import record_row


async def insert_payments(scope: Scope, rows: str) -> None:
    """Write requested payments, due at once."""
    await scope.conn.execute(
        """
        INSERT INTO payments (tenant_id, id, account_id, party_id, open_item_id, source_id, provider,
                              method, currency, amount, state, next_attempt_at, created_at)
        SELECT %(tenant_id)s, r.id, r.account_id, r.party_id, r.open_item_id, r.source_id, r.provider,
               r.method, r.currency, r.amount, 'requested', %(real_now)s, %(now)s
          FROM json_to_recordset(%(rows)s::json) AS r(
               id uuid, account_id uuid, party_id uuid, open_item_id uuid, source_id uuid,
               provider text, method text, currency text, amount numeric)
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
            RETURNING p.id, p.account_id, p.party_id, p.open_item_id, p.source_id, p.provider, p.method,
                   p.currency, p.amount, p.state, p.refunded, p.provider_reference, p.failure_code,
                   p.attempts, p.created_at, p.captured_at
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
            SELECT id, account_id, party_id, open_item_id, source_id, provider, method, currency,
                   amount, state, refunded, provider_reference, failure_code, attempts, created_at,
                   captured_at
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
            SELECT id, account_id, party_id, open_item_id, source_id, provider, method, currency,
                   amount, state, refunded, provider_reference, failure_code, attempts, created_at,
                   captured_at
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


async def store_refunded(scope: Scope, payment_id: UUID, refunded: Decimal) -> None:
    """Write how much of a payment was given back or is on its way back."""
    await scope.conn.execute(
        """
        UPDATE payments
           SET refunded = %(refunded)s
         WHERE tenant_id = %(tenant_id)s AND id = %(payment_id)s
        """,
        {"tenant_id": scope.tenant_id, "payment_id": payment_id, "refunded": refunded},
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
               captured_at = coalesce(r.captured_at, p.captured_at)
          FROM json_to_recordset(%(rows)s::json) AS r(
               id uuid, state text, provider_reference text, failure_code text,
               next_attempt_at timestamptz, captured_at timestamptz)
         WHERE p.tenant_id = %(tenant_id)s AND p.id = r.id
        """,
        {"tenant_id": scope.tenant_id, "rows": rows},
    )


async def insert_movements(scope: Scope, rows: str) -> set[UUID]:
    """Write money movements of payments; answers the payments whose movement is new."""
    cursor = await scope.conn.execute(
        """
        INSERT INTO payment_movements (tenant_id, id, payment_id, kind, amount, fee, source,
                                       effective_on, recorded_at)
        SELECT %(tenant_id)s, r.id, r.payment_id, r.kind, r.amount, r.fee, r.source, %(today)s,
               %(real_now)s
          FROM json_to_recordset(%(rows)s::json) AS r(
               id uuid, payment_id uuid, kind text, amount numeric, fee numeric, source text)
            ON CONFLICT (tenant_id, payment_id, kind, source) DO NOTHING
        RETURNING payment_id
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
            SELECT id, account_id, party_id, open_item_id, source_id, provider, method, currency,
                   amount, state, refunded, provider_reference, failure_code, attempts, created_at,
                   captured_at
              FROM payments
             WHERE tenant_id = %(tenant_id)s AND source_id = %(source_id)s
             ORDER BY id
            """,
            {"tenant_id": scope.tenant_id, "source_id": source_id},
        )
        return await cursor.fetchall()


async def page_of_payments(scope: Scope, asked: Slice) -> list[Payment]:
    """Payments, newest first."""
    async with scope.conn.cursor(row_factory=record_row(Payment)) as cursor:
        await cursor.execute(
            """
            WITH page AS (
                (SELECT id, account_id, party_id, open_item_id, source_id, provider, method,
                        currency, amount, state, refunded, provider_reference, failure_code,
                        attempts, created_at, captured_at
                   FROM payments
                  WHERE tenant_id = %(tenant_id)s AND NOT %(backwards)s AND id < %(below)s
                  ORDER BY id DESC
                  LIMIT %(fetch)s)
                UNION ALL
                (SELECT id, account_id, party_id, open_item_id, source_id, provider, method,
                        currency, amount, state, refunded, provider_reference, failure_code,
                        attempts, created_at, captured_at
                   FROM payments
                  WHERE tenant_id = %(tenant_id)s AND %(backwards)s AND id > %(above)s
                  ORDER BY id
                  LIMIT %(fetch)s)
            )
            SELECT id, account_id, party_id, open_item_id, source_id, provider, method,
                        currency, amount, state, refunded, provider_reference, failure_code,
                        attempts, created_at, captured_at
              FROM page
             ORDER BY id DESC
            """,
            {"tenant_id": scope.tenant_id, **asked.bounds},
        )
        return await cursor.fetchall()


async def insert_refund(scope: Scope, refund: Refund) -> None:
    """Write a requested refund, due at once."""
    await scope.conn.execute(
        """
        INSERT INTO payment_refunds (tenant_id, id, payment_id, source_id, total_id, currency, gross,
                                     fee, fee_tax_key, fee_tax_rate, reason, state, next_attempt_at,
                                     created_at)
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
                   f.failure_code, f.attempts, f.created_at
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
                   fee_tax_rate, reason, state, provider_reference, failure_code, attempts, created_at
              FROM payment_refunds
             WHERE tenant_id = %(tenant_id)s AND id = ANY(%(ids)s)
             ORDER BY id
               FOR UPDATE
            """,
            {"tenant_id": scope.tenant_id, "ids": list(ids)},
        )
        return await cursor.fetchall()


async def store_refund_outcome(scope: Scope, rows: str) -> None:
    """Write what became of refunds: state, reference, failure, the next attempt if any."""
    await scope.conn.execute(
        """
        UPDATE payment_refunds f
           SET state = r.state, provider_reference = r.provider_reference,
               failure_code = r.failure_code, next_attempt_at = r.next_attempt_at
          FROM json_to_recordset(%(rows)s::json) AS r(
               id uuid, state text, provider_reference text, failure_code text,
               next_attempt_at timestamptz)
         WHERE f.tenant_id = %(tenant_id)s AND f.id = r.id
        """,
        {"tenant_id": scope.tenant_id, "rows": rows},
    )


async def make_refund_due(scope: Scope, reference: str) -> bool:
    """Let the refund the provider calls ``reference`` be looked at now; False if there is none."""
    cursor = await scope.conn.execute(
        """
        UPDATE payment_refunds
           SET next_attempt_at = CASE WHEN state = 'requested' THEN %(real_now)s END
         WHERE tenant_id = %(tenant_id)s AND provider_reference = %(reference)s
        """,
        {"tenant_id": scope.tenant_id, "reference": reference, "real_now": scope.real_now},
    )
    return cursor.rowcount > 0


async def refunds_of_source(scope: Scope, source_id: UUID) -> list[Refund]:
    """The refunds of one order, oldest first."""
    async with scope.conn.cursor(row_factory=record_row(Refund)) as cursor:
        await cursor.execute(
            """
            SELECT f.id, f.payment_id, f.source_id, f.total_id, f.currency, f.gross, f.fee,
                   f.fee_tax_key, f.fee_tax_rate, f.reason, f.state, f.provider_reference,
                   f.failure_code, f.attempts, f.created_at
              FROM payment_refunds f
              JOIN payments p ON p.tenant_id = f.tenant_id AND p.id = f.payment_id
             WHERE f.tenant_id = %(tenant_id)s AND p.source_id = %(source_id)s
               AND p.tenant_id = %(tenant_id)s
             ORDER BY f.id
            """,
            {"tenant_id": scope.tenant_id, "source_id": source_id},
        )
        return await cursor.fetchall()


async def insert_dispute(scope: Scope, dispute: Dispute) -> bool:
    """Write an open dispute; answers False when the provider's reference is known already."""
    cursor = await scope.conn.execute(
        """
        INSERT INTO disputes (tenant_id, id, payment_id, provider_reference, currency, amount, fee,
                              state, opened_on)
        VALUES (%(tenant_id)s, %(id)s, %(payment_id)s, %(provider_reference)s, %(currency)s,
                %(amount)s, %(fee)s, %(state)s, %(opened_on)s)
            ON CONFLICT (tenant_id, provider_reference) DO NOTHING
        RETURNING id
        """,
        {
            "tenant_id": scope.tenant_id,
            "id": dispute.id,
            "payment_id": dispute.payment_id,
            "provider_reference": dispute.provider_reference,
            "currency": dispute.currency,
            "amount": dispute.amount,
            "fee": dispute.fee,
            "state": dispute.state,
            "opened_on": dispute.opened_on,
        },
    )
    return await cursor.fetchone() is not None


async def lock_open_dispute(scope: Scope, payment_id: UUID) -> Dispute | None:
    """Read the open dispute about a payment and hold its row lock."""
    async with scope.conn.cursor(row_factory=record_row(Dispute)) as cursor:
        await cursor.execute(
            """
            SELECT id, payment_id, provider_reference, currency, amount, fee, state, opened_on,
                   closed_on
              FROM disputes
             WHERE tenant_id = %(tenant_id)s AND payment_id = %(payment_id)s AND state = 'open'
               FOR UPDATE
            """,
            {"tenant_id": scope.tenant_id, "payment_id": payment_id},
        )
        return await cursor.fetchone()


async def close_dispute(scope: Scope, dispute_id: UUID, state: str) -> None:
    """Write how a dispute ended."""
    await scope.conn.execute(
        """
        UPDATE disputes
           SET state = %(state)s, closed_on = %(today)s
         WHERE tenant_id = %(tenant_id)s AND id = %(dispute_id)s
        """,
        {
            "tenant_id": scope.tenant_id,
            "dispute_id": dispute_id,
            "state": state,
            "today": scope.today,
        },
    )


async def disputes_of_source(scope: Scope, source_id: UUID) -> list[Dispute]:
    """The disputes about the payments of one order, oldest first."""
    async with scope.conn.cursor(row_factory=record_row(Dispute)) as cursor:
        await cursor.execute(
            """
            SELECT d.id, d.payment_id, d.provider_reference, d.currency, d.amount, d.fee, d.state,
                   d.opened_on, d.closed_on
              FROM disputes d
              JOIN payments p ON p.tenant_id = d.tenant_id AND p.id = d.payment_id
             WHERE d.tenant_id = %(tenant_id)s AND p.source_id = %(source_id)s
               AND p.tenant_id = %(tenant_id)s
             ORDER BY d.id
            """,
            {"tenant_id": scope.tenant_id, "source_id": source_id},
        )
        return await cursor.fetchall()


async def note_provider_event(
    scope: Scope, provider: str, event_id: str, kind: str, body_hash: str
) -> str | None:
    """Remember a provider's event; answers the body hash seen before, None when it is new."""
    cursor = await scope.conn.execute(
        """
        WITH noted AS (
            INSERT INTO provider_events (tenant_id, provider, event_id, kind, body_hash, received_at)
            VALUES (%(tenant_id)s, %(provider)s, %(event_id)s, %(kind)s, %(body_hash)s, %(real_now)s)
                ON CONFLICT (tenant_id, provider, event_id) DO NOTHING
            RETURNING body_hash
        )
        SELECT e.body_hash
          FROM provider_events e
         WHERE e.tenant_id = %(tenant_id)s AND e.provider = %(provider)s
           AND e.event_id = %(event_id)s
        """,
        {
            "tenant_id": scope.tenant_id,
            "provider": provider,
            "event_id": event_id,
            "kind": kind,
            "body_hash": body_hash,
            "real_now": scope.real_now,
        },
    )
    row = await cursor.fetchone()
    return row[0] if row else None


async def insert_psp_payout(scope: Scope, payout: PspPayout) -> bool:
    """Write a provider's payout; answers False when its reference is known already."""
    cursor = await scope.conn.execute(
        """
        INSERT INTO psp_payouts (tenant_id, id, provider, reference, currency, gross, fees, net,
                                 paid_on, recorded_at)
        VALUES (%(tenant_id)s, %(id)s, %(provider)s, %(reference)s, %(currency)s, %(gross)s, %(fees)s,
                %(net)s, %(paid_on)s, %(real_now)s)
            ON CONFLICT (tenant_id, provider, reference) DO NOTHING
        RETURNING id
        """,
        {
            "tenant_id": scope.tenant_id,
            "id": payout.id,
            "provider": payout.provider,
            "reference": payout.reference,
            "currency": payout.currency,
            "gross": payout.gross,
            "fees": payout.fees,
            "net": payout.net,
            "paid_on": payout.paid_on,
            "real_now": scope.real_now,
        },
    )
    return await cursor.fetchone() is not None


async def page_of_psp_payouts(scope: Scope, asked: Slice) -> list[PspPayout]:
    """Providers' payouts, newest first."""
    async with scope.conn.cursor(row_factory=record_row(PspPayout)) as cursor:
        await cursor.execute(
            """
            WITH page AS (
                (SELECT id, provider, reference, currency, gross, fees, net, paid_on
                   FROM psp_payouts
                  WHERE tenant_id = %(tenant_id)s AND NOT %(backwards)s AND id < %(below)s
                  ORDER BY id DESC
                  LIMIT %(fetch)s)
                UNION ALL
                (SELECT id, provider, reference, currency, gross, fees, net, paid_on
                   FROM psp_payouts
                  WHERE tenant_id = %(tenant_id)s AND %(backwards)s AND id > %(above)s
                  ORDER BY id
                  LIMIT %(fetch)s)
            )
            SELECT id, provider, reference, currency, gross, fees, net, paid_on
              FROM page
             ORDER BY id DESC
            """,
            {"tenant_id": scope.tenant_id, **asked.bounds},
        )
        return await cursor.fetchall()
