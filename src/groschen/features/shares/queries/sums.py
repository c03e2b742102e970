"""Where partners stand, read from the sums of their movements; and putting sums together."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from psycopg.rows import class_row, scalar_row

from groschen.features.shares.statement_model import DailyClaim, StateBalance
from groschen.kit.db import Scope


async def balances(scope: Scope, beneficiary_ids: Sequence[UUID] | None) -> list[StateBalance]:
    """What stands in each state per partner, currency and line kind; None asks for everybody.

    States in which nothing stands are left out.
    """
    async with scope.conn.cursor(row_factory=class_row(StateBalance)) as cursor:
        await cursor.execute(
            """
            SELECT beneficiary_id, currency, line_kind AS kind, state, sum(amount) AS amount,
                   sum(vat_amount) AS vat_amount
              FROM share_sums
             WHERE tenant_id = %(tenant_id)s
               AND (%(ids)s::uuid[] IS NULL OR beneficiary_id = ANY(%(ids)s))
             GROUP BY beneficiary_id, currency, line_kind, state
            HAVING sum(amount) <> 0 OR sum(vat_amount) <> 0
             ORDER BY beneficiary_id, currency, line_kind, state
            """,
            {
                "tenant_id": scope.tenant_id,
                "ids": None if beneficiary_ids is None else list(beneficiary_ids),
            },
        )
        return await cursor.fetchall()


async def daily_claims(
    scope: Scope, beneficiary_ids: Sequence[UUID] | None, since: date
) -> list[DailyClaim]:
    """What became released per day from ``since`` on less what left again, oldest day first."""
    async with scope.conn.cursor(row_factory=class_row(DailyClaim)) as cursor:
        await cursor.execute(
            """
            SELECT beneficiary_id, effective_on AS day, currency,
                   sum(CASE WHEN line_kind = 'share' THEN amount ELSE 0 END) AS share,
                   sum(CASE WHEN line_kind = 'commission' THEN amount ELSE 0 END) AS commission,
                   sum(vat_amount) AS vat, sum(movements)::bigint AS movements
              FROM share_sums
             WHERE tenant_id = %(tenant_id)s AND effective_on >= %(since)s
               AND (%(ids)s::uuid[] IS NULL OR beneficiary_id = ANY(%(ids)s))
               AND state = 'released'
               AND kind IN ('released', 'reversed', 'disputed', 'reinstated')
             GROUP BY beneficiary_id, effective_on, currency
             ORDER BY effective_on, currency, beneficiary_id
            """,
            {
                "tenant_id": scope.tenant_id,
                "since": since,
                "ids": None if beneficiary_ids is None else list(beneficiary_ids),
            },
        )
        return await cursor.fetchall()


async def latest_claim(scope: Scope, beneficiary_ids: Sequence[UUID] | None) -> date | None:
    """The last day on which something became released, of these partners or of all."""
    async with scope.conn.cursor(row_factory=scalar_row) as cursor:
        await cursor.execute(
            """
            SELECT max(effective_on)
              FROM share_sums
             WHERE tenant_id = %(tenant_id)s AND kind = 'released' AND state = 'released'
               AND (%(ids)s::uuid[] IS NULL OR beneficiary_id = ANY(%(ids)s))
            """,
            {
                "tenant_id": scope.tenant_id,
                "ids": None if beneficiary_ids is None else list(beneficiary_ids),
            },
        )
        return await cursor.fetchone()


async def count(scope: Scope) -> int:
    """How many rows of sums the tenant has."""
    cursor = await scope.conn.execute(
        "SELECT count(*) FROM share_sums WHERE tenant_id = %(tenant_id)s",
        {"tenant_id": scope.tenant_id},
    )
    row = await cursor.fetchone()
    return 0 if row is None else int(row[0])


async def put_together(scope: Scope) -> None:
    """Replace all rows that are there by one for each key; what is written meanwhile stays."""
    await scope.conn.execute(
        """
        WITH taken AS (
            DELETE FROM share_sums
             WHERE tenant_id = %(tenant_id)s
            RETURNING beneficiary_id, currency, effective_on, line_kind, kind, state, amount,
                      vat_amount, movements
        )
        INSERT INTO share_sums (tenant_id, id, beneficiary_id, currency, effective_on, line_kind,
                                kind, state, amount, vat_amount, movements)
        SELECT %(tenant_id)s, uuidv7(), beneficiary_id, currency, effective_on, line_kind, kind,
               state, sum(amount), sum(vat_amount), sum(movements)
          FROM taken
         GROUP BY beneficiary_id, currency, effective_on, line_kind, kind, state
        """,
        {"tenant_id": scope.tenant_id},
    )


async def faults(scope: Scope) -> int:
    """In how many keys the sums are not what the movements add up to; zero without a bug."""
    cursor = await scope.conn.execute(
        """
        WITH moved AS (
            SELECT m.beneficiary_id, m.currency, m.effective_on, l.kind AS line_kind, m.kind,
                   s.state, s.sign * m.amount AS amount, s.sign * m.vat_amount AS vat_amount
              FROM share_movements m
              JOIN share_lines l ON l.tenant_id = m.tenant_id AND l.id = m.share_line_id
             CROSS JOIN LATERAL (VALUES (m.to_state, 1), (m.from_state, -1)) AS s(state, sign)
             WHERE m.tenant_id = %(tenant_id)s AND s.state IS NOT NULL
             UNION ALL
            SELECT beneficiary_id, currency, effective_on, line_kind, kind, state, -amount,
                   -vat_amount
              FROM share_sums
             WHERE tenant_id = %(tenant_id)s
        )
        SELECT count(*)
          FROM (SELECT
                  FROM moved
                 GROUP BY beneficiary_id, currency, effective_on, line_kind, kind, state
                HAVING sum(amount) <> 0 OR sum(vat_amount) <> 0) AS wrong
        """,
        {"tenant_id": scope.tenant_id},
    )
    row = await cursor.fetchone()
    return 0 if row is None else int(row[0])
