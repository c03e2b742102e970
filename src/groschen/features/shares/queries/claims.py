"""The statements that read and write share movements for settlement: no decisions.

Of a beneficiary's movements those count that change what is *released*: into the state
``released`` with their amount, out of it with its negative. The kinds ``stated`` and ``paid`` are
left out: they say what settlement itself did.
"""

from collections.abc import AsyncIterator, Sequence
from datetime import date
from typing import Final
from uuid import UUID

from psycopg.rows import class_row

from groschen.features.shares.statement_model import (
    BeneficiaryClaims,
    ClaimLine,
    ClaimSum,
    PinnedTerms,
)
from groschen.kit.db import Scope

ROWS_PER_FETCH: Final = 2000


async def beneficiaries(scope: Scope, period_to: date) -> list[BeneficiaryClaims]:
    """Every beneficiary and currency with a claim before ``period_to``: its first and last day.

    Walks from one key of the index to the next, so it costs as many steps as there are
    beneficiaries, not as there are movements.
    """
    async with scope.conn.cursor(row_factory=class_row(BeneficiaryClaims)) as cursor:
        await cursor.execute(
            """
            WITH RECURSIVE keys AS (
                (SELECT beneficiary_id, currency::text AS currency
                   FROM share_movements
                  WHERE tenant_id = %(tenant_id)s
                  ORDER BY beneficiary_id, currency
                  LIMIT 1)
                 UNION ALL
                SELECT following.beneficiary_id, following.currency
                  FROM keys k
                 CROSS JOIN LATERAL (
                    SELECT m.beneficiary_id, m.currency::text AS currency
                      FROM share_movements m
                     WHERE m.tenant_id = %(tenant_id)s
                       AND (m.beneficiary_id, m.currency) > (k.beneficiary_id, k.currency)
                     ORDER BY m.beneficiary_id, m.currency
                     LIMIT 1) AS following
            )
            SELECT k.beneficiary_id, k.currency, first.effective_on AS first_on,
                   last.effective_on AS last_on
              FROM keys k
             CROSS JOIN LATERAL (
                SELECT m.effective_on
                  FROM share_movements m
                 WHERE m.tenant_id = %(tenant_id)s AND m.beneficiary_id = k.beneficiary_id
                   AND m.currency = k.currency AND m.effective_on < %(period_to)s
                   AND m.kind IN ('released', 'reversed', 'disputed', 'reinstated')
                   AND (m.to_state = 'released' OR m.from_state = 'released')
                 ORDER BY m.effective_on
                 LIMIT 1) AS first
             CROSS JOIN LATERAL (
                SELECT m.effective_on
                  FROM share_movements m
                 WHERE m.tenant_id = %(tenant_id)s AND m.beneficiary_id = k.beneficiary_id
                   AND m.currency = k.currency AND m.effective_on < %(period_to)s
                   AND m.kind IN ('released', 'reversed', 'disputed', 'reinstated')
                   AND (m.to_state = 'released' OR m.from_state = 'released')
                 ORDER BY m.effective_on DESC
                 LIMIT 1) AS last
             ORDER BY k.beneficiary_id, k.currency
            """,
            {"tenant_id": scope.tenant_id, "period_to": period_to},
        )
        return await cursor.fetchall()


async def claims(
    scope: Scope, beneficiary_id: UUID, currency: str, period_from: date, period_to: date
) -> list[ClaimSum]:
    """What became released in the period less what left again, per kind, rate and terms."""
    async with scope.conn.cursor(row_factory=class_row(ClaimSum)) as cursor:
        await cursor.execute(
            """
            SELECT l.kind, l.vat_rate, l.agreement_version_id, count(*) AS line_count,
                   sum(CASE WHEN m.to_state = 'released' THEN m.amount ELSE -m.amount END)
                       AS amount,
                   coalesce(sum(CASE WHEN m.to_state = 'released' THEN m.amount ELSE -m.amount END)
                       FILTER (WHERE m.posted AND l.kind = 'commission'), 0) AS posted,
                   coalesce(sum(CASE WHEN m.to_state = 'released' THEN m.vat_amount
                                     ELSE -m.vat_amount END)
                       FILTER (WHERE m.posted AND l.kind = 'commission'), 0) AS vat_posted
              FROM share_movements m
              JOIN share_lines l ON l.tenant_id = m.tenant_id AND l.id = m.share_line_id
             WHERE m.tenant_id = %(tenant_id)s AND m.beneficiary_id = %(beneficiary_id)s
               AND m.currency = %(currency)s
               AND m.effective_on >= %(period_from)s AND m.effective_on < %(period_to)s
               AND m.kind IN ('released', 'reversed', 'disputed', 'reinstated')
               AND (m.to_state = 'released' OR m.from_state = 'released')
             GROUP BY l.kind, l.vat_rate, l.agreement_version_id
             ORDER BY l.kind, l.vat_rate, l.agreement_version_id
            """,
            {
                "tenant_id": scope.tenant_id,
                "beneficiary_id": beneficiary_id,
                "currency": currency,
                "period_from": period_from,
                "period_to": period_to,
            },
        )
        return await cursor.fetchall()


async def pinned_terms(
    scope: Scope, version_ids: Sequence[UUID], hashes: Sequence[str]
) -> list[PinnedTerms]:
    """What versions of agreements, found by id or hash, say about statements; oldest first."""
    async with scope.conn.cursor(row_factory=class_row(PinnedTerms)) as cursor:
        await cursor.execute(
            """
            SELECT hash, terms ->> 'seller_role' AS seller_role,
                   (terms #>> '{settlement,min_payout}')::numeric AS min_payout,
                   coalesce((terms #>> '{settlement,supply_vat_rate}')::numeric, 0)
                       AS supply_vat_rate
              FROM agreement_versions
             WHERE tenant_id = %(tenant_id)s
               AND (id = ANY(%(version_ids)s) OR hash = ANY(%(hashes)s))
             ORDER BY valid_from, id
            """,
            {
                "tenant_id": scope.tenant_id,
                "version_ids": list(version_ids),
                "hashes": list(hashes),
            },
        )
        return await cursor.fetchall()


async def claim_lines(
    scope: Scope, beneficiary_id: UUID, currency: str, period_from: date, period_to: date
) -> AsyncIterator[ClaimLine]:
    """The movements of ``claims`` one by one in booking order, fetched through a cursor.

    Names the sale a line belongs to by its id and reference; nothing about a person.
    """
    async with scope.conn.cursor(
        f"claim_lines_{beneficiary_id.hex}", row_factory=class_row(ClaimLine)
    ) as cursor:
        cursor.itersize = ROWS_PER_FETCH
        await cursor.execute(
            """
            SELECT l.id AS line_id, m.id AS movement_id, m.effective_on, m.kind AS movement,
                   l.sale_id AS order_id, t.reference, l.rule, l.kind, l.base,
                   l.factors::text AS factors,
                   CASE WHEN m.to_state = 'released' THEN m.amount ELSE -m.amount END AS amount,
                   l.vat_rate,
                   CASE WHEN m.to_state = 'released' THEN m.vat_amount ELSE -m.vat_amount END
                       AS vat_amount,
                   l.currency, v.hash AS agreement_hash
              FROM share_movements m
              JOIN share_lines l ON l.tenant_id = m.tenant_id AND l.id = m.share_line_id
              JOIN agreement_versions v
                ON v.tenant_id = l.tenant_id AND v.id = l.agreement_version_id
              JOIN totals t ON t.tenant_id = l.tenant_id AND t.id = l.total_id
             WHERE m.tenant_id = %(tenant_id)s AND m.beneficiary_id = %(beneficiary_id)s
               AND m.currency = %(currency)s
               AND m.effective_on >= %(period_from)s AND m.effective_on < %(period_to)s
               AND m.kind IN ('released', 'reversed', 'disputed', 'reinstated')
               AND (m.to_state = 'released' OR m.from_state = 'released')
             ORDER BY m.effective_on, m.id
            """,
            {
                "tenant_id": scope.tenant_id,
                "beneficiary_id": beneficiary_id,
                "currency": currency,
                "period_from": period_from,
                "period_to": period_to,
            },
        )
        async for row in cursor:
            yield row


async def insert_stated(
    scope: Scope,
    beneficiary_id: UUID,
    currency: str,
    period_from: date,
    period_to: date,
    statement_id: UUID,
) -> int:
    """Move what became released in the period to ``stated``, one movement a line; count them."""
    cursor = await scope.conn.execute(
        """
        WITH written AS (
            INSERT INTO share_movements (tenant_id, id, share_line_id, sale_id, beneficiary_id,
                                         kind, from_state, to_state, currency, amount, vat_amount,
                                         posted, source_id, effective_on, recorded_at)
            SELECT %(tenant_id)s, uuidv7(), share_line_id, sale_id, %(beneficiary_id)s, 'stated',
                   'released', 'stated', %(currency)s, amount, vat_amount, true,
                   %(statement_id)s, %(today)s, %(recorded_at)s
              FROM (SELECT share_line_id, sale_id,
                           sum(CASE WHEN to_state = 'released' THEN amount ELSE -amount END)
                               AS amount,
                           sum(CASE WHEN to_state = 'released' THEN vat_amount ELSE -vat_amount END)
                               AS vat_amount
                      FROM share_movements
                     WHERE tenant_id = %(tenant_id)s AND beneficiary_id = %(beneficiary_id)s
                       AND currency = %(currency)s
                       AND effective_on >= %(period_from)s AND effective_on < %(period_to)s
                       AND kind IN ('released', 'reversed', 'disputed', 'reinstated')
                       AND (to_state = 'released' OR from_state = 'released')
                     GROUP BY share_line_id, sale_id) AS net
             WHERE amount <> 0 OR vat_amount <> 0
            RETURNING share_line_id, amount, vat_amount
        ), sums AS (
            INSERT INTO share_sums (tenant_id, id, beneficiary_id, currency, effective_on,
                                    line_kind, kind, state, amount, vat_amount, movements)
            SELECT %(tenant_id)s, uuidv7(), %(beneficiary_id)s, %(currency)s, %(today)s, l.kind,
                   'stated', s.state, sum(s.sign * w.amount), sum(s.sign * w.vat_amount), count(*)
              FROM written w
              JOIN share_lines l ON l.tenant_id = %(tenant_id)s AND l.id = w.share_line_id
             CROSS JOIN (VALUES ('stated', 1), ('released', -1)) AS s(state, sign)
             GROUP BY l.kind, s.state
        )
        SELECT count(*) FROM written
        """,
        {
            "tenant_id": scope.tenant_id,
            "beneficiary_id": beneficiary_id,
            "currency": currency,
            "period_from": period_from,
            "period_to": period_to,
            "statement_id": statement_id,
            "today": scope.today,
            "recorded_at": scope.real_now,
        },
    )
    row = await cursor.fetchone()
    return 0 if row is None else int(row[0])


async def insert_paid(
    scope: Scope,
    statement_id: UUID,
    beneficiary_id: UUID,
    currency: str,
    stated_since: date,
    *,
    paid: bool,
) -> int:
    """Bring every line of a statement to wholly paid, or back to not paid; count what moved.

    Moves the difference to what is paid already, so that saying it twice moves nothing.
    """
    cursor = await scope.conn.execute(
        """
        WITH written AS (
            INSERT INTO share_movements (tenant_id, id, share_line_id, sale_id, beneficiary_id,
                                         kind, from_state, to_state, currency, amount, vat_amount,
                                         posted, source_id, effective_on, recorded_at)
            SELECT %(tenant_id)s, uuidv7(), share_line_id, sale_id, %(beneficiary_id)s, 'paid',
                   'stated', 'paid', %(currency)s, amount, vat_amount, true, %(statement_id)s,
                   %(today)s, %(recorded_at)s
              FROM (SELECT share_line_id, sale_id,
                           sum(CASE WHEN kind = 'paid' THEN -amount
                                    WHEN %(paid)s THEN amount ELSE 0 END) AS amount,
                           sum(CASE WHEN kind = 'paid' THEN -vat_amount
                                    WHEN %(paid)s THEN vat_amount ELSE 0 END) AS vat_amount
                      FROM share_movements
                     WHERE tenant_id = %(tenant_id)s AND beneficiary_id = %(beneficiary_id)s
                       AND currency = %(currency)s AND effective_on >= %(stated_since)s
                       AND kind IN ('stated', 'paid') AND source_id = %(statement_id)s
                     GROUP BY share_line_id, sale_id) AS missing
             WHERE amount <> 0 OR vat_amount <> 0
            RETURNING share_line_id, amount, vat_amount
        ), sums AS (
            INSERT INTO share_sums (tenant_id, id, beneficiary_id, currency, effective_on,
                                    line_kind, kind, state, amount, vat_amount, movements)
            SELECT %(tenant_id)s, uuidv7(), %(beneficiary_id)s, %(currency)s, %(today)s, l.kind,
                   'paid', s.state, sum(s.sign * w.amount), sum(s.sign * w.vat_amount), count(*)
              FROM written w
              JOIN share_lines l ON l.tenant_id = %(tenant_id)s AND l.id = w.share_line_id
             CROSS JOIN (VALUES ('paid', 1), ('stated', -1)) AS s(state, sign)
             GROUP BY l.kind, s.state
        )
        SELECT count(*) FROM written
        """,
        {
            "tenant_id": scope.tenant_id,
            "statement_id": statement_id,
            "beneficiary_id": beneficiary_id,
            "currency": currency,
            "stated_since": stated_since,
            "paid": paid,
            "today": scope.today,
            "recorded_at": scope.real_now,
        },
    )
    row = await cursor.fetchone()
    return 0 if row is None else int(row[0])
