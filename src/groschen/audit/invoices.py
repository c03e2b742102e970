"""Checks of billables and documents: what was billed is what the books and the entries say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from groschen.features.ledger.verify import no_fault

if TYPE_CHECKING:
    from groschen.features.ledger.verify import Check
    from groschen.kit.db import Scope


async def billed_equals_entries(scope: Scope) -> Check:
    """What a billable counts as billed is the sum of its entries that count."""
    return await no_fault(
        scope,
        "invoices.billed_equals_entries",
        """
        SELECT count(*) OVER (), 'billable ' || coalesce(b.id, e.billable_id),
               coalesce(trim_scale(e.amount)::text, '0') || ' in ' || coalesce(e.count, 0),
               coalesce(trim_scale(b.billed)::text, 'none') || ' in ' || coalesce(b.entries, 0)
          FROM (SELECT id, billed, billed_net, entries
                  FROM billables
                 WHERE tenant_id = %(tenant_id)s) b
          FULL JOIN (SELECT billable_id, count(*) AS count, sum(net) AS net,
                            sum(amount) FILTER (WHERE effect <> 'concede') AS amount
                       FROM billed_entries
                      WHERE tenant_id = %(tenant_id)s
                      GROUP BY billable_id) e ON e.billable_id = b.id
         WHERE b.id IS NULL OR b.billed <> coalesce(e.amount, 0)
            OR b.billed_net <> coalesce(e.net, 0) OR b.entries <> coalesce(e.count, 0)
         ORDER BY 2
         LIMIT %(shown)s
        """,
    )


async def lines_equal_entries(scope: Scope) -> Check:
    """Each line of a document is one entry of its billable, and each entry is a line."""
    return await no_fault(
        scope,
        "invoices.lines_equal_entries",
        """
        SELECT count(*) OVER (),
               'line ' || coalesce(l.position, e.position) || ' of invoice '
               || coalesce(l.invoice_id, e.invoice_id),
               coalesce(trim_scale(e.amount)::text, 'an entry'),
               coalesce(trim_scale(l.amount)::text, 'none')
          FROM (SELECT i.id AS invoice_id, n.position, n.billable_id, n.unbilled, n.effect,
                       CASE i.type WHEN '381' THEN -n.amount ELSE n.amount END AS amount
                  FROM invoices i
                  JOIN invoice_lines n ON n.tenant_id = %(tenant_id)s AND n.invoice_id = i.id
                 WHERE i.tenant_id = %(tenant_id)s) l
          FULL JOIN (SELECT invoice_id, position, billable_id, net, effect, amount
                       FROM billed_entries
                      WHERE tenant_id = %(tenant_id)s) e
            ON e.invoice_id = l.invoice_id AND e.position = l.position
         WHERE l.billable_id IS DISTINCT FROM e.billable_id OR l.amount <> e.amount
            OR l.unbilled <> e.net OR l.effect <> e.effect
         ORDER BY 2
         LIMIT %(shown)s
        """,
    )


async def invoices_add_up(scope: Scope) -> Check:
    """The VAT groups and the lines of a document add up to its totals."""
    return await no_fault(
        scope,
        "invoices.totals_add_up",
        """
        SELECT count(*) OVER (), 'invoice ' || i.number,
               trim_scale(coalesce(t.net, 0)) || ' + ' || trim_scale(coalesce(t.tax, 0)),
               trim_scale(i.net) || ' + ' || trim_scale(i.tax) || ' = ' || trim_scale(i.gross)
          FROM (SELECT id, number, net, tax, gross
                  FROM invoices
                 WHERE tenant_id = %(tenant_id)s) i
          LEFT JOIN (SELECT invoice_id, sum(net) AS net, sum(tax) AS tax
                       FROM invoice_taxes
                      WHERE tenant_id = %(tenant_id)s
                      GROUP BY invoice_id) t ON t.invoice_id = i.id
          LEFT JOIN (SELECT invoice_id, sum(net) AS net
                       FROM invoice_lines
                      WHERE tenant_id = %(tenant_id)s
                      GROUP BY invoice_id) l ON l.invoice_id = i.id
         WHERE i.net <> coalesce(t.net, 0) OR i.tax <> coalesce(t.tax, 0)
            OR i.net <> coalesce(l.net, 0) OR i.gross <> i.net + i.tax
         ORDER BY 2
         LIMIT %(shown)s
        """,
    )


async def invoices_equal_ledger(scope: Scope) -> Check:
    """What a document asks for is what its journal put on AR, and UNBILLED fell by its lines."""
    return await no_fault(
        scope,
        "invoices.equal_ledger",
        """
        SELECT count(*) OVER (), 'invoice ' || i.number,
               trim_scale(i.owed) || ', unbilled ' || trim_scale(i.unbilled),
               trim_scale(coalesce(p.owed, 0)) || ', unbilled '
               || trim_scale(coalesce(p.unbilled, 0))
          FROM (SELECT v.id, v.number,
                       CASE v.type WHEN '381' THEN -v.gross ELSE v.gross END AS owed,
                       (SELECT sum(n.unbilled) FROM invoice_lines n
                         WHERE n.tenant_id = %(tenant_id)s AND n.invoice_id = v.id) AS unbilled
                  FROM invoices v
                 WHERE v.tenant_id = %(tenant_id)s) i
          LEFT JOIN (SELECT j.source_id,
                            sum(s.amount) FILTER (WHERE s.account = 'AR') AS owed,
                            -sum(s.amount) FILTER (WHERE s.account = 'UNBILLED') AS unbilled
                       FROM journals j
                       JOIN postings s ON s.tenant_id = %(tenant_id)s AND s.journal_id = j.id
                      WHERE j.tenant_id = %(tenant_id)s AND j.kind = 'invoice_issued'
                      GROUP BY j.source_id) p ON p.source_id = i.id
         WHERE i.owed <> coalesce(p.owed, 0) OR i.unbilled <> coalesce(p.unbilled, 0)
         ORDER BY 2
         LIMIT %(shown)s
        """,
    )


async def numbers_have_no_gap(scope: Scope) -> Check:
    """As many documents of each type exist as numbers were drawn."""
    return await no_fault(
        scope,
        "invoices.numbers_have_no_gap",
        """
        SELECT count(*) OVER (), 'numbers of ' || k.series, coalesce(n.last_number, 0)::text,
               coalesce(i.count, 0)::text
          FROM (VALUES ('invoice', '380'), ('credit_note', '381')) AS k(series, type)
          LEFT JOIN (SELECT type, count(*) AS count
                       FROM invoices
                      WHERE tenant_id = %(tenant_id)s
                      GROUP BY type) i ON i.type = k.type
          LEFT JOIN number_series n ON n.tenant_id = %(tenant_id)s AND n.series = k.series
         WHERE coalesce(i.count, 0) <> coalesce(n.last_number, 0)
         ORDER BY 2
         LIMIT %(shown)s
        """,
    )


CHECKS: Final = (
    billed_equals_entries,
    lines_equal_entries,
    invoices_add_up,
    invoices_equal_ledger,
    numbers_have_no_gap,
)
