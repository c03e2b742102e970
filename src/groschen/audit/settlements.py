"""Statements, their chain, their files, and what is payable to partners."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from groschen.core.currencies import CURRENCIES, currency_digits
from groschen.features.ledger.verify import no_fault
from groschen.kit.rows import json_rows

if TYPE_CHECKING:
    from groschen.features.ledger.verify import Check
    from groschen.kit.db import Scope


async def statements_chain(scope: Scope) -> Check:
    """A statement starts where the one before ended: number, period, balance and residue."""
    return await no_fault(
        scope,
        "settlements.statements_chain",
        """
        WITH chain AS (
            SELECT s.number, s.sequence, s.period_from, s.opening, s.carried_in,
                   lag(s.sequence, 1, 0) OVER w AS sequence_before,
                   lag(s.period_to, 1, s.period_from) OVER w AS period_before,
                   lag(s.closing::numeric, 1, 0::numeric) OVER w AS closing_before,
                   lag(s.carried_out::numeric, 1, 0::numeric) OVER w AS carried_before
              FROM statements s
             WHERE s.tenant_id = %(tenant_id)s
            WINDOW w AS (PARTITION BY s.beneficiary_id, s.currency ORDER BY s.sequence)
        )
        SELECT count(*) OVER (), 'statement ' || number,
               sequence_before + 1 || ' from ' || period_before || ' opening '
               || trim_scale(closing_before) || ' carried ' || trim_scale(carried_before),
               sequence || ' from ' || period_from || ' opening ' || trim_scale(opening)
               || ' carried ' || trim_scale(carried_in)
          FROM chain
         WHERE (sequence, period_from, opening::numeric, carried_in::numeric)
               <> (sequence_before + 1, period_before, closing_before, carried_before)
         ORDER BY number
         LIMIT %(shown)s
        """,
    )


async def statements_add_up(scope: Scope) -> Check:
    """The figures of a statement follow from each other."""
    return await no_fault(
        scope,
        "settlements.statements_add_up",
        """
        SELECT count(*) OVER (), 'statement ' || number,
               'share ' || trim_scale(share_exact + carried_in - carried_out) || ', net '
               || trim_scale(share + supply_vat - commission - vat + returned_payouts)
               || ', total ' || trim_scale(opening + net) || ', closing '
               || trim_scale(total - payout),
               'share ' || trim_scale(share) || ', net ' || trim_scale(net) || ', total '
               || trim_scale(total) || ', closing ' || trim_scale(closing)
          FROM statements
         WHERE tenant_id = %(tenant_id)s
           AND (share <> share_exact + carried_in - carried_out
                OR net <> share + supply_vat - commission - vat + returned_payouts
                OR total <> opening + net
                OR closing <> total - payout
                OR payout < 0)
         ORDER BY number
         LIMIT %(shown)s
        """,
    )


async def residue_is_small(scope: Scope) -> Check:
    """What a statement carries on is at most half of the currency's smallest unit."""
    digits = [{"code": code, "digits": currency_digits(code)} for code in sorted(CURRENCIES)]
    return await no_fault(
        scope,
        "settlements.residue_is_small",
        """
        SELECT count(*) OVER (), 'statement ' || s.number,
               'at most ' || trim_scale(0.5 * power(10::numeric, -c.digits)),
               trim_scale(s.carried_out)::text
          FROM statements s
          JOIN json_to_recordset(%(digits)s::json) AS c(code text, digits integer)
            ON c.code = s.currency::text
         WHERE s.tenant_id = %(tenant_id)s
           AND abs(s.carried_out) > 0.5 * power(10::numeric, -c.digits)
         ORDER BY s.number
         LIMIT %(shown)s
        """,
        digits=json_rows(digits),
    )


async def statements_equal_lines(scope: Scope) -> Check:
    """The shares of a statement are what its movements stated."""
    return await no_fault(
        scope,
        "settlements.statements_equal_lines",
        """
        SELECT count(*) OVER (), 'statement ' || s.number, trim_scale(s.share_exact)::text,
               trim_scale(coalesce(m.amount, 0))::text
          FROM statements s
          LEFT JOIN (SELECT m.source_id, sum(m.amount) AS amount
                       FROM share_movements m
                       JOIN share_lines l
                         ON l.tenant_id = m.tenant_id AND l.id = m.share_line_id
                      WHERE m.tenant_id = %(tenant_id)s AND m.kind = 'stated'
                        AND l.kind = 'share'
                      GROUP BY m.source_id) m ON m.source_id = s.id
         WHERE s.tenant_id = %(tenant_id)s AND s.share_exact <> coalesce(m.amount, 0)
         ORDER BY s.number
         LIMIT %(shown)s
        """,
    )


async def line_files_match(scope: Scope) -> Check:
    """The line file of a statement has the hash that the statement shows."""
    return await no_fault(
        scope,
        "settlements.line_files_match",
        """
        SELECT count(*) OVER (), 'line file of statement ' || s.number, s.lines_hash,
               coalesce(f.hash, 'no file')
          FROM statements s
          LEFT JOIN (SELECT statement_id,
                            encode(sha256(string_agg(content, ''::bytea ORDER BY part)), 'hex')
                                AS hash
                       FROM statement_files
                      WHERE tenant_id = %(tenant_id)s
                      GROUP BY statement_id) f ON f.statement_id = s.id
         WHERE s.tenant_id = %(tenant_id)s AND s.lines_hash IS DISTINCT FROM f.hash
         ORDER BY s.number
         LIMIT %(shown)s
        """,
    )


async def runs_equal_payouts(scope: Scope) -> Check:
    """A payout run is the sum of its transfers, each what its statement pays out."""
    return await no_fault(
        scope,
        "settlements.runs_equal_payouts",
        """
        SELECT count(*) OVER (), 'payout run ' || r.message_id,
               r.count || ' transfers of ' || trim_scale(r.total) || ', none differs',
               coalesce(p.count, 0) || ' transfers of ' || trim_scale(coalesce(p.amount, 0))
               || ', ' || coalesce(p.differing, 0) || ' differ from their statement'
          FROM payout_runs r
          LEFT JOIN (SELECT p.run_id, count(*) AS count, sum(p.amount) AS amount,
                            count(*) FILTER (WHERE s.id IS NULL OR s.payout <> p.amount)
                                AS differing
                       FROM payouts p
                       LEFT JOIN statements s
                         ON s.tenant_id = p.tenant_id AND s.id = p.statement_id
                      WHERE p.tenant_id = %(tenant_id)s
                      GROUP BY p.run_id) p ON p.run_id = r.id
         WHERE r.tenant_id = %(tenant_id)s
           AND (r.count, r.total::numeric, 0)
               <> (coalesce(p.count, 0), coalesce(p.amount, 0), coalesce(p.differing, 0))
         ORDER BY r.message_id
         LIMIT %(shown)s
        """,
    )


async def payable_equals_ledger(scope: Scope) -> Check:
    """PARTNER_PAYABLE of a partner is its last closing and the payouts that are on their way.

    On its way is what a statement pays out until the bank has booked it, or a later statement
    has taken it over.
    """
    return await no_fault(
        scope,
        "settlements.payable_equals_ledger",
        """
        WITH due AS (
            SELECT s.beneficiary_id AS party_id, s.currency::text AS currency,
                   CASE WHEN row_number() OVER w = 1 THEN s.closing ELSE 0 END
                   + CASE WHEN p.state IN ('booked', 'returned') THEN 0 ELSE s.payout END AS amount
              FROM statements s
              LEFT JOIN payouts p ON p.tenant_id = s.tenant_id AND p.statement_id = s.id
             WHERE s.tenant_id = %(tenant_id)s
            WINDOW w AS (PARTITION BY s.beneficiary_id, s.currency ORDER BY s.sequence DESC)
        ), expected AS (
            SELECT party_id, currency, sum(amount) AS amount FROM due GROUP BY party_id, currency
        ), booked AS (
            SELECT party_id, currency::text AS currency, -sum(amount) AS amount
              FROM postings
             WHERE tenant_id = %(tenant_id)s AND account = 'PARTNER_PAYABLE'
             GROUP BY party_id, currency
        )
        SELECT count(*) OVER (),
               'PARTNER_PAYABLE of ' || coalesce(e.party_id, b.party_id) || ' in '
               || coalesce(e.currency, b.currency),
               trim_scale(coalesce(e.amount, 0))::text, trim_scale(coalesce(b.amount, 0))::text
          FROM expected e
          FULL JOIN booked b ON b.party_id = e.party_id AND b.currency = e.currency
         WHERE coalesce(e.amount, 0) <> coalesce(b.amount, 0)
         ORDER BY 2
         LIMIT %(shown)s
        """,
    )


CHECKS: Final = (
    statements_chain,
    statements_add_up,
    residue_is_small,
    statements_equal_lines,
    line_files_match,
    runs_equal_payouts,
    payable_equals_ledger,
)
