"""Totals of usage, their day slices, and what of them is in shares and ledger.

Everywhere sub-ledger = ledger + unposted: what a slice waits with is not in the books yet.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from groschen.features.ledger.verify import no_fault

if TYPE_CHECKING:
    from groschen.features.ledger.verify import Check
    from groschen.kit.db import Scope


async def totals_equal_days(scope: Scope) -> Check:
    """A total is the sum of its days, in every figure."""
    return await no_fault(
        scope,
        "usage.totals_equal_days",
        """
        SELECT count(*) OVER (), 'total ' || coalesce(t.id, d.total_id),
               coalesce(concat_ws(' ', t.quantity, t.amount, t.gross, t.funded_wallet,
                                  t.funded_overdraft, t.receivable), 'a total'),
               coalesce(concat_ws(' ', d.quantity, d.amount, d.gross, d.wallet, d.overdraft,
                                  d.receivable), 'no days')
          FROM (SELECT *
                  FROM item_totals
                 WHERE tenant_id = %(tenant_id)s) t
          FULL JOIN (SELECT total_id, sum(quantity) AS quantity, sum(amount) AS amount,
                            sum(gross) AS gross, sum(wallet) AS wallet,
                            sum(overdraft) AS overdraft, sum(receivable) AS receivable
                       FROM total_days
                      WHERE tenant_id = %(tenant_id)s
                      GROUP BY total_id) d ON d.total_id = t.id
         WHERE t.id IS NULL
            OR (t.quantity, t.amount, t.gross, t.funded_wallet, t.funded_overdraft, t.receivable)
               <> (coalesce(d.quantity, 0), coalesce(d.amount, 0), coalesce(d.gross, 0),
                   coalesce(d.wallet, 0), coalesce(d.overdraft, 0), coalesce(d.receivable, 0))
         ORDER BY 2
         LIMIT %(shown)s
        """,
    )


async def waiting_days_are_marked(scope: Scope) -> Check:
    """A day waits to be posted if and only if something of it is not posted."""
    return await no_fault(
        scope,
        "usage.waiting_days_are_marked",
        """
        SELECT count(*) OVER (), 'day ' || day || ' of total ' || total_id,
               CASE WHEN unposted THEN 'something to post' ELSE 'all posted' END,
               trim_scale(gross - posted_gross) || ' gross not posted'
          FROM total_days
         WHERE tenant_id = %(tenant_id)s
           AND unposted <> ((quantity, amount, gross, wallet, wallet_vat, overdraft, receivable)
                            <> (posted_quantity, posted_amount, posted_gross, posted_wallet,
                                posted_wallet_vat, posted_overdraft, posted_receivable))
         ORDER BY total_id, day
         LIMIT %(shown)s
        """,
    )


async def posted_equals_shares(scope: Scope) -> Check:
    """What is posted of a total is what its shares were taken of."""
    return await no_fault(
        scope,
        "usage.posted_equals_shares",
        """
        SELECT count(*) OVER (), 'total ' || d.total_id,
               trim_scale(d.amount) || ', gross ' || trim_scale(d.gross),
               coalesce(trim_scale(t.amount) || ', gross ' || trim_scale(t.gross), 'nothing')
          FROM (SELECT total_id, sum(posted_amount) AS amount, sum(posted_gross) AS gross,
                       sum(posted_revision) AS bookings
                  FROM total_days
                 WHERE tenant_id = %(tenant_id)s
                 GROUP BY total_id) d
          LEFT JOIN totals t ON t.tenant_id = %(tenant_id)s AND t.id = d.total_id
         WHERE d.bookings > 0 AND (t.amount, t.gross) IS DISTINCT FROM (d.amount, d.gross)
         ORDER BY d.total_id
         LIMIT %(shown)s
        """,
    )


async def revenue_equals_ledger(scope: Scope) -> Check:
    """What usage earned by account is what its journals say, commission of agents included."""
    return await no_fault(
        scope,
        "usage.revenue_equals_ledger",
        """
        SELECT count(*) OVER (),
               coalesce(t.account, p.account) || ' in ' || coalesce(t.currency, p.currency),
               trim_scale(coalesce(t.net, 0))::text, trim_scale(coalesce(p.net, 0))::text
          FROM (SELECT revenue_account AS account, currency::text AS currency, sum(net) AS net
                  FROM totals
                 WHERE tenant_id = %(tenant_id)s AND sale_id = id
                 GROUP BY revenue_account, currency) t
          FULL JOIN (SELECT p.account, p.currency::text AS currency, -sum(p.amount) AS net
                       FROM postings p
                       JOIN journals j ON j.tenant_id = p.tenant_id AND j.id = p.journal_id
                       JOIN ledger_accounts a
                         ON a.tenant_id = p.tenant_id AND a.code = p.account
                      WHERE p.tenant_id = %(tenant_id)s AND j.kind = 'usage'
                        AND a.kind = 'income'
                      GROUP BY p.account, p.currency) p
            ON p.account = t.account AND p.currency = t.currency
         WHERE coalesce(t.net, 0) <> coalesce(p.net, 0)
         ORDER BY 2
         LIMIT %(shown)s
        """,
    )


async def credit_used_equals_ledger(scope: Scope) -> Check:
    """What usage took from a customer's credit and emergency credit is in the books as posted."""
    return await no_fault(
        scope,
        "usage.credit_used_equals_ledger",
        """
        SELECT count(*) OVER (),
               'credit of party ' || coalesce(d.party_id, p.party_id) || ' in '
               || coalesce(d.currency, p.currency),
               concat_ws(' and ', trim_scale(coalesce(d.wallet, 0)),
                         trim_scale(coalesce(d.overdraft, 0))),
               concat_ws(' and ', trim_scale(coalesce(p.wallet, 0)),
                         trim_scale(coalesce(p.overdraft, 0)))
          FROM (SELECT t.party_id, t.currency::text AS currency, sum(d.posted_wallet) AS wallet,
                       sum(d.posted_overdraft) AS overdraft
                  FROM total_days d
                  JOIN item_totals t ON t.tenant_id = d.tenant_id AND t.id = d.total_id
                 WHERE d.tenant_id = %(tenant_id)s
                 GROUP BY t.party_id, t.currency) d
          FULL JOIN (SELECT p.party_id, p.currency::text AS currency,
                            coalesce(sum(p.amount) FILTER (WHERE p.account = 'PREPAID'), 0)
                                AS wallet,
                            coalesce(sum(p.amount) FILTER (WHERE p.account = 'EMERGENCY_CREDIT'),
                                     0) AS overdraft
                       FROM postings p
                       JOIN journals j ON j.tenant_id = p.tenant_id AND j.id = p.journal_id
                      WHERE p.tenant_id = %(tenant_id)s AND j.kind = 'usage'
                        AND p.account IN ('PREPAID', 'EMERGENCY_CREDIT')
                      GROUP BY p.party_id, p.currency) p
            ON p.party_id = d.party_id AND p.currency = d.currency
         WHERE (coalesce(d.wallet, 0), coalesce(d.overdraft, 0))
               <> (coalesce(p.wallet, 0), coalesce(p.overdraft, 0))
         ORDER BY 2
         LIMIT %(shown)s
        """,
    )


async def unbilled_equals_ledger(scope: Scope) -> Check:
    """What usage put on UNBILLED of a customer is the net of what is posted as receivable.

    Customers of whom something was sold for others are left out: its VAT is the others' affair,
    and so the total does not tell its rate. What a reseller used is its claim (``levels``).
    """
    return await no_fault(
        scope,
        "usage.unbilled_equals_ledger",
        """
        WITH receivable AS (
            SELECT i.party_id, i.currency::text AS currency,
                   split_part(t.tax_key, '-', 2)::numeric AS percent, d.amount,
                   coalesce(v.terms ->> 'seller_role' = 'agent', false) AS is_agent
              FROM (SELECT total_id, sum(posted_receivable) AS amount
                      FROM total_days
                     WHERE tenant_id = %(tenant_id)s
                     GROUP BY total_id) d
              JOIN item_totals i ON i.tenant_id = %(tenant_id)s AND i.id = d.total_id
              JOIN subscription_items o ON o.tenant_id = %(tenant_id)s AND o.id = i.owner_id
              JOIN subscriptions s
                ON s.tenant_id = %(tenant_id)s AND s.id = o.subscription_id
               AND s.funding <> 'claim'
              JOIN totals t ON t.tenant_id = %(tenant_id)s AND t.id = d.total_id
              LEFT JOIN agreement_versions v
                ON v.tenant_id = t.tenant_id AND v.id = t.agreement_version_id
        ), expected AS (
            SELECT party_id, currency,
                   sum(amount - round((amount::numeric(60, 40) * percent) / (100 + percent), 12))
                       AS amount
              FROM receivable
             GROUP BY party_id, currency
            HAVING NOT bool_or(is_agent)
        ), booked AS (
            SELECT p.party_id, p.currency::text AS currency, sum(p.amount) AS amount
              FROM postings p
              JOIN journals j ON j.tenant_id = p.tenant_id AND j.id = p.journal_id
             WHERE p.tenant_id = %(tenant_id)s AND j.kind = 'usage' AND p.account = 'UNBILLED'
             GROUP BY p.party_id, p.currency
        )
        SELECT count(*) OVER (), 'UNBILLED of party ' || e.party_id || ' in ' || e.currency,
               trim_scale(e.amount)::text, trim_scale(coalesce(b.amount, 0))::text
          FROM expected e
          LEFT JOIN booked b ON b.party_id = e.party_id AND b.currency = e.currency
         WHERE e.amount <> coalesce(b.amount, 0)
         ORDER BY 2
         LIMIT %(shown)s
        """,
    )


async def released_as_paid(scope: Scope) -> Check:
    """Of shares that payment releases no more is released than was paid of their total.

    What was conceded of a total, and of its shares, counts on neither side. To the last decimal
    but one for each line that was ever released.
    """
    return await no_fault(
        scope,
        "usage.released_as_paid",
        """
        WITH posted AS (
            SELECT d.total_id, sum(d.posted_gross) - max(t.returned) AS gross,
                   sum(d.posted_wallet) + sum(d.posted_overdraft) AS funded
              FROM total_days d
              JOIN totals t ON t.tenant_id = d.tenant_id AND t.id = d.total_id
             WHERE d.tenant_id = %(tenant_id)s
             GROUP BY d.total_id
        ), received AS (
            SELECT total_id, sum(amount) AS amount
              FROM total_receipts
             WHERE tenant_id = %(tenant_id)s
             GROUP BY total_id
        ), shared AS (
            SELECT l.total_id, l.rule, l.kind, l.beneficiary_id,
                   sum(l.amount - coalesce(m.undone, 0)) AS amount,
                   sum(l.amount - coalesce(m.undone, 0) - coalesce(m.pending, 0)) AS released
              FROM share_lines l
              LEFT JOIN (SELECT share_line_id,
                                sum(CASE WHEN to_state = 'reversed' THEN amount
                                         WHEN from_state = 'reversed' THEN -amount ELSE 0 END)
                                    AS undone,
                                sum(CASE WHEN to_state = 'pending' THEN amount
                                         WHEN from_state = 'pending' THEN -amount ELSE 0 END)
                                    AS pending
                           FROM share_movements
                          WHERE tenant_id = %(tenant_id)s
                          GROUP BY share_line_id) m ON m.share_line_id = l.id
              JOIN agreement_versions v
                ON v.tenant_id = l.tenant_id AND v.id = l.agreement_version_id
             WHERE l.tenant_id = %(tenant_id)s AND l.sale_id = l.total_id
               AND v.terms ->> 'release' = 'on_payment'
             GROUP BY l.total_id, l.rule, l.kind, l.beneficiary_id
        )
        SELECT count(*) OVER (), 'rule ' || s.rule || ' of total ' || s.total_id,
               'at most what is paid of ' || trim_scale(s.amount), trim_scale(s.released)::text
          FROM shared s
          JOIN posted p ON p.total_id = s.total_id
          LEFT JOIN received r ON r.total_id = s.total_id
         WHERE p.gross > 0 AND s.amount > 0
           AND s.released > s.amount * least(1, (p.funded + coalesce(r.amount, 0)) / p.gross)
                            + 0.00000000001
         ORDER BY 2
         LIMIT %(shown)s
        """,
    )


CHECKS: Final = (
    totals_equal_days,
    waiting_days_are_marked,
    posted_equals_shares,
    revenue_equals_ledger,
    credit_used_equals_ledger,
    unbilled_equals_ledger,
    released_as_paid,
)
