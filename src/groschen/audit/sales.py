"""Orders, totals and what customers owe."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from groschen.features.ledger.verify import no_fault

if TYPE_CHECKING:
    from groschen.features.ledger.verify import Check
    from groschen.kit.db import Scope


async def posting_parties_exist(scope: Scope) -> Check:
    """Every party that a posting names exists."""
    return await no_fault(
        scope,
        "ledger.posting_parties_exist",
        """
        SELECT count(*) OVER (), 'party ' || p.party_id || ' on ' || p.account, 'a party', 'none'
          FROM (SELECT DISTINCT account, party_id
                  FROM postings
                 WHERE tenant_id = %(tenant_id)s AND party_id IS NOT NULL) p
          LEFT JOIN parties q ON q.tenant_id = %(tenant_id)s AND q.id = p.party_id
         WHERE q.id IS NULL
         ORDER BY p.account, p.party_id
         LIMIT %(shown)s
        """,
    )


async def orders_equal_items(scope: Scope) -> Check:
    """The gross of an order is that of its items."""
    return await no_fault(
        scope,
        "orders.equal_items",
        """
        SELECT count(*) OVER (), 'order ' || o.id || ' ' || o.external_id,
               trim_scale(coalesce(i.gross, 0))::text, trim_scale(o.gross)::text
          FROM orders o
          LEFT JOIN (SELECT order_id, sum(gross) AS gross
                       FROM order_items
                      WHERE tenant_id = %(tenant_id)s
                      GROUP BY order_id) i ON i.order_id = o.id
         WHERE o.tenant_id = %(tenant_id)s AND o.gross IS DISTINCT FROM i.gross
         ORDER BY o.id
         LIMIT %(shown)s
        """,
    )


async def items_equal_totals(scope: Scope) -> Check:
    """Every order item is booked: its total has its gross."""
    return await no_fault(
        scope,
        "orders.items_equal_totals",
        """
        SELECT count(*) OVER (), 'item ' || i.id || ' of order ' || i.order_id,
               trim_scale(i.gross)::text, coalesce(trim_scale(t.gross)::text, 'no total')
          FROM order_items i
          LEFT JOIN (SELECT owner_id, sum(gross) AS gross
                       FROM totals
                      WHERE tenant_id = %(tenant_id)s
                      GROUP BY owner_id) t ON t.owner_id = i.id
         WHERE i.tenant_id = %(tenant_id)s AND t.gross IS DISTINCT FROM i.gross
         ORDER BY i.id
         LIMIT %(shown)s
        """,
    )


async def returned_equals_reversals(scope: Scope) -> Check:
    """What a total has given back is the sum of its reversals, and at most its gross.

    Usage may fall after a part of it was conceded, an order's item does not.
    """
    return await no_fault(
        scope,
        "totals.returned_equals_reversals",
        """
        SELECT count(*) OVER (), 'total ' || t.id,
               trim_scale(coalesce(r.amount, 0))::text || ' of ' || trim_scale(t.gross),
               trim_scale(t.returned)::text
          FROM totals t
          LEFT JOIN (SELECT total_id, sum(amount) AS amount
                       FROM total_reversals
                      WHERE tenant_id = %(tenant_id)s
                      GROUP BY total_id) r ON r.total_id = t.id
         WHERE t.tenant_id = %(tenant_id)s
           AND (t.returned <> coalesce(r.amount, 0)
                OR (t.sale_id <> t.id
                    AND NOT t.returned BETWEEN least(t.gross, 0) AND greatest(t.gross, 0)))
         ORDER BY t.id
         LIMIT %(shown)s
        """,
    )


async def open_items_follow_allocations(scope: Scope) -> Check:
    """What is open of an item is its amount less its allocations, between zero and its amount."""
    return await no_fault(
        scope,
        "receivables.open_items_follow_allocations",
        """
        SELECT count(*) OVER (), 'open item ' || coalesce(i.id, a.open_item_id),
               coalesce(trim_scale(i.amount - coalesce(a.amount, 0))::text, 'an open item'),
               coalesce(trim_scale(i.open_amount)::text, 'none')
          FROM (SELECT id, amount, open_amount
                  FROM open_items
                 WHERE tenant_id = %(tenant_id)s) i
          FULL JOIN (SELECT open_item_id, sum(amount) AS amount
                       FROM allocations
                      WHERE tenant_id = %(tenant_id)s
                      GROUP BY open_item_id) a ON a.open_item_id = i.id
         WHERE i.id IS NULL OR i.open_amount <> i.amount - coalesce(a.amount, 0)
            OR NOT i.open_amount BETWEEN SYMMETRIC 0 AND i.amount
         ORDER BY 2
         LIMIT %(shown)s
        """,
    )


async def open_items_equal_ledger(scope: Scope) -> Check:
    """AR of a party in the ledger is the sum of its open items."""
    return await no_fault(
        scope,
        "receivables.open_items_equal_ledger",
        """
        SELECT count(*) OVER (),
               'AR of party ' || coalesce(i.party_id, p.party_id) || ' in '
               || coalesce(i.currency, p.currency),
               trim_scale(coalesce(i.amount, 0))::text, trim_scale(coalesce(p.amount, 0))::text
          FROM (SELECT party_id, currency::text AS currency, sum(open_amount) AS amount
                  FROM open_items
                 WHERE tenant_id = %(tenant_id)s
                 GROUP BY party_id, currency) i
          FULL JOIN (SELECT party_id, currency::text AS currency, sum(amount) AS amount
                       FROM postings
                      WHERE tenant_id = %(tenant_id)s AND account = 'AR'
                      GROUP BY party_id, currency) p
            ON p.party_id = i.party_id AND p.currency = i.currency
         WHERE coalesce(i.amount, 0) <> coalesce(p.amount, 0)
         ORDER BY 2
         LIMIT %(shown)s
        """,
    )


CHECKS: Final = (
    posting_parties_exist,
    orders_equal_items,
    items_equal_totals,
    returned_equals_reversals,
    open_items_follow_allocations,
    open_items_equal_ledger,
)
