"""Reading and writing statements and their line files."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from psycopg.rows import class_row, scalar_row

from groschen.features.settlements.model import LastStatement, Statement, StatementState
from groschen.kit.db import Scope, fence_key
from groschen.kit.http.pages import Slice
from groschen.kit.rows import record_row


async def lock_chain(scope: Scope, beneficiary_id: UUID, currency: str) -> None:
    """Let the statements of one partner and currency wait for each other till the commit."""
    key = fence_key(scope.tenant_id, f"statements:{beneficiary_id}:{currency}")
    await scope.conn.execute("SELECT pg_advisory_xact_lock(%(key)s)", {"key": key})


async def last_statement(scope: Scope, beneficiary_id: UUID, currency: str) -> LastStatement | None:
    """The newest statement of one partner and currency."""
    async with scope.conn.cursor(row_factory=class_row(LastStatement)) as cursor:
        await cursor.execute(
            """
            SELECT beneficiary_id, currency, sequence, period_to, closing, carried_out,
                   terms_hashes, 0 AS returned_waiting
              FROM statements
             WHERE tenant_id = %(tenant_id)s AND beneficiary_id = %(beneficiary_id)s
               AND currency = %(currency)s
             ORDER BY sequence DESC
             LIMIT 1
            """,
            {
                "tenant_id": scope.tenant_id,
                "beneficiary_id": beneficiary_id,
                "currency": currency,
            },
        )
        return await cursor.fetchone()


async def draw_number(scope: Scope, series: str) -> int:
    """The next number of a gap-free series; held until the transaction ends, taken back with it."""
    async with scope.conn.cursor(row_factory=scalar_row) as cursor:
        await cursor.execute(
            """
            INSERT INTO number_series (tenant_id, series, last_number)
            VALUES (%(tenant_id)s, %(series)s, 1)
                ON CONFLICT (tenant_id, series) DO UPDATE
               SET last_number = number_series.last_number + 1
            RETURNING last_number
            """,
            {"tenant_id": scope.tenant_id, "series": series},
        )
        row: int | None = await cursor.fetchone()
        return row or 0


async def insert_statement(scope: Scope, row: str) -> None:
    """Write a statement; ``row`` is a JSON object of its columns."""
    await scope.conn.execute(
        """
        INSERT INTO statements (tenant_id, id, number, beneficiary_id, sequence, period_from,
                                period_to, currency, opening, carried_in, share_exact, share,
                                carried_out, supply_vat, commission, vat, returned_payouts, net,
                                total, payout, closing, line_count, lines_hash, terms_hashes, state,
                                created_at)
        SELECT %(tenant_id)s, r.id, r.number, r.beneficiary_id, r.sequence, r.period_from,
               r.period_to, r.currency, r.opening, r.carried_in, r.share_exact, r.share,
               r.carried_out, r.supply_vat, r.commission, r.vat, r.returned_payouts, r.net,
               r.total, r.payout, r.closing, r.line_count, r.lines_hash, r.terms_hashes, r.state,
               r.created_at
          FROM json_to_recordset(%(row)s::json) AS r(
               id uuid, number text, beneficiary_id uuid, sequence integer, period_from date,
               period_to date, currency text, opening numeric, carried_in numeric,
               share_exact numeric, share numeric, carried_out numeric, supply_vat numeric,
               commission numeric, vat numeric, returned_payouts numeric, net numeric,
               total numeric, payout numeric, closing numeric, line_count bigint,
               lines_hash text, terms_hashes text[], state text, created_at timestamptz)
        """,
        {"tenant_id": scope.tenant_id, "row": row},
    )


async def insert_file_part(scope: Scope, statement_id: UUID, part: int, content: bytes) -> None:
    """Write the next part of a statement's line file."""
    await scope.conn.execute(
        """
        INSERT INTO statement_files (tenant_id, statement_id, part, content)
        VALUES (%(tenant_id)s, %(statement_id)s, %(part)s, %(content)b)
        """,
        {
            "tenant_id": scope.tenant_id,
            "statement_id": statement_id,
            "part": part,
            "content": content,
        },
    )


async def file_part(scope: Scope, statement_id: UUID, part: int) -> bytes | None:
    """One part of a line file, None after the last."""
    async with scope.conn.cursor(row_factory=scalar_row, binary=True) as cursor:
        await cursor.execute(
            """
            SELECT content
              FROM statement_files
             WHERE tenant_id = %(tenant_id)s AND statement_id = %(statement_id)s
               AND part = %(part)s
            """,
            {"tenant_id": scope.tenant_id, "statement_id": statement_id, "part": part},
        )
        return await cursor.fetchone()


async def statement(scope: Scope, statement_id: UUID) -> Statement | None:
    """One statement."""
    async with scope.conn.cursor(row_factory=record_row(Statement)) as cursor:
        await cursor.execute(
            """
            SELECT id, number, beneficiary_id, sequence, period_from, period_to, currency, opening,
                   carried_in, share_exact, share, carried_out, supply_vat, commission, vat,
                   returned_payouts, net, total, payout, closing, line_count, lines_hash,
                   terms_hashes, state, created_at, approved_by, approved_at
              FROM statements
             WHERE tenant_id = %(tenant_id)s AND id = %(statement_id)s
            """,
            {"tenant_id": scope.tenant_id, "statement_id": statement_id},
        )
        return await cursor.fetchone()


async def lock_statement(scope: Scope, statement_id: UUID) -> Statement | None:
    """Read one statement and hold its row lock until the transaction ends."""
    async with scope.conn.cursor(row_factory=record_row(Statement)) as cursor:
        await cursor.execute(
            """
            SELECT id, number, beneficiary_id, sequence, period_from, period_to, currency, opening,
                   carried_in, share_exact, share, carried_out, supply_vat, commission, vat,
                   returned_payouts, net, total, payout, closing, line_count, lines_hash,
                   terms_hashes, state, created_at, approved_by, approved_at
              FROM statements
             WHERE tenant_id = %(tenant_id)s AND id = %(statement_id)s
               FOR UPDATE
            """,
            {"tenant_id": scope.tenant_id, "statement_id": statement_id},
        )
        return await cursor.fetchone()


async def statements(
    scope: Scope,
    beneficiary_id: UUID | None,
    states: Sequence[StatementState] | None,
    asked: Slice,
) -> list[Statement]:
    """One page of statements, newest first, of one partner or of all, in some states or in any."""
    async with scope.conn.cursor(row_factory=record_row(Statement)) as cursor:
        await cursor.execute(
            """
            WITH page AS (
                (SELECT id, number, beneficiary_id, sequence, period_from, period_to, currency,
                        opening, carried_in, share_exact, share, carried_out, supply_vat,
                        commission, vat, returned_payouts, net, total, payout, closing,
                        line_count, lines_hash, terms_hashes, state, created_at, approved_by,
                        approved_at
                   FROM statements
                  WHERE tenant_id = %(tenant_id)s AND NOT %(backwards)s AND id < %(below)s
                    AND (%(beneficiary_id)s::uuid IS NULL OR beneficiary_id = %(beneficiary_id)s)
                    AND (%(states)s::text[] IS NULL OR state = ANY(%(states)s))
                  ORDER BY id DESC
                  LIMIT %(fetch)s)
                UNION ALL
                (SELECT id, number, beneficiary_id, sequence, period_from, period_to, currency,
                        opening, carried_in, share_exact, share, carried_out, supply_vat,
                        commission, vat, returned_payouts, net, total, payout, closing,
                        line_count, lines_hash, terms_hashes, state, created_at, approved_by,
                        approved_at
                   FROM statements
                  WHERE tenant_id = %(tenant_id)s AND %(backwards)s AND id > %(above)s
                    AND (%(beneficiary_id)s::uuid IS NULL OR beneficiary_id = %(beneficiary_id)s)
                    AND (%(states)s::text[] IS NULL OR state = ANY(%(states)s))
                  ORDER BY id
                  LIMIT %(fetch)s)
            )
            SELECT id, number, beneficiary_id, sequence, period_from, period_to, currency, opening,
                   carried_in, share_exact, share, carried_out, supply_vat, commission, vat,
                   returned_payouts, net, total, payout, closing, line_count, lines_hash,
                   terms_hashes, state, created_at, approved_by, approved_at
              FROM page
             ORDER BY id DESC
            """,
            {
                "tenant_id": scope.tenant_id,
                "beneficiary_id": beneficiary_id,
                "states": None if states is None else [state.value for state in states],
                **asked.bounds,
            },
        )
        return await cursor.fetchall()


async def approve(
    scope: Scope, statement_id: UUID, approved_by: UUID | None, approved_at: datetime
) -> None:
    """Mark a statement as approved."""
    await scope.conn.execute(
        """
        UPDATE statements
           SET state = 'approved', approved_by = %(approved_by)s, approved_at = %(approved_at)s
         WHERE tenant_id = %(tenant_id)s AND id = %(statement_id)s
        """,
        {
            "tenant_id": scope.tenant_id,
            "statement_id": statement_id,
            "approved_by": approved_by,
            "approved_at": approved_at,
        },
    )


async def set_state(scope: Scope, statement_ids: Sequence[UUID], state: StatementState) -> None:
    """Move statements to another state; the caller has checked that they may."""
    await scope.conn.execute(
        """
        UPDATE statements
           SET state = %(state)s
         WHERE tenant_id = %(tenant_id)s AND id = ANY(%(statement_ids)s)
        """,
        {
            "tenant_id": scope.tenant_id,
            "statement_ids": list(statement_ids),
            "state": state.value,
        },
    )


async def lock_to_pay(scope: Scope, currency: str) -> list[Statement]:
    """The approved statements of a currency with an amount to pay, locked in id order."""
    async with scope.conn.cursor(row_factory=record_row(Statement)) as cursor:
        await cursor.execute(
            """
            SELECT id, number, beneficiary_id, sequence, period_from, period_to, currency, opening,
                   carried_in, share_exact, share, carried_out, supply_vat, commission, vat,
                   returned_payouts, net, total, payout, closing, line_count, lines_hash,
                   terms_hashes, state, created_at, approved_by, approved_at
              FROM statements
             WHERE tenant_id = %(tenant_id)s AND currency = %(currency)s AND state = 'approved'
             ORDER BY id
               FOR UPDATE
            """,
            {"tenant_id": scope.tenant_id, "currency": currency},
        )
        return await cursor.fetchall()


async def to_pay(scope: Scope, currency: str) -> list[Statement]:
    """The approved statements of a currency with an amount to pay, in id order."""
    async with scope.conn.cursor(row_factory=record_row(Statement)) as cursor:
        await cursor.execute(
            """
            SELECT id, number, beneficiary_id, sequence, period_from, period_to, currency, opening,
                   carried_in, share_exact, share, carried_out, supply_vat, commission, vat,
                   returned_payouts, net, total, payout, closing, line_count, lines_hash,
                   terms_hashes, state, created_at, approved_by, approved_at
              FROM statements
             WHERE tenant_id = %(tenant_id)s AND currency = %(currency)s AND state = 'approved'
             ORDER BY id
            """,
            {"tenant_id": scope.tenant_id, "currency": currency},
        )
        return await cursor.fetchall()


async def currencies_to_pay(scope: Scope) -> list[str]:
    """The currencies in which statements are approved and in no run yet."""
    cursor = await scope.conn.execute(
        """
        SELECT DISTINCT currency
          FROM statements
         WHERE tenant_id = %(tenant_id)s AND state = 'approved'
         ORDER BY currency
        """,
        {"tenant_id": scope.tenant_id},
    )
    return [row[0] for row in await cursor.fetchall()]


async def settled_by(scope: Scope, statement_id: UUID) -> list[Statement]:
    """The statement and all earlier ones whose amount it took over.

    A carried statement went into the next of its chain; a returned one into the statement that
    took its payout back.
    """
    async with scope.conn.cursor(row_factory=record_row(Statement)) as cursor:
        await cursor.execute(
            """
            WITH RECURSIVE covered AS (
                SELECT s.id, s.beneficiary_id, s.currency, s.sequence
                  FROM statements s
                 WHERE s.tenant_id = %(tenant_id)s AND s.id = %(statement_id)s
                 UNION
                SELECT e.id, e.beneficiary_id, e.currency, e.sequence
                  FROM covered c
                  JOIN statements e
                    ON e.tenant_id = %(tenant_id)s AND e.beneficiary_id = c.beneficiary_id
                   AND e.currency = c.currency AND e.sequence < c.sequence
                  LEFT JOIN payouts p ON p.tenant_id = %(tenant_id)s AND p.statement_id = e.id
                 WHERE (e.state = 'carried' AND e.sequence = c.sequence - 1)
                    OR (e.state = 'returned' AND p.returned_in = c.id)
            )
            SELECT s.id, s.number, s.beneficiary_id, s.sequence, s.period_from, s.period_to,
                   s.currency, s.opening, s.carried_in, s.share_exact, s.share, s.carried_out,
                   s.supply_vat, s.commission, s.vat, s.returned_payouts, s.net, s.total, s.payout,
                   s.closing, s.line_count, s.lines_hash, s.terms_hashes, s.state, s.created_at,
                   s.approved_by, s.approved_at
              FROM covered c
              JOIN statements s ON s.tenant_id = %(tenant_id)s AND s.id = c.id
             ORDER BY s.sequence
            """,
            {"tenant_id": scope.tenant_id, "statement_id": statement_id},
        )
        return await cursor.fetchall()
