"""Payments and the account where a provider keeps our money."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from groschen.features.ledger.verify import no_fault

if TYPE_CHECKING:
    from groschen.features.ledger.verify import Check
    from groschen.kit.db import Scope


async def movements_have_payment(scope: Scope) -> Check:
    """Every movement belongs to a payment, and every captured payment has one capture."""
    return await no_fault(
        scope,
        "payments.movements_have_payment",
        """
        SELECT count(*) OVER (), 'payment ' || coalesce(p.id, m.payment_id),
               CASE WHEN p.id IS NULL THEN 'a payment'
                    ELSE 'captured ' || trim_scale(p.amount) END,
               CASE WHEN p.id IS NULL THEN 'none'
                    ELSE 'captured ' || coalesce(trim_scale(m.captured)::text, 'nothing') END
          FROM (SELECT id, amount
                  FROM payments
                 WHERE tenant_id = %(tenant_id)s AND captured_at IS NOT NULL) p
          FULL JOIN (SELECT payment_id, sum(amount) FILTER (WHERE kind = 'captured') AS captured
                       FROM payment_movements
                      WHERE tenant_id = %(tenant_id)s
                      GROUP BY payment_id) m ON m.payment_id = p.id
         WHERE p.amount IS DISTINCT FROM m.captured
         ORDER BY 2
         LIMIT %(shown)s
        """,
    )


async def refunded_equals_refunds(scope: Scope) -> Check:
    """What a payment has given back or is giving back is the sum of its refunds."""
    return await no_fault(
        scope,
        "payments.refunded_equals_refunds",
        """
        SELECT count(*) OVER (), 'payment ' || p.id, trim_scale(coalesce(f.gross, 0))::text,
               trim_scale(p.refunded)::text
          FROM payments p
          LEFT JOIN (SELECT payment_id, sum(gross) AS gross
                       FROM payment_refunds
                      WHERE tenant_id = %(tenant_id)s AND state <> 'failed'
                      GROUP BY payment_id) f ON f.payment_id = p.id
         WHERE p.tenant_id = %(tenant_id)s AND p.refunded <> coalesce(f.gross, 0)
         ORDER BY p.id
         LIMIT %(shown)s
        """,
    )


async def clearing_equals_ledger(scope: Scope) -> Check:
    """PSP_CLEARING, without journals by hand, is what providers hold: taken less paid out."""
    return await no_fault(
        scope,
        "payments.clearing_equals_ledger",
        """
        WITH moved AS (
            SELECT p.currency::text AS currency,
                   CASE WHEN m.kind = 'captured' AND p.on_bank THEN 0
                        WHEN m.kind IN ('captured', 'chargeback_won') THEN m.amount
                        WHEN m.kind IN ('refunded', 'charged_back', 'returned')
                        THEN -m.amount - m.fee
                        ELSE 0 END AS amount
              FROM payment_movements m
              JOIN payments p ON p.tenant_id = m.tenant_id AND p.id = m.payment_id
             WHERE m.tenant_id = %(tenant_id)s
             UNION ALL
            SELECT currency::text, -gross
              FROM psp_payouts
             WHERE tenant_id = %(tenant_id)s
        ), expected AS (
            SELECT currency, sum(amount) AS amount FROM moved GROUP BY currency
        ), booked AS (
            SELECT p.currency::text AS currency, sum(p.amount) AS amount
              FROM postings p
              JOIN journals j ON j.tenant_id = p.tenant_id AND j.id = p.journal_id
             WHERE p.tenant_id = %(tenant_id)s AND p.account = 'PSP_CLEARING'
               AND j.kind <> 'manual'
             GROUP BY p.currency
        )
        SELECT count(*) OVER (), 'PSP_CLEARING in ' || coalesce(e.currency, b.currency),
               trim_scale(coalesce(e.amount, 0))::text, trim_scale(coalesce(b.amount, 0))::text
          FROM expected e
          FULL JOIN booked b ON b.currency = e.currency
         WHERE coalesce(e.amount, 0) <> coalesce(b.amount, 0)
         ORDER BY 2
         LIMIT %(shown)s
        """,
    )


async def late_equals_ledger(scope: Scope) -> Check:
    """UNALLOCATED is what came too late and was not given back yet, per customer."""
    return await no_fault(
        scope,
        "payments.late_equals_ledger",
        """
        WITH late AS (
            SELECT party_id, currency::text AS currency, sum(amount) AS amount
              FROM payments
             WHERE tenant_id = %(tenant_id)s AND state = 'late'
             GROUP BY party_id, currency
        ), booked AS (
            SELECT party_id, currency::text AS currency, -sum(amount) AS amount
              FROM postings
             WHERE tenant_id = %(tenant_id)s AND account = 'UNALLOCATED'
             GROUP BY party_id, currency
        )
        SELECT count(*) OVER (), 'UNALLOCATED of ' || coalesce(l.party_id, b.party_id),
               trim_scale(coalesce(l.amount, 0))::text, trim_scale(coalesce(b.amount, 0))::text
          FROM late l
          FULL JOIN booked b ON b.party_id = l.party_id AND b.currency = l.currency
         WHERE coalesce(l.amount, 0) <> coalesce(b.amount, 0)
         ORDER BY 2
         LIMIT %(shown)s
        """,
    )


CHECKS: Final = (
    movements_have_payment,
    refunded_equals_refunds,
    clearing_equals_ledger,
    late_equals_ledger,
)
