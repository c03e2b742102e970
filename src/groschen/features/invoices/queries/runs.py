"""Reading and writing bill runs and the accounts they could not bill."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from psycopg.rows import class_row, scalar_row

from groschen.features.invoices.model import BillingFailure, BillRun
from groschen.kit.rows import record_row

if TYPE_CHECKING:
    from groschen.core.errors import GroschenError
    from groschen.kit.db import Scope
    from groschen.kit.http import Slice


async def insert_run(scope: Scope, run: BillRun) -> None:
    """Write a run that has not looked at any account yet."""
    await scope.conn.execute(
        """
        INSERT INTO bill_runs (tenant_id, id, cutoff, account_id, state, accounts, invoices,
                               failures, created_by, created_at)
        VALUES (%(tenant_id)s, %(id)s, %(cutoff)s, %(account_id)s, 'running', 0, 0, 0,
                %(created_by)s, %(created_at)s)
        """,
        {
            "tenant_id": scope.tenant_id,
            "id": run.id,
            "cutoff": run.cutoff,
            "account_id": run.account_id,
            "created_by": run.created_by,
            "created_at": run.created_at,
        },
    )


async def run(scope: Scope, run_id: UUID) -> BillRun | None:
    """Read one run."""
    async with scope.conn.cursor(row_factory=record_row(BillRun)) as cursor:
        await cursor.execute(
            """
            SELECT id, cutoff, account_id, state, accounts, invoices, failures, after_account_id,
                   created_by, created_at, done_at
              FROM bill_runs
             WHERE tenant_id = %(tenant_id)s AND id = %(run_id)s
            """,
            {"tenant_id": scope.tenant_id, "run_id": run_id},
        )
        return await cursor.fetchone()


async def lock_run(scope: Scope, run_id: UUID) -> BillRun | None:
    """Read one run and hold its row lock until the transaction ends."""
    async with scope.conn.cursor(row_factory=record_row(BillRun)) as cursor:
        await cursor.execute(
            """
            SELECT id, cutoff, account_id, state, accounts, invoices, failures, after_account_id,
                   created_by, created_at, done_at
              FROM bill_runs
             WHERE tenant_id = %(tenant_id)s AND id = %(run_id)s
               FOR UPDATE
            """,
            {"tenant_id": scope.tenant_id, "run_id": run_id},
        )
        return await cursor.fetchone()


async def running(scope: Scope) -> list[UUID]:
    """The runs that are not done, oldest first."""
    async with scope.conn.cursor(row_factory=scalar_row) as cursor:
        await cursor.execute(
            """
            SELECT id
              FROM bill_runs
             WHERE tenant_id = %(tenant_id)s AND state = 'running'
             ORDER BY id
            """,
            {"tenant_id": scope.tenant_id},
        )
        return await cursor.fetchall()


async def advance(
    scope: Scope, run_id: UUID, account_id: UUID, *, invoices: int, failures: int
) -> None:
    """Count an account of a run as done."""
    await scope.conn.execute(
        """
        UPDATE bill_runs
           SET accounts = accounts + 1, invoices = invoices + %(invoices)s,
               failures = failures + %(failures)s, after_account_id = %(account_id)s
         WHERE tenant_id = %(tenant_id)s AND id = %(run_id)s
        """,
        {
            "tenant_id": scope.tenant_id,
            "run_id": run_id,
            "account_id": account_id,
            "invoices": invoices,
            "failures": failures,
        },
    )


async def finish(scope: Scope, run_id: UUID) -> None:
    """Mark a run as done."""
    await scope.conn.execute(
        """
        UPDATE bill_runs
           SET state = 'done', done_at = %(now)s
         WHERE tenant_id = %(tenant_id)s AND id = %(run_id)s
        """,
        {"tenant_id": scope.tenant_id, "run_id": run_id, "now": scope.now},
    )


async def page_of_runs(scope: Scope, asked: Slice) -> list[BillRun]:
    """Runs, newest first."""
    async with scope.conn.cursor(row_factory=record_row(BillRun)) as cursor:
        await cursor.execute(
            """
            WITH page AS (
                (SELECT id
                   FROM bill_runs
                  WHERE tenant_id = %(tenant_id)s AND NOT %(backwards)s AND id < %(below)s
                  ORDER BY id DESC
                  LIMIT %(fetch)s)
                UNION ALL
                (SELECT id
                   FROM bill_runs
                  WHERE tenant_id = %(tenant_id)s AND %(backwards)s AND id > %(above)s
                  ORDER BY id
                  LIMIT %(fetch)s)
            )
            SELECT id, cutoff, account_id, state, accounts, invoices, failures, after_account_id,
                   created_by, created_at, done_at
              FROM bill_runs
             WHERE tenant_id = %(tenant_id)s AND id IN (SELECT id FROM page)
             ORDER BY id DESC
            """,
            {"tenant_id": scope.tenant_id, **asked.bounds},
        )
        return await cursor.fetchall()


async def insert_failure(
    scope: Scope, run_id: UUID, account_id: UUID, refusal: GroschenError
) -> None:
    """Keep why an account could not be billed."""
    await scope.conn.execute(
        """
        INSERT INTO billing_failures (tenant_id, account_id, run_id, code, field, detail, hint,
                                      recorded_at)
        VALUES (%(tenant_id)s, %(account_id)s, %(run_id)s, %(code)s, %(field)s, %(detail)s,
                %(hint)s, %(now)s)
            ON CONFLICT (tenant_id, account_id, run_id) DO NOTHING
        """,
        {
            "tenant_id": scope.tenant_id,
            "account_id": account_id,
            "run_id": run_id,
            "code": refusal.code,
            "field": refusal.field,
            "detail": refusal.detail,
            "hint": refusal.hint or "",
            "now": scope.now,
        },
    )


async def settle_failures(scope: Scope, account_id: UUID) -> None:
    """The account was billed: what kept it from it is over."""
    await scope.conn.execute(
        """
        UPDATE billing_failures
           SET settled_at = %(now)s
         WHERE tenant_id = %(tenant_id)s AND account_id = %(account_id)s AND settled_at IS NULL
        """,
        {"tenant_id": scope.tenant_id, "account_id": account_id, "now": scope.now},
    )


async def open_failures(
    scope: Scope, run_id: UUID | None, after: UUID | None, limit: int
) -> list[BillingFailure]:
    """Accounts that are still not billed, by account id; of one run or the newest of each."""
    async with scope.conn.cursor(row_factory=class_row(BillingFailure)) as cursor:
        await cursor.execute(
            """
            SELECT DISTINCT ON (account_id) account_id, run_id, code, field, detail, hint,
                   recorded_at, settled_at
              FROM billing_failures
             WHERE tenant_id = %(tenant_id)s AND settled_at IS NULL
               AND (%(run_id)s::uuid IS NULL OR run_id = %(run_id)s)
               AND (%(after)s::uuid IS NULL OR account_id > %(after)s)
             ORDER BY account_id, run_id DESC
             LIMIT %(limit)s
            """,
            {"tenant_id": scope.tenant_id, "run_id": run_id, "after": after, "limit": limit},
        )
        return await cursor.fetchall()
