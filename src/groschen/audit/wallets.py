"""Wallets: buckets, burns and what was repaid, against wallets, totals and the ledger.

Use is posted by a job: until then the ledger and what totals say is not posted yet are together
what the wallets hold.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from groschen.features.ledger.verify import no_fault

if TYPE_CHECKING:
    from groschen.features.ledger.verify import Check
    from groschen.kit.db import Scope


async def credit_equals_buckets(scope: Scope) -> Check:
    """The credit of a wallet is what is left in its open buckets."""
    return await no_fault(
        scope,
        "wallets.credit_equals_buckets",
        """
        SELECT count(*) OVER (), 'wallet ' || w.id, trim_scale(coalesce(b.left, 0))::text,
               trim_scale(w.credit)::text
          FROM wallets w
          LEFT JOIN (SELECT wallet_id, sum(amount - spent) AS left
                       FROM wallet_buckets
                      WHERE tenant_id = %(tenant_id)s AND state = 'open'
                      GROUP BY wallet_id) b ON b.wallet_id = w.id
         WHERE w.tenant_id = %(tenant_id)s AND w.credit <> coalesce(b.left, 0)
         ORDER BY 2
         LIMIT %(shown)s
        """,
    )


async def overdraft_equals_burns(scope: Scope) -> Check:
    """The emergency credit of a wallet is what use took of it less what top-ups repaid."""
    return await no_fault(
        scope,
        "wallets.overdraft_equals_burns",
        """
        SELECT count(*) OVER (), 'wallet ' || coalesce(w.id, b.wallet_id),
               trim_scale(coalesce(b.owed, 0))::text, trim_scale(coalesce(w.overdraft, 0))::text
          FROM (SELECT id, overdraft FROM wallets WHERE tenant_id = %(tenant_id)s) w
          FULL JOIN (SELECT wallet_id, sum(amount - repaid) AS owed
                       FROM burns
                      WHERE tenant_id = %(tenant_id)s
                        AND bucket_id = '00000000-0000-0000-0000-000000000000'
                      GROUP BY wallet_id) b ON b.wallet_id = w.id
         WHERE coalesce(w.overdraft, 0) <> coalesce(b.owed, 0)
         ORDER BY 2
         LIMIT %(shown)s
        """,
    )


async def spent_equals_burns(scope: Scope) -> Check:
    """What of a bucket is spent, and the VAT in it, is what it burned."""
    return await no_fault(
        scope,
        "wallets.spent_equals_burns",
        """
        SELECT count(*) OVER (), 'bucket ' || coalesce(k.id, b.bucket_id),
               trim_scale(coalesce(b.amount, 0)) || ' and VAT ' || trim_scale(coalesce(b.vat, 0)),
               trim_scale(coalesce(k.spent, 0)) || ' and VAT '
               || trim_scale(coalesce(k.spent_vat, 0))
          FROM (SELECT id, spent, spent_vat
                  FROM wallet_buckets
                 WHERE tenant_id = %(tenant_id)s) k
          FULL JOIN (SELECT bucket_id, sum(amount) AS amount, sum(vat) AS vat
                       FROM burns
                      WHERE tenant_id = %(tenant_id)s
                        AND bucket_id <> '00000000-0000-0000-0000-000000000000'
                      GROUP BY bucket_id) b ON b.bucket_id = k.id
         WHERE coalesce(k.spent, 0) <> coalesce(b.amount, 0)
            OR coalesce(k.spent_vat, 0) <> coalesce(b.vat, 0)
         ORDER BY 2
         LIMIT %(shown)s
        """,
    )


async def buckets_equal_movements(scope: Scope) -> Check:
    """What was put into a bucket is what came in, less what went on to a restored one."""
    return await no_fault(
        scope,
        "wallets.buckets_equal_movements",
        """
        SELECT count(*) OVER (), 'bucket ' || coalesce(k.id, m.bucket_id),
               trim_scale(coalesce(m.amount, 0))::text, trim_scale(coalesce(k.amount, 0))::text
          FROM (SELECT id, amount
                  FROM wallet_buckets
                 WHERE tenant_id = %(tenant_id)s) k
          FULL JOIN (SELECT bucket_id, sum(amount) AS amount
                       FROM wallet_movements
                      WHERE tenant_id = %(tenant_id)s AND bucket_id IS NOT NULL
                        AND kind IN ('credited', 'restored')
                      GROUP BY bucket_id) m ON m.bucket_id = k.id
         WHERE coalesce(k.amount, 0) <> coalesce(m.amount, 0)
         ORDER BY 2
         LIMIT %(shown)s
        """,
    )


async def totals_equal_burns(scope: Scope) -> Check:
    """What credit and emergency credit paid of a total is what burned for it.

    A total below zero (a discount) brought credit instead, as a movement of its own.
    """
    return await no_fault(
        scope,
        "wallets.totals_equal_burns",
        """
        WITH burned AS (
            SELECT total_id, bucket_id = '00000000-0000-0000-0000-000000000000' AS emergency,
                   amount
              FROM burns
             WHERE tenant_id = %(tenant_id)s
             UNION ALL
            SELECT m.source_id, false, -m.amount
              FROM wallet_movements m
              JOIN item_totals t ON t.tenant_id = m.tenant_id AND t.id = m.source_id
             WHERE m.tenant_id = %(tenant_id)s AND m.kind = 'restored'
        ), paid AS (
            SELECT total_id, coalesce(sum(amount) FILTER (WHERE NOT emergency), 0) AS wallet,
                   coalesce(sum(amount) FILTER (WHERE emergency), 0) AS overdraft
              FROM burned
             GROUP BY total_id
        )
        SELECT count(*) OVER (), 'total ' || coalesce(t.id, p.total_id),
               trim_scale(coalesce(p.wallet, 0)) || ' and emergency '
               || trim_scale(coalesce(p.overdraft, 0)),
               trim_scale(coalesce(t.funded_wallet, 0)) || ' and emergency '
               || trim_scale(coalesce(t.funded_overdraft, 0))
          FROM (SELECT id, funded_wallet, funded_overdraft
                  FROM item_totals
                 WHERE tenant_id = %(tenant_id)s) t
          FULL JOIN paid p ON p.total_id = t.id
         WHERE (coalesce(t.funded_wallet, 0), coalesce(t.funded_overdraft, 0))
               <> (coalesce(p.wallet, 0), coalesce(p.overdraft, 0))
         ORDER BY 2
         LIMIT %(shown)s
        """,
    )


async def credit_equals_ledger(scope: Scope) -> Check:
    """PREPAID and EMERGENCY_CREDIT of a customer are the wallets' less what is not posted yet.

    Expired credit stays on PREPAID until its breakage is booked.
    """
    return await no_fault(
        scope,
        "wallets.credit_equals_ledger",
        """
        WITH held AS (
            SELECT w.party_id, w.currency::text AS currency, 'PREPAID' AS account,
                   k.spent - k.amount AS amount
              FROM wallets w
              JOIN wallet_buckets k ON k.tenant_id = w.tenant_id AND k.wallet_id = w.id
             WHERE w.tenant_id = %(tenant_id)s
             UNION ALL
            SELECT party_id, currency::text, 'EMERGENCY_CREDIT', overdraft
              FROM wallets
             WHERE tenant_id = %(tenant_id)s
             UNION ALL
            SELECT t.party_id, t.currency::text, 'PREPAID', d.posted_wallet - d.wallet
              FROM total_days d
              JOIN item_totals t ON t.tenant_id = d.tenant_id AND t.id = d.total_id
             WHERE d.tenant_id = %(tenant_id)s AND d.unposted
             UNION ALL
            SELECT t.party_id, t.currency::text, 'EMERGENCY_CREDIT',
                   d.posted_overdraft - d.overdraft
              FROM total_days d
              JOIN item_totals t ON t.tenant_id = d.tenant_id AND t.id = d.total_id
             WHERE d.tenant_id = %(tenant_id)s AND d.unposted
        ), expected AS (
            SELECT party_id, currency, account, sum(amount) AS amount
              FROM held
             GROUP BY party_id, currency, account
        ), booked AS (
            SELECT p.party_id, p.currency::text AS currency, p.account, sum(p.amount) AS amount
              FROM postings p
              JOIN journals j ON j.tenant_id = p.tenant_id AND j.id = p.journal_id
             WHERE p.tenant_id = %(tenant_id)s AND p.account IN ('PREPAID', 'EMERGENCY_CREDIT')
               AND j.kind <> 'manual'
             GROUP BY p.party_id, p.currency, p.account
        )
        SELECT count(*) OVER (),
               coalesce(e.account, b.account) || ' of party ' || coalesce(e.party_id, b.party_id)
               || ' in ' || coalesce(e.currency, b.currency),
               trim_scale(coalesce(e.amount, 0))::text, trim_scale(coalesce(b.amount, 0))::text
          FROM expected e
          FULL JOIN booked b ON b.party_id = e.party_id AND b.currency = e.currency
                            AND b.account = e.account
         WHERE coalesce(e.amount, 0) <> coalesce(b.amount, 0)
         ORDER BY 2
         LIMIT %(shown)s
        """,
    )


async def vat_equals_ledger(scope: Scope) -> Check:
    """PREPAID_VAT is the VAT in what is left in buckets, and in use that is not posted yet."""
    return await no_fault(
        scope,
        "wallets.vat_equals_ledger",
        """
        WITH held AS (
            SELECT w.currency::text AS currency, k.vat - k.spent_vat AS amount
              FROM wallets w
              JOIN wallet_buckets k ON k.tenant_id = w.tenant_id AND k.wallet_id = w.id
             WHERE w.tenant_id = %(tenant_id)s
             UNION ALL
            SELECT t.currency::text, d.wallet_vat - d.posted_wallet_vat
              FROM total_days d
              JOIN item_totals t ON t.tenant_id = d.tenant_id AND t.id = d.total_id
             WHERE d.tenant_id = %(tenant_id)s AND d.unposted
        ), expected AS (
            SELECT currency, sum(amount) AS amount FROM held GROUP BY currency
        ), booked AS (
            SELECT p.currency::text AS currency, sum(p.amount) AS amount
              FROM postings p
              JOIN journals j ON j.tenant_id = p.tenant_id AND j.id = p.journal_id
             WHERE p.tenant_id = %(tenant_id)s AND p.account = 'PREPAID_VAT'
               AND j.kind <> 'manual'
             GROUP BY p.currency
        )
        SELECT count(*) OVER (), 'PREPAID_VAT in ' || coalesce(e.currency, b.currency),
               trim_scale(coalesce(e.amount, 0))::text, trim_scale(coalesce(b.amount, 0))::text
          FROM expected e
          FULL JOIN booked b ON b.currency = e.currency
         WHERE coalesce(e.amount, 0) <> coalesce(b.amount, 0)
         ORDER BY 2
         LIMIT %(shown)s
        """,
    )


async def top_ups_equal_payments(scope: Scope) -> Check:
    """A top-up is credited if and only if its payment was captured, with that amount."""
    return await no_fault(
        scope,
        "wallets.top_ups_equal_payments",
        """
        SELECT count(*) OVER (), 'top-up ' || coalesce(t.id, p.source_id),
               coalesce(CASE p.state WHEN 'requested' THEN 'requested' WHEN 'failed' THEN 'failed'
                                     ELSE 'credited' END || ' ' || trim_scale(p.amount),
                        'no payment'),
               coalesce(t.state || ' ' || trim_scale(t.amount), 'none')
          FROM (SELECT id, state, amount
                  FROM top_ups
                 WHERE tenant_id = %(tenant_id)s AND kind = 'payment') t
          FULL JOIN (SELECT source_id, state, amount
                       FROM payments
                      WHERE tenant_id = %(tenant_id)s AND purpose = 'top_up') p
            ON p.source_id = t.id
         WHERE t.amount IS DISTINCT FROM p.amount
            OR t.state <> CASE p.state WHEN 'requested' THEN 'requested'
                                       WHEN 'failed' THEN 'failed'
                                       ELSE 'credited' END
         ORDER BY 2
         LIMIT %(shown)s
        """,
    )


CHECKS: Final = (
    credit_equals_buckets,
    overdraft_equals_burns,
    spent_equals_burns,
    buckets_equal_movements,
    totals_equal_burns,
    credit_equals_ledger,
    vat_equals_ledger,
    top_ups_equal_payments,
)
