"""Reading and writing transfers to partners and what the bank said of them."""

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from groschen.core.money import ZERO
from groschen.features.settlements.model import Payout, StatedCents, Waiting
from groschen.kit.db import Scope
from groschen.kit.http.pages import Slice
from groschen.kit.rows import record_row


async def lock_rejected(scope: Scope, beneficiary_id: UUID, currency: str) -> list[Payout]:
    """The transfers that the bank rejected and no statement has taken back yet, locked."""
    async with scope.conn.cursor(row_factory=record_row(Payout)) as cursor:
        await cursor.execute(
            """
            SELECT p.id, p.run_id, p.statement_id, s.number AS statement_number, p.beneficiary_id,
                   p.payout_account_id, p.end_to_end_id, p.currency, p.amount, p.state, p.reason,
                   p.booked_on, p.returned_in
              FROM payouts p
              JOIN statements s ON s.tenant_id = p.tenant_id AND s.id = p.statement_id
             WHERE p.tenant_id = %(tenant_id)s AND p.beneficiary_id = %(beneficiary_id)s
               AND p.currency = %(currency)s AND p.state = 'rejected'
             ORDER BY p.id
               FOR UPDATE OF p
            """,
            {
                "tenant_id": scope.tenant_id,
                "beneficiary_id": beneficiary_id,
                "currency": currency,
            },
        )
        return await cursor.fetchall()


async def return_payouts(scope: Scope, payout_ids: Sequence[UUID], statement_id: UUID) -> None:
    """Say that a statement took the amounts of rejected transfers back."""
    await scope.conn.execute(
        """
        UPDATE payouts
           SET state = 'returned', returned_in = %(statement_id)s
         WHERE tenant_id = %(tenant_id)s AND id = ANY(%(payout_ids)s)
        """,
        {
            "tenant_id": scope.tenant_id,
            "payout_ids": list(payout_ids),
            "statement_id": statement_id,
        },
    )


async def payouts_of_run(scope: Scope, run_id: UUID) -> list[Payout]:
    """The transfers of a run in id order."""
    async with scope.conn.cursor(row_factory=record_row(Payout)) as cursor:
        await cursor.execute(
            """
            SELECT p.id, p.run_id, p.statement_id, s.number AS statement_number, p.beneficiary_id,
                   p.payout_account_id, p.end_to_end_id, p.currency, p.amount, p.state, p.reason,
                   p.booked_on, p.returned_in
              FROM payouts p
              JOIN statements s ON s.tenant_id = p.tenant_id AND s.id = p.statement_id
             WHERE p.tenant_id = %(tenant_id)s AND p.run_id = %(run_id)s
             ORDER BY p.id
            """,
            {"tenant_id": scope.tenant_id, "run_id": run_id},
        )
        return await cursor.fetchall()


async def payouts(scope: Scope, beneficiary_id: UUID | None, asked: Slice) -> list[Payout]:
    """One page of transfers, newest first, of one partner or of all."""
    async with scope.conn.cursor(row_factory=record_row(Payout)) as cursor:
        await cursor.execute(
            """
            WITH page AS (
                (SELECT *
                   FROM payouts
                  WHERE tenant_id = %(tenant_id)s AND NOT %(backwards)s AND id < %(below)s
                    AND (%(beneficiary_id)s::uuid IS NULL OR beneficiary_id = %(beneficiary_id)s)
                  ORDER BY id DESC
                  LIMIT %(fetch)s)
                UNION ALL
                (SELECT *
                   FROM payouts
                  WHERE tenant_id = %(tenant_id)s AND %(backwards)s AND id > %(above)s
                    AND (%(beneficiary_id)s::uuid IS NULL OR beneficiary_id = %(beneficiary_id)s)
                  ORDER BY id
                  LIMIT %(fetch)s)
            )
            SELECT p.id, p.run_id, p.statement_id, s.number AS statement_number, p.beneficiary_id,
                   p.payout_account_id, p.end_to_end_id, p.currency, p.amount, p.state, p.reason,
                   p.booked_on, p.returned_in
              FROM page p
              JOIN statements s ON s.tenant_id = %(tenant_id)s AND s.id = p.statement_id
             ORDER BY p.id DESC
            """,
            {
                "tenant_id": scope.tenant_id,
                "beneficiary_id": beneficiary_id,
                **asked.bounds,
            },
        )
        return await cursor.fetchall()


async def insert_answers(scope: Scope, answers: str) -> set[tuple[str, str]]:
    """Write what the bank said (a JSON array); return (transfer, answer) of what is new."""
    cursor = await scope.conn.execute(
        """
        INSERT INTO bank_answers (tenant_id, end_to_end_id, answer, reason, booked_on, recorded_at)
        SELECT %(tenant_id)s, r.end_to_end_id, r.answer, r.reason, r.booked_on, %(recorded_at)s
          FROM json_to_recordset(%(answers)s::json) AS r(
               end_to_end_id text, answer text, reason text, booked_on date)
            ON CONFLICT (tenant_id, end_to_end_id, answer) DO NOTHING
        RETURNING end_to_end_id, answer
        """,
        {"tenant_id": scope.tenant_id, "answers": answers, "recorded_at": scope.real_now},
    )
    return {(end_to_end_id, answer) for end_to_end_id, answer in await cursor.fetchall()}


async def update_payouts(scope: Scope, rows: str) -> None:
    """Write the new state, reason and booking day of transfers (a JSON array)."""
    await scope.conn.execute(
        """
        UPDATE payouts p
           SET state = r.state, reason = r.reason, booked_on = r.booked_on
          FROM json_to_recordset(%(rows)s::json) AS r(
               id uuid, state text, reason text, booked_on date)
         WHERE p.tenant_id = %(tenant_id)s AND p.id = r.id
        """,
        {"tenant_id": scope.tenant_id, "rows": rows},
    )


async def rejected_amount(scope: Scope, beneficiary_id: UUID, currency: str) -> Decimal:
    """What the bank rejected and no statement has taken back yet."""
    cursor = await scope.conn.execute(
        """
        SELECT coalesce(sum(amount), 0)
          FROM payouts
         WHERE tenant_id = %(tenant_id)s AND beneficiary_id = %(beneficiary_id)s
           AND currency = %(currency)s AND state = 'rejected'
        """,
        {"tenant_id": scope.tenant_id, "beneficiary_id": beneficiary_id, "currency": currency},
    )
    row = await cursor.fetchone()
    return ZERO if row is None else row[0]


async def cents(scope: Scope, beneficiary_ids: Sequence[UUID] | None) -> list[StatedCents]:
    """What statements pay out, booked by a bank or still on its way, per partner and currency.

    None asks for every partner.
    """
    async with scope.conn.cursor(row_factory=record_row(StatedCents)) as cursor:
        await cursor.execute(
            """
            SELECT beneficiary_id, currency,
                   coalesce(sum(payout) FILTER (WHERE state IN ('issued', 'approved', 'in_payout')),
                            0) AS on_its_way,
                   coalesce(sum(payout) FILTER (WHERE state = 'paid'), 0) AS paid_out
              FROM statements
             WHERE tenant_id = %(tenant_id)s
               AND (%(ids)s::uuid[] IS NULL OR beneficiary_id = ANY(%(ids)s))
             GROUP BY beneficiary_id, currency
            """,
            {
                "tenant_id": scope.tenant_id,
                "ids": None if beneficiary_ids is None else list(beneficiary_ids),
            },
        )
        return await cursor.fetchall()


async def waiting(scope: Scope) -> Waiting:
    """How many statements, runs and transfers wait for a person; partners are not counted here."""
    async with scope.conn.cursor(row_factory=record_row(Waiting)) as cursor:
        await cursor.execute(
            """
            SELECT (SELECT count(*)
                      FROM statements
                     WHERE tenant_id = %(tenant_id)s AND state = 'issued')
                       AS statements_to_approve,
                   (SELECT count(*)
                      FROM payout_runs
                     WHERE tenant_id = %(tenant_id)s AND state = 'draft') AS runs_to_approve,
                   (SELECT count(*)
                      FROM payout_runs
                     WHERE tenant_id = %(tenant_id)s AND state = 'approved'
                       AND next_attempt_at IS NULL) AS runs_to_send,
                   (SELECT count(*)
                      FROM payouts
                     WHERE tenant_id = %(tenant_id)s AND state = 'rejected') AS payouts_rejected,
                   0 AS partners_without_account
            """,
            {"tenant_id": scope.tenant_id},
        )
        found = await cursor.fetchone()
    return found or Waiting(0, 0, 0, 0, 0)
