"""Reading and writing payout runs and the terms they are made under."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from psycopg.rows import class_row, scalar_row

from groschen.features.settlements.model import PayoutRun, PayoutTerms
from groschen.kit.db import Scope
from groschen.kit.http.pages import Slice
from groschen.kit.rows import record_row


async def payout_terms(scope: Scope, currency: str) -> PayoutTerms | None:
    """The tenant's terms for one currency, None when none were set."""
    async with scope.conn.cursor(row_factory=class_row(PayoutTerms)) as cursor:
        await cursor.execute(
            """
            SELECT currency, second_person_above
              FROM payout_terms
             WHERE tenant_id = %(tenant_id)s AND currency = %(currency)s
            """,
            {"tenant_id": scope.tenant_id, "currency": currency},
        )
        return await cursor.fetchone()


async def set_payout_terms(scope: Scope, terms: PayoutTerms) -> None:
    """Write the tenant's terms for one currency."""
    await scope.conn.execute(
        """
        INSERT INTO payout_terms (tenant_id, currency, second_person_above)
        VALUES (%(tenant_id)s, %(currency)s, %(second_person_above)s)
            ON CONFLICT (tenant_id, currency) DO UPDATE
           SET second_person_above = excluded.second_person_above
        """,
        {
            "tenant_id": scope.tenant_id,
            "currency": terms.currency,
            "second_person_above": terms.second_person_above,
        },
    )


async def insert_run(scope: Scope, run: PayoutRun, file: bytes, payouts: str) -> None:
    """Write a run with its sealed file and its transfers (a JSON array of their columns)."""
    await scope.conn.execute(
        """
        WITH run AS (
            INSERT INTO payout_runs (tenant_id, id, message_id, currency, total, count, state,
                                     schema, execute_on, file, file_hash, created_by, created_at)
            VALUES (%(tenant_id)s, %(id)s, %(message_id)s, %(currency)s, %(total)s, %(count)s,
                    %(state)s, %(schema)s, %(execute_on)s, %(file)b, %(file_hash)s, %(created_by)s,
                    %(created_at)s)
        )
        INSERT INTO payouts (tenant_id, id, run_id, statement_id, beneficiary_id, payout_account_id,
                             end_to_end_id, currency, amount, state)
        SELECT %(tenant_id)s, r.id, %(id)s, r.statement_id, r.beneficiary_id, r.payout_account_id,
               r.end_to_end_id, %(currency)s, r.amount, 'open'
          FROM json_to_recordset(%(payouts)s::json) AS r(
               id uuid, statement_id uuid, beneficiary_id uuid, payout_account_id uuid,
               end_to_end_id text, amount numeric)
        """,
        {
            "tenant_id": scope.tenant_id,
            "id": run.id,
            "message_id": run.message_id,
            "currency": run.currency,
            "total": run.total,
            "count": run.count,
            "state": run.state.value,
            "schema": run.schema,
            "execute_on": run.execute_on,
            "file": file,
            "file_hash": run.file_hash,
            "created_by": run.created_by,
            "created_at": run.created_at,
            "payouts": payouts,
        },
    )


async def run(scope: Scope, run_id: UUID) -> PayoutRun | None:
    """One payout run."""
    async with scope.conn.cursor(row_factory=record_row(PayoutRun)) as cursor:
        await cursor.execute(
            """
            SELECT id, message_id, currency, total, count, state, schema, execute_on, file_hash,
                   created_by, approved_by, created_at, sent_at, attempts, next_attempt_at
              FROM payout_runs
             WHERE tenant_id = %(tenant_id)s AND id = %(run_id)s
            """,
            {"tenant_id": scope.tenant_id, "run_id": run_id},
        )
        return await cursor.fetchone()


async def lock_run(scope: Scope, run_id: UUID) -> PayoutRun | None:
    """Read one payout run and hold its row lock until the transaction ends."""
    async with scope.conn.cursor(row_factory=record_row(PayoutRun)) as cursor:
        await cursor.execute(
            """
            SELECT id, message_id, currency, total, count, state, schema, execute_on, file_hash,
                   created_by, approved_by, created_at, sent_at, attempts, next_attempt_at
              FROM payout_runs
             WHERE tenant_id = %(tenant_id)s AND id = %(run_id)s
               FOR UPDATE
            """,
            {"tenant_id": scope.tenant_id, "run_id": run_id},
        )
        return await cursor.fetchone()


async def runs(scope: Scope, asked: Slice) -> list[PayoutRun]:
    """One page of payout runs, newest first."""
    async with scope.conn.cursor(row_factory=record_row(PayoutRun)) as cursor:
        await cursor.execute(
            """
            WITH page AS (
                (SELECT id, message_id, currency, total, count, state, schema, execute_on,
                        file_hash, created_by, approved_by, created_at, sent_at, attempts,
                        next_attempt_at
                   FROM payout_runs
                  WHERE tenant_id = %(tenant_id)s AND NOT %(backwards)s AND id < %(below)s
                  ORDER BY id DESC
                  LIMIT %(fetch)s)
                UNION ALL
                (SELECT id, message_id, currency, total, count, state, schema, execute_on,
                        file_hash, created_by, approved_by, created_at, sent_at, attempts,
                        next_attempt_at
                   FROM payout_runs
                  WHERE tenant_id = %(tenant_id)s AND %(backwards)s AND id > %(above)s
                  ORDER BY id
                  LIMIT %(fetch)s)
            )
            SELECT id, message_id, currency, total, count, state, schema, execute_on, file_hash,
                   created_by, approved_by, created_at, sent_at, attempts, next_attempt_at
              FROM page
             ORDER BY id DESC
            """,
            {"tenant_id": scope.tenant_id, **asked.bounds},
        )
        return await cursor.fetchall()


async def run_file(scope: Scope, run_id: UUID) -> bytes | None:
    """The sealed payment file of a run."""
    async with scope.conn.cursor(row_factory=scalar_row, binary=True) as cursor:
        await cursor.execute(
            "SELECT file FROM payout_runs WHERE tenant_id = %(tenant_id)s AND id = %(run_id)s",
            {"tenant_id": scope.tenant_id, "run_id": run_id},
        )
        return await cursor.fetchone()


async def approve_run(scope: Scope, run_id: UUID, approved_by: UUID | None) -> None:
    """Mark a run as approved."""
    await scope.conn.execute(
        """
        UPDATE payout_runs
           SET state = 'approved', approved_by = %(approved_by)s
         WHERE tenant_id = %(tenant_id)s AND id = %(run_id)s
        """,
        {"tenant_id": scope.tenant_id, "run_id": run_id, "approved_by": approved_by},
    )


async def schedule_run(scope: Scope, run_id: UUID, next_attempt_at: datetime | None) -> None:
    """Say when (real time) a job looks at the run next."""
    await scope.conn.execute(
        """
        UPDATE payout_runs
           SET next_attempt_at = %(next_attempt_at)s
         WHERE tenant_id = %(tenant_id)s AND id = %(run_id)s
        """,
        {"tenant_id": scope.tenant_id, "run_id": run_id, "next_attempt_at": next_attempt_at},
    )


async def claim_runs(
    scope: Scope, states: Sequence[str], until: datetime, limit: int
) -> list[PayoutRun]:
    """Lease runs that are due: nobody else takes them before ``until`` (real time)."""
    async with scope.conn.cursor(row_factory=record_row(PayoutRun)) as cursor:
        await cursor.execute(
            """
            UPDATE payout_runs
               SET attempts = attempts + 1, next_attempt_at = %(until)s
             WHERE tenant_id = %(tenant_id)s
               AND id IN (SELECT id
                            FROM payout_runs
                           WHERE tenant_id = %(tenant_id)s AND state = ANY(%(states)s)
                             AND next_attempt_at <= %(now)s
                           ORDER BY next_attempt_at
                           LIMIT %(limit)s
                             FOR UPDATE SKIP LOCKED)
            RETURNING id, message_id, currency, total, count, state, schema, execute_on, file_hash,
                   created_by, approved_by, created_at, sent_at, attempts, next_attempt_at
            """,
            {
                "tenant_id": scope.tenant_id,
                "states": list(states),
                "now": scope.real_now,
                "until": until,
                "limit": limit,
            },
        )
        return await cursor.fetchall()


async def mark_sent(
    scope: Scope, run_id: UUID, sent_at: datetime, next_attempt_at: datetime
) -> None:
    """The bank has the file; its answers are looked for from ``next_attempt_at`` on."""
    await scope.conn.execute(
        """
        UPDATE payout_runs
           SET state = 'sent', sent_at = %(sent_at)s, attempts = 0,
               next_attempt_at = %(next_attempt_at)s
         WHERE tenant_id = %(tenant_id)s AND id = %(run_id)s AND state = 'approved'
        """,
        {
            "tenant_id": scope.tenant_id,
            "run_id": run_id,
            "sent_at": sent_at,
            "next_attempt_at": next_attempt_at,
        },
    )


async def finish_run(scope: Scope, run_id: UUID) -> None:
    """Every transfer of the run has its last answer."""
    await scope.conn.execute(
        """
        UPDATE payout_runs
           SET state = 'finished', next_attempt_at = NULL
         WHERE tenant_id = %(tenant_id)s AND id = %(run_id)s
        """,
        {"tenant_id": scope.tenant_id, "run_id": run_id},
    )


async def debtor(scope: Scope) -> dict[str, object]:
    """Whom the tenant pays as: the settings of its own bank account, empty when not given."""
    async with scope.conn.cursor(row_factory=scalar_row) as cursor:
        await cursor.execute(
            "SELECT debtor FROM tenants WHERE tenant_id = %(tenant_id)s",
            {"tenant_id": scope.tenant_id},
        )
        found: dict[str, object] | None = await cursor.fetchone()
        return found or {}
