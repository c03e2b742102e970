"""The statements of the simulated provider; each takes a whole batch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, LiteralString

from psycopg.rows import class_row

from groschen.adapters.payments.sandbox.records import Charge, Movement
from groschen.kit.rows import json_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from groschen.adapters.payments.sandbox.records import Capture, NewCharge, SandboxTerms
    from groschen.kit.db import Scope

STORE_CHARGES: Final[LiteralString] = """
    INSERT INTO sandbox_charges AS c
           (tenant_id, idempotency_key, reference, kind, method, currency, amount, captured, state,
            failure_code, fee, due_step, due_at, occurred_at, payout)
    SELECT %(tenant_id)s, r.idempotency_key, r.reference, r.kind, r.method, r.currency, r.amount,
           r.captured, r.state, r.failure_code,
           CASE WHEN r.payout IS NOT NULL THEN 0
                ELSE COALESCE((SELECT charge_fee
                                 FROM sandbox_terms
                                WHERE tenant_id = %(tenant_id)s), %(charge_fee)s) END,
           r.due_step, r.due_at, r.occurred_at, r.payout
      FROM json_to_recordset(%(rows)s::json) AS r(
           idempotency_key text, reference text, kind text, method text, currency text,
           amount numeric, captured numeric, state text, failure_code text, due_step text,
           due_at timestamptz, occurred_at timestamptz, payout text)
     ORDER BY r.idempotency_key
        ON CONFLICT (tenant_id, idempotency_key) DO UPDATE
       SET state = CASE WHEN c.state <> 'unavailable' THEN c.state
                        WHEN c.kind = 'charge' THEN 'captured' ELSE 'authorised' END,
           captured = CASE WHEN c.state = 'unavailable' AND c.kind = 'charge' THEN c.amount
                           ELSE c.captured END
    RETURNING c.idempotency_key, c.reference, c.kind, c.method, c.currency, c.amount, c.captured,
              c.capture_key, c.state, c.failure_code, c.fee, c.due_step, c.occurred_at,
              old.state IS NULL AS is_new
"""


async def store_charges(
    scope: Scope, charges: Iterable[NewCharge], terms: SandboxTerms
) -> list[Charge]:
    """Store what is new, wake what was unavailable, and return all as stored."""
    async with scope.conn.cursor(row_factory=class_row(Charge)) as cursor:
        await cursor.execute(
            STORE_CHARGES,
            {
                "tenant_id": scope.tenant_id,
                "charge_fee": terms.charge_fee,
                "rows": json_rows(charges),
            },
        )
        return await cursor.fetchall()


CHARGE_COLUMNS: Final[LiteralString] = """
    SELECT idempotency_key, reference, kind, method, currency, amount, captured, capture_key,
           state, failure_code, fee, due_step, occurred_at
      FROM sandbox_charges
"""


async def charges_by_key(scope: Scope, keys: Sequence[str]) -> list[Charge]:
    """Read charges by the key of the charge or of the capture."""
    async with scope.conn.cursor(row_factory=class_row(Charge)) as cursor:
        await cursor.execute(
            CHARGE_COLUMNS
            + """
             WHERE tenant_id = %(tenant_id)s
               AND (idempotency_key = ANY(%(keys)s) OR capture_key = ANY(%(keys)s))
            """,
            {"tenant_id": scope.tenant_id, "keys": list(keys)},
        )
        return await cursor.fetchall()


async def lock_charges(scope: Scope, references: Iterable[str]) -> list[Charge]:
    """Read charges by reference and hold their rows, in the order of their keys."""
    async with scope.conn.cursor(row_factory=class_row(Charge)) as cursor:
        await cursor.execute(
            CHARGE_COLUMNS
            + """
             WHERE tenant_id = %(tenant_id)s AND reference = ANY(%(references)s)
             ORDER BY idempotency_key
               FOR UPDATE
            """,
            {"tenant_id": scope.tenant_id, "references": sorted(set(references))},
        )
        return await cursor.fetchall()


async def capture(scope: Scope, captures: Iterable[Capture], at: datetime) -> None:
    """Turn authorisations into captured charges."""
    await scope.conn.execute(
        """
        UPDATE sandbox_charges c
           SET state = 'captured', captured = r.amount, capture_key = r.capture_key,
               occurred_at = %(at)s
          FROM json_to_recordset(%(rows)s::json) AS r(
               reference text, capture_key text, amount numeric)
         WHERE c.tenant_id = %(tenant_id)s AND c.reference = r.reference
        """,
        {"tenant_id": scope.tenant_id, "at": at, "rows": json_rows(captures)},
    )


async def store_movements(scope: Scope, movements: Iterable[Movement]) -> None:
    """Store movements whose keys are known to be new."""
    await scope.conn.execute(
        """
        INSERT INTO sandbox_movements
               (tenant_id, idempotency_key, reference, charge_reference, kind, currency, amount,
                fee, state, failure_code, due_at, occurred_at)
        SELECT %(tenant_id)s, r.*
          FROM json_to_recordset(%(rows)s::json) AS r(
               idempotency_key text, reference text, charge_reference text, kind text,
               currency text, amount numeric, fee numeric, state text, failure_code text,
               due_at timestamptz, occurred_at timestamptz)
        """,
        {"tenant_id": scope.tenant_id, "rows": json_rows(movements)},
    )


MOVEMENT_COLUMNS: Final[LiteralString] = """
    SELECT idempotency_key, reference, charge_reference, kind, currency, amount, fee, state,
           failure_code, due_at, occurred_at
      FROM sandbox_movements
"""


async def movements_of(
    scope: Scope, references: Iterable[str], keys: Iterable[str]
) -> list[Movement]:
    """Read what happened to charges after their capture, and whatever has one of the keys."""
    async with scope.conn.cursor(row_factory=class_row(Movement)) as cursor:
        await cursor.execute(
            MOVEMENT_COLUMNS
            + """
             WHERE tenant_id = %(tenant_id)s
               AND (charge_reference = ANY(%(references)s) OR idempotency_key = ANY(%(keys)s))
            """,
            {
                "tenant_id": scope.tenant_id,
                "references": sorted(set(references)),
                "keys": sorted(set(keys)),
            },
        )
        return await cursor.fetchall()


async def refunds_by_key(scope: Scope, keys: Sequence[str]) -> list[Movement]:
    """Read refunds by the key of the call that asked for them."""
    async with scope.conn.cursor(row_factory=class_row(Movement)) as cursor:
        await cursor.execute(
            MOVEMENT_COLUMNS
            + """
             WHERE tenant_id = %(tenant_id)s AND idempotency_key = ANY(%(keys)s)
               AND kind = 'refund'
            """,
            {"tenant_id": scope.tenant_id, "keys": list(keys)},
        )
        return await cursor.fetchall()


async def set_movement_state(scope: Scope, idempotency_key: str, state: str) -> None:
    """Close a dispute."""
    await scope.conn.execute(
        """
        UPDATE sandbox_movements
           SET state = %(state)s
         WHERE tenant_id = %(tenant_id)s AND idempotency_key = %(key)s
        """,
        {"tenant_id": scope.tenant_id, "key": idempotency_key, "state": state},
    )
