"""Share lines, their movements, and the share accounts of the ledger.

A movement adds its amount to ``to_state`` and takes it from ``from_state``. The share accounts
hold the share lines alone; commission lines appear there only where a movement is ``posted``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from groschen.features.ledger.verify import no_fault

if TYPE_CHECKING:
    from groschen.features.ledger.verify import Check
    from groschen.kit.db import Scope


async def lines_have_total(scope: Scope) -> Check:
    """Every share line hangs on a total of its sale and currency."""
    return await no_fault(
        scope,
        "shares.lines_have_total",
        """
        SELECT count(*) OVER (), 'share line ' || l.id, 'a total of sale ' || l.sale_id,
               coalesce('total of sale ' || t.sale_id || ' in ' || t.currency, 'none')
          FROM share_lines l
          LEFT JOIN totals t ON t.tenant_id = l.tenant_id AND t.id = l.total_id
         WHERE l.tenant_id = %(tenant_id)s
           AND (t.sale_id, t.currency::text) IS DISTINCT FROM (l.sale_id, l.currency::text)
         ORDER BY l.id
         LIMIT %(shown)s
        """,
    )


async def movements_have_line(scope: Scope) -> Check:
    """Every movement moves a share line of the same beneficiary, sale and currency."""
    return await no_fault(
        scope,
        "shares.movements_have_line",
        """
        SELECT count(*) OVER (), 'movement ' || m.id, 'a line of beneficiary ' || m.beneficiary_id,
               coalesce('line of ' || l.beneficiary_id || ' in ' || l.currency, 'none')
          FROM share_movements m
          LEFT JOIN share_lines l ON l.tenant_id = m.tenant_id AND l.id = m.share_line_id
         WHERE m.tenant_id = %(tenant_id)s
           AND (l.beneficiary_id, l.sale_id, l.currency::text)
               IS DISTINCT FROM (m.beneficiary_id, m.sale_id, m.currency::text)
         ORDER BY m.id
         LIMIT %(shown)s
        """,
    )


async def lines_equal_movements(scope: Scope) -> Check:
    """What entered the states of a share line is the line's amount and VAT."""
    return await no_fault(
        scope,
        "shares.lines_equal_movements",
        """
        SELECT count(*) OVER (), 'share line ' || l.id,
               trim_scale(l.amount) || ' and VAT ' || trim_scale(l.vat_amount),
               trim_scale(coalesce(m.amount, 0)) || ' and VAT '
               || trim_scale(coalesce(m.vat_amount, 0))
          FROM share_lines l
          LEFT JOIN (SELECT share_line_id, sum(amount) AS amount, sum(vat_amount) AS vat_amount
                       FROM share_movements
                      WHERE tenant_id = %(tenant_id)s AND from_state IS NULL
                      GROUP BY share_line_id) m ON m.share_line_id = l.id
         WHERE l.tenant_id = %(tenant_id)s
           AND (coalesce(m.amount, 0), coalesce(m.vat_amount, 0)) <> (l.amount, l.vat_amount)
         ORDER BY l.id
         LIMIT %(shown)s
        """,
    )


async def shares_equal_base(scope: Scope) -> Check:
    """An agent's shares and what it keeps, net and tax, are the gross of the total, exactly."""
    return await no_fault(
        scope,
        "shares.equal_base",
        """
        SELECT count(*) OVER (), 'total ' || t.id, trim_scale(t.gross)::text,
               trim_scale(t.net + t.tax + coalesce(l.amount, 0))::text
          FROM totals t
          JOIN agreement_versions v
            ON v.tenant_id = t.tenant_id AND v.id = t.agreement_version_id
          LEFT JOIN (SELECT total_id, sum(amount) AS amount
                       FROM share_lines
                      WHERE tenant_id = %(tenant_id)s AND kind = 'share'
                      GROUP BY total_id) l ON l.total_id = t.id
         WHERE t.tenant_id = %(tenant_id)s AND v.terms ->> 'seller_role' = 'agent'
           AND t.gross <> t.net + t.tax + coalesce(l.amount, 0)
         ORDER BY t.id
         LIMIT %(shown)s
        """,
    )


async def released_as_paid(scope: Scope) -> Check:
    """Of a share that is released by payment no more is released than was paid of its sale."""
    return await no_fault(
        scope,
        "shares.released_as_paid",
        """
        SELECT count(*) OVER (), 'share line ' || l.id,
               'at most ' || trim_scale(round(l.amount * o.paid / o.gross, 12)),
               trim_scale(m.amount)::text
          FROM share_lines l
          JOIN (SELECT share_line_id, sum(amount) AS amount
                  FROM share_movements
                 WHERE tenant_id = %(tenant_id)s AND kind = 'released'
                 GROUP BY share_line_id) m ON m.share_line_id = l.id
          JOIN agreement_versions v
            ON v.tenant_id = l.tenant_id AND v.id = l.agreement_version_id
          JOIN orders o ON o.tenant_id = l.tenant_id AND o.id = l.sale_id
         WHERE l.tenant_id = %(tenant_id)s AND v.terms ->> 'release' = 'on_payment'
           AND o.gross <> 0
           AND abs(m.amount) > abs(round(l.amount * o.paid / o.gross, 12))
         ORDER BY l.id
         LIMIT %(shown)s
        """,
    )


async def pending_equals_ledger(scope: Scope) -> Check:
    """SHARE_PENDING of a partner is what of its shares is pending."""
    return await no_fault(
        scope,
        "shares.pending_equals_ledger",
        """
        SELECT count(*) OVER (),
               'SHARE_PENDING of ' || coalesce(m.party_id, p.party_id) || ' in '
               || coalesce(m.currency, p.currency),
               trim_scale(coalesce(m.amount, 0))::text, trim_scale(coalesce(p.amount, 0))::text
          FROM (SELECT m.beneficiary_id AS party_id, m.currency::text AS currency,
                       sum(CASE WHEN m.to_state = 'pending' THEN m.amount ELSE -m.amount END)
                           AS amount
                  FROM share_movements m
                  JOIN share_lines l ON l.tenant_id = m.tenant_id AND l.id = m.share_line_id
                 WHERE m.tenant_id = %(tenant_id)s AND l.kind = 'share'
                   AND (m.to_state = 'pending' OR m.from_state = 'pending')
                 GROUP BY m.beneficiary_id, m.currency) m
          FULL JOIN (SELECT party_id, currency::text AS currency, -sum(amount) AS amount
                       FROM postings
                      WHERE tenant_id = %(tenant_id)s AND account = 'SHARE_PENDING'
                      GROUP BY party_id, currency) p
            ON p.party_id = m.party_id AND p.currency = m.currency
         WHERE coalesce(m.amount, 0) <> coalesce(p.amount, 0)
         ORDER BY 2
         LIMIT %(shown)s
        """,
    )


async def released_equals_ledger(scope: Scope) -> Check:
    """SHARE_RELEASED of a partner is what of its shares is released and not stated.

    With it go the residue that the last statement carries on and the commission given back since.
    """
    return await no_fault(
        scope,
        "shares.released_equals_ledger",
        """
        WITH last AS (
            SELECT DISTINCT ON (beneficiary_id, currency)
                   beneficiary_id AS party_id, currency::text AS currency, period_to, carried_out
              FROM statements
             WHERE tenant_id = %(tenant_id)s
             ORDER BY beneficiary_id, currency, sequence DESC
        ), moved AS (
            SELECT m.beneficiary_id AS party_id, m.currency::text AS currency,
                   sum(CASE WHEN l.kind = 'share' AND m.to_state = 'released' THEN m.amount
                            WHEN l.kind = 'share' THEN -m.amount
                            WHEN m.kind = 'stated' OR NOT m.posted
                                 OR m.effective_on < s.period_to THEN 0
                            WHEN m.to_state = 'released' THEN -m.amount - m.vat_amount
                            ELSE m.amount + m.vat_amount END) AS amount
              FROM share_movements m
              JOIN share_lines l ON l.tenant_id = m.tenant_id AND l.id = m.share_line_id
              LEFT JOIN last s
                ON s.party_id = m.beneficiary_id AND s.currency = m.currency::text
             WHERE m.tenant_id = %(tenant_id)s
               AND (m.to_state = 'released' OR m.from_state = 'released')
             GROUP BY m.beneficiary_id, m.currency
        ), expected AS (
            SELECT m.party_id, m.currency, m.amount + coalesce(s.carried_out, 0) AS amount
              FROM moved m
              LEFT JOIN last s ON s.party_id = m.party_id AND s.currency = m.currency
        ), booked AS (
            SELECT party_id, currency::text AS currency, -sum(amount) AS amount
              FROM postings
             WHERE tenant_id = %(tenant_id)s AND account = 'SHARE_RELEASED'
             GROUP BY party_id, currency
        )
        SELECT count(*) OVER (),
               'SHARE_RELEASED of ' || coalesce(e.party_id, b.party_id) || ' in '
               || coalesce(e.currency, b.currency),
               trim_scale(coalesce(e.amount, 0))::text, trim_scale(coalesce(b.amount, 0))::text
          FROM expected e
          FULL JOIN booked b ON b.party_id = e.party_id AND b.currency = e.currency
         WHERE coalesce(e.amount, 0) <> coalesce(b.amount, 0)
         ORDER BY 2
         LIMIT %(shown)s
        """,
    )


async def sums_equal_movements(scope: Scope) -> Check:
    """The sums that live figures are read from are what the movements add up to."""
    return await no_fault(
        scope,
        "shares.sums_equal_movements",
        """
        WITH moved AS (
            SELECT m.beneficiary_id, m.currency::text AS currency, m.effective_on,
                   l.kind AS line_kind, m.kind, s.state, sum(s.sign * m.amount) AS amount,
                   sum(s.sign * m.vat_amount) AS vat_amount, count(*) AS movements
              FROM share_movements m
              JOIN share_lines l ON l.tenant_id = m.tenant_id AND l.id = m.share_line_id
             CROSS JOIN LATERAL (VALUES (m.to_state, 1), (m.from_state, -1)) AS s(state, sign)
             WHERE m.tenant_id = %(tenant_id)s AND s.state IS NOT NULL
             GROUP BY m.beneficiary_id, m.currency, m.effective_on, l.kind, m.kind, s.state
        ), summed AS (
            SELECT beneficiary_id, currency::text AS currency, effective_on, line_kind, kind, state,
                   sum(amount) AS amount, sum(vat_amount) AS vat_amount,
                   sum(movements) AS movements
              FROM share_sums
             WHERE tenant_id = %(tenant_id)s
             GROUP BY beneficiary_id, currency, effective_on, line_kind, kind, state
        )
        SELECT count(*) OVER (),
               concat_ws(' ', beneficiary_id, currency, effective_on, line_kind, kind, state),
               coalesce(concat_ws(' ', trim_scale(m.amount), trim_scale(m.vat_amount),
                                  m.movements), 'nothing'),
               coalesce(concat_ws(' ', trim_scale(s.amount), trim_scale(s.vat_amount),
                                  s.movements), 'nothing')
          FROM moved m
          FULL JOIN summed s
         USING (beneficiary_id, currency, effective_on, line_kind, kind, state)
         WHERE (m.amount, m.vat_amount, m.movements::numeric)
               IS DISTINCT FROM (s.amount, s.vat_amount, s.movements::numeric)
         ORDER BY 2
         LIMIT %(shown)s
        """,
    )


CHECKS: Final = (
    lines_have_total,
    movements_have_line,
    lines_equal_movements,
    shares_equal_base,
    released_as_paid,
    pending_equals_ledger,
    released_equals_ledger,
    sums_equal_movements,
)
