"""What happens at the simulated provider without a call: steps due, payouts, terms, callbacks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg.rows import class_row, scalar_row

from groschen.adapters.payments.sandbox.records import (
    Charge,
    Movement,
    PaidMovement,
    PaidOut,
    SandboxTerms,
    StoredCallback,
)
from groschen.kit.rows import json_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from groschen.kit.db import Scope


async def take_due_charges(scope: Scope) -> list[Charge]:
    """End the pending charges that are due, clear the step, and return them as they are now.

    ``due_step`` of the answer is the step that was taken.
    """
    async with scope.conn.cursor(row_factory=class_row(Charge)) as cursor:
        await cursor.execute(
            """
            UPDATE sandbox_charges
               SET state = CASE due_step WHEN 'fail' THEN 'failed' ELSE 'captured' END,
                   captured = CASE due_step WHEN 'fail' THEN 0 ELSE amount END,
                   failure_code = CASE due_step WHEN 'fail' THEN 'card_declined' END,
                   due_step = NULL, due_at = NULL
             WHERE tenant_id = %(tenant_id)s AND due_at <= %(now)s
            RETURNING idempotency_key, reference, kind, method, currency, amount, captured,
                      capture_key, state, failure_code, fee, old.due_step, occurred_at
            """,
            {"tenant_id": scope.tenant_id, "now": scope.now},
        )
        return await cursor.fetchall()


async def capture_refused(scope: Scope, reference: str) -> Charge | None:
    """Take the money of a refused charge after all; None if it was not refused."""
    async with scope.conn.cursor(row_factory=class_row(Charge)) as cursor:
        await cursor.execute(
            """
            UPDATE sandbox_charges
               SET state = 'captured', captured = amount, failure_code = NULL
             WHERE tenant_id = %(tenant_id)s AND reference = %(reference)s AND state = 'failed'
            RETURNING idempotency_key, reference, kind, method, currency, amount, captured,
                      capture_key, state, failure_code, fee, due_step, occurred_at
            """,
            {"tenant_id": scope.tenant_id, "reference": reference},
        )
        return await cursor.fetchone()


async def take_due_refunds(scope: Scope) -> list[Movement]:
    """End the pending refunds that are due and return them."""
    async with scope.conn.cursor(row_factory=class_row(Movement)) as cursor:
        await cursor.execute(
            """
            UPDATE sandbox_movements
               SET state = 'done', due_at = NULL
             WHERE tenant_id = %(tenant_id)s AND due_at <= %(now)s
            RETURNING idempotency_key, reference, charge_reference, kind, currency, amount, fee,
                      state, failure_code, due_at, occurred_at
            """,
            {"tenant_id": scope.tenant_id, "now": scope.now},
        )
        return await cursor.fetchall()


async def unpaid_currencies(scope: Scope) -> list[str]:
    """Return the currencies in which the merchant has a balance to be paid out."""
    async with scope.conn.cursor(row_factory=scalar_row) as cursor:
        await cursor.execute(
            """
            SELECT currency FROM sandbox_charges
             WHERE tenant_id = %(tenant_id)s AND state = 'captured' AND payout IS NULL
             UNION
            SELECT currency FROM sandbox_movements
             WHERE tenant_id = %(tenant_id)s AND payout IS NULL
               AND state NOT IN ('pending', 'failed')
             ORDER BY currency
            """,
            {"tenant_id": scope.tenant_id},
        )
        return await cursor.fetchall()


async def pay_out(scope: Scope, reference: str, currency: str) -> PaidOut:
    """Put everything unpaid of a currency into one payout."""
    async with scope.conn.cursor(row_factory=class_row(PaidOut)) as cursor:
        await cursor.execute(
            """
            WITH charges AS (
                UPDATE sandbox_charges SET payout = %(reference)s
                 WHERE tenant_id = %(tenant_id)s AND state = 'captured' AND payout IS NULL
                   AND currency = %(currency)s
                RETURNING captured AS amount, fee
            ), movements AS (
                UPDATE sandbox_movements SET payout = %(reference)s
                 WHERE tenant_id = %(tenant_id)s AND payout IS NULL
                   AND state NOT IN ('pending', 'failed') AND currency = %(currency)s
                RETURNING amount, fee
            ), sums AS (
                SELECT COALESCE(sum(amount), 0) AS gross, COALESCE(sum(fee), 0) AS fees
                  FROM (SELECT * FROM charges UNION ALL SELECT * FROM movements) AS lines
            )
            INSERT INTO sandbox_payouts
                   (tenant_id, reference, currency, gross, fees, net, paid_on, reported_at)
            SELECT %(tenant_id)s, %(reference)s, %(currency)s, gross, fees, gross - fees,
                   %(paid_on)s, %(reported_at)s
              FROM sums
            RETURNING reference, currency, gross, fees, net, paid_on
            """,
            {
                "tenant_id": scope.tenant_id,
                "reference": reference,
                "currency": currency,
                "paid_on": scope.today,
                "reported_at": scope.now,
            },
        )
        return (await cursor.fetchall())[0]


async def payouts_since(scope: Scope, since: datetime) -> list[PaidOut]:
    """Read the payouts reported at ``since`` or later, oldest first."""
    async with scope.conn.cursor(row_factory=class_row(PaidOut)) as cursor:
        await cursor.execute(
            """
            SELECT reference, currency, gross, fees, net, paid_on
              FROM sandbox_payouts
             WHERE tenant_id = %(tenant_id)s AND reported_at >= %(since)s
             ORDER BY reported_at, reference
            """,
            {"tenant_id": scope.tenant_id, "since": since},
        )
        return await cursor.fetchall()


async def payout_movements(scope: Scope, payouts: Sequence[str]) -> list[PaidMovement]:
    """Read the lines of payouts, charges first, then by time."""
    async with scope.conn.cursor(row_factory=class_row(PaidMovement)) as cursor:
        await cursor.execute(
            """
            SELECT payout, kind, reference, currency, amount, fee
              FROM (SELECT payout, 'capture' AS kind, reference, currency, captured AS amount, fee,
                           1 AS rank, occurred_at
                      FROM sandbox_charges
                     WHERE tenant_id = %(tenant_id)s AND payout = ANY(%(payouts)s)
                     UNION ALL
                    SELECT payout, kind,
                           CASE kind WHEN 'refund' THEN reference ELSE charge_reference END,
                           currency, amount, fee, 2, occurred_at
                      FROM sandbox_movements
                     WHERE tenant_id = %(tenant_id)s AND payout = ANY(%(payouts)s)) AS lines
             ORDER BY payout, rank, occurred_at, reference
            """,
            {"tenant_id": scope.tenant_id, "payouts": list(payouts)},
        )
        return await cursor.fetchall()


async def read_terms(scope: Scope) -> SandboxTerms | None:
    """Read what was agreed with this merchant."""
    async with scope.conn.cursor(row_factory=class_row(SandboxTerms)) as cursor:
        await cursor.execute(
            """
            SELECT charge_fee, dispute_fee, return_fee
              FROM sandbox_terms
             WHERE tenant_id = %(tenant_id)s
            """,
            {"tenant_id": scope.tenant_id},
        )
        return await cursor.fetchone()


async def store_terms(scope: Scope, terms: SandboxTerms) -> None:
    """Agree fees with this merchant; they hold for charges from now on."""
    await scope.conn.execute(
        """
        INSERT INTO sandbox_terms (tenant_id, charge_fee, dispute_fee, return_fee)
        VALUES (%(tenant_id)s, %(charge_fee)s, %(dispute_fee)s, %(return_fee)s)
            ON CONFLICT (tenant_id) DO UPDATE
           SET charge_fee = EXCLUDED.charge_fee, dispute_fee = EXCLUDED.dispute_fee,
               return_fee = EXCLUDED.return_fee
        """,
        {
            "tenant_id": scope.tenant_id,
            "charge_fee": terms.charge_fee,
            "dispute_fee": terms.dispute_fee,
            "return_fee": terms.return_fee,
        },
    )


async def store_callbacks(scope: Scope, callbacks: Iterable[StoredCallback]) -> None:
    """Put calls to the merchant in the queue, in the transaction that caused them."""
    await scope.conn.execute(
        """
        INSERT INTO sandbox_callbacks (tenant_id, id, body, occurred_at)
        SELECT %(tenant_id)s, r.id, r.body, %(at)s
          FROM json_to_recordset(%(rows)s::json) AS r(id text, body text)
        """,
        {"tenant_id": scope.tenant_id, "at": scope.now, "rows": json_rows(callbacks)},
    )


async def open_callbacks(scope: Scope, limit: int) -> list[StoredCallback]:
    """Read the calls that the merchant has not taken yet, oldest first."""
    async with scope.conn.cursor(row_factory=class_row(StoredCallback)) as cursor:
        await cursor.execute(
            """
            SELECT id, body
              FROM sandbox_callbacks
             WHERE tenant_id = %(tenant_id)s AND delivered_at IS NULL
             ORDER BY occurred_at, id
             LIMIT %(limit)s
            """,
            {"tenant_id": scope.tenant_id, "limit": limit},
        )
        return await cursor.fetchall()


async def mark_delivered(scope: Scope, ids: Sequence[str]) -> None:
    """Note that the merchant has taken these calls."""
    await scope.conn.execute(
        """
        UPDATE sandbox_callbacks
           SET delivered_at = %(at)s
         WHERE tenant_id = %(tenant_id)s AND id = ANY(%(ids)s)
        """,
        {"tenant_id": scope.tenant_id, "at": scope.real_now, "ids": list(ids)},
    )
