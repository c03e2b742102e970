"""The provider's own books and ours say the same."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final, LiteralString

from groschen.simulation.checks.check import none, same

if TYPE_CHECKING:
    from groschen.audit import Check
    from groschen.kit.db import Scope

DIFFERENCES: Final[dict[str, LiteralString]] = {
    "every captured charge is one captured payment": """
        SELECT coalesce(c.idempotency_key, m.payment_id::text), c.captured, m.amount
          FROM (SELECT idempotency_key, captured FROM sandbox_charges
                 WHERE tenant_id = %(tenant_id)s AND state = 'captured') c
          FULL JOIN (SELECT payment_id, count(*) AS times, sum(amount) AS amount
                       FROM payment_movements
                      WHERE tenant_id = %(tenant_id)s AND kind = 'captured'
                      GROUP BY payment_id) m
            ON m.payment_id::text = split_part(c.idempotency_key, ':', 1)
         WHERE c.captured IS DISTINCT FROM m.amount OR m.times <> 1
    """,
    "no payment is charged twice": """
        SELECT split_part(idempotency_key, ':', 1), count(*)
          FROM sandbox_charges
         WHERE tenant_id = %(tenant_id)s AND state IN ('captured', 'pending')
         GROUP BY split_part(idempotency_key, ':', 1)
        HAVING count(*) > 1
    """,
    "every payment stands as its charge": """
        SELECT p.id, p.state, c.state, c.failure_code
          FROM payments p
          JOIN sandbox_charges c
            ON c.tenant_id = p.tenant_id AND split_part(c.idempotency_key, ':', 1) = p.id::text
         WHERE p.tenant_id = %(tenant_id)s
           AND CASE c.state WHEN 'captured' THEN p.state NOT IN ('captured', 'disputed', 'lost',
                                                                  'late', 'given_back')
                            WHEN 'pending' THEN p.state <> 'requested'
                            WHEN 'failed' THEN p.state <> 'failed'
                                 AND (c.failure_code <> 'insufficient_funds'
                                      OR p.state NOT IN ('requested', 'late', 'given_back'))
                            ELSE true END
    """,
    "every refund at the provider is one refund here": """
        SELECT coalesce(s.idempotency_key, m.source), s.amount, m.amount
          FROM (SELECT idempotency_key, -amount AS amount FROM sandbox_movements
                 WHERE tenant_id = %(tenant_id)s AND kind = 'refund' AND state = 'done') s
          FULL JOIN (SELECT source, amount FROM payment_movements
                      WHERE tenant_id = %(tenant_id)s AND kind = 'refunded' AND amount <> 0) m
            ON m.source = split_part(s.idempotency_key, ':', 1)
         WHERE s.amount IS DISTINCT FROM m.amount
    """,
    "every chargeback at the provider is one here": """
        SELECT coalesce(s.payment, d.payment), s.taken, d.taken, s.won, d.won
          FROM (SELECT split_part(c.idempotency_key, ':', 1) AS payment,
                       sum(-m.amount + m.fee) FILTER (WHERE m.kind <> 'dispute_won') AS taken,
                       sum(m.amount) FILTER (WHERE m.kind = 'dispute_won') AS won
                  FROM sandbox_movements m
                  JOIN sandbox_charges c
                    ON c.tenant_id = m.tenant_id AND c.reference = m.charge_reference
                 WHERE m.tenant_id = %(tenant_id)s AND m.kind <> 'refund'
                 GROUP BY split_part(c.idempotency_key, ':', 1)) s
          FULL JOIN (SELECT payment_id::text AS payment,
                            sum(amount + fee) FILTER (WHERE kind <> 'chargeback_won') AS taken,
                            sum(amount) FILTER (WHERE kind = 'chargeback_won') AS won
                       FROM payment_movements
                      WHERE tenant_id = %(tenant_id)s
                        AND kind IN ('charged_back', 'returned', 'chargeback_won')
                      GROUP BY payment_id) d ON d.payment = s.payment
         WHERE s.taken IS DISTINCT FROM d.taken OR s.won IS DISTINCT FROM d.won
    """,
    "every payout of the provider is booked": """
        SELECT coalesce(s.reference, p.reference), s.net, p.net
          FROM (SELECT reference, net FROM sandbox_payouts WHERE tenant_id = %(tenant_id)s) s
          FULL JOIN (SELECT reference, net FROM psp_payouts WHERE tenant_id = %(tenant_id)s) p
            ON p.reference = s.reference
         WHERE s.net IS DISTINCT FROM p.net
    """,
    "every booked transfer at the bank is paid here": """
        SELECT coalesce(t.end_to_end_id, p.end_to_end_id), t.answer, p.state
          FROM (SELECT end_to_end_id, answer FROM sandbox_transfers
                 WHERE tenant_id = %(tenant_id)s) t
          FULL JOIN (SELECT p.end_to_end_id, p.state
                       FROM payouts p
                       JOIN payout_runs r ON r.tenant_id = p.tenant_id AND r.id = p.run_id
                      WHERE p.tenant_id = %(tenant_id)s
                        AND r.state IN ('sent', 'finished')) p
            ON p.end_to_end_id = t.end_to_end_id
         WHERE CASE t.answer
               WHEN 'accepted' THEN coalesce(p.state, '') NOT IN ('open', 'accepted', 'booked')
               WHEN 'rejected' THEN coalesce(p.state, '') NOT IN ('open', 'rejected', 'returned')
               ELSE true END
    """,
}
HELD: Final[LiteralString] = """
    SELECT coalesce((SELECT sum(captured)
                       FROM sandbox_charges
                      WHERE tenant_id = %(tenant_id)s AND state = 'captured'
                        AND payout IS NULL), 0)
         + coalesce((SELECT sum(amount - CASE WHEN kind IN ('dispute', 'return') THEN fee
                                              ELSE 0 END)
                       FROM sandbox_movements
                      WHERE tenant_id = %(tenant_id)s AND payout IS NULL
                        AND state NOT IN ('pending', 'failed')), 0)
"""
CLEARING: Final[LiteralString] = """
    SELECT coalesce(sum(amount), 0)
      FROM postings
     WHERE tenant_id = %(tenant_id)s AND account = 'PSP_CLEARING'
"""


async def check(scope: Scope) -> list[Check]:
    """Compare charge by charge, refund by refund, and the sum that the provider still holds."""
    given = {"tenant_id": scope.tenant_id}
    checks: list[Check] = []
    for name, query in DIFFERENCES.items():
        cursor = await scope.conn.execute(query, given)
        checks.append(none(name, [str(row) for row in await cursor.fetchall()]))
    held, clearing = [await _sum(scope, query) for query in (HELD, CLEARING)]
    checks.append(same("the clearing account is what the provider holds", held, clearing))
    return checks


async def _sum(scope: Scope, query: LiteralString) -> Fraction:
    cursor = await scope.conn.execute(query, {"tenant_id": scope.tenant_id})
    row = await cursor.fetchone()
    return Fraction(0 if row is None else row[0])
