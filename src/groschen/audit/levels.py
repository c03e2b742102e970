"""Mirrored books: what a reseller and its wholesaler booked of the same use cancels.

Each side is checked from its own rows; what the other side booked is there as it told. What is
still in transit is no fault, it is shown with its age.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from groschen.features.ledger.verify import no_fault

if TYPE_CHECKING:
    from groschen.features.ledger.verify import Check
    from groschen.kit.db import Scope


async def mirror(scope: Scope) -> Check:
    """What both sides booked at the same revision is the same quantity and amount."""
    return await no_fault(
        scope,
        "levels.mirror",
        """
        SELECT count(*) OVER (), 'pair ' || r.mirror_key || ' at revision ' || r.revision,
               trim_scale(r.amount) || ' for ' || trim_scale(r.quantity),
               trim_scale(w.amount) || ' for ' || trim_scale(w.quantity)
          FROM level_amounts r
          JOIN level_amounts w ON w.tenant_id = r.tenant_id AND w.mirror_key = r.mirror_key
           AND w.side = 'wholesale' AND w.revision = r.revision
         WHERE r.tenant_id = %(tenant_id)s AND r.side = 'retail'
           AND (w.amount, w.quantity) <> (r.amount, r.quantity)
         ORDER BY r.mirror_key
         LIMIT %(shown)s
        """,
    )


async def states_are_booked(scope: Scope) -> Check:
    """The total of a reseller's state has the quantity of its cells."""
    return await no_fault(
        scope,
        "levels.states_are_booked",
        """
        SELECT count(*) OVER (), 'state ' || s.mirror_key || ' at revision ' || s.revision,
               trim_scale(c.quantity)::text, coalesce(trim_scale(t.quantity)::text, 'no total')
          FROM level_states s
         CROSS JOIN LATERAL (SELECT coalesce(sum(value::numeric), 0) AS quantity
                               FROM jsonb_each_text(s.cells)) c
          LEFT JOIN item_totals t ON t.tenant_id = s.tenant_id AND t.id = s.total_id
         WHERE s.tenant_id = %(tenant_id)s AND c.quantity <> coalesce(t.quantity, 0)
         ORDER BY s.mirror_key
         LIMIT %(shown)s
        """,
    )


async def amounts_are_posted(scope: Scope) -> Check:
    """What a wholesaler says that it booked is what it posted."""
    return await no_fault(
        scope,
        "levels.amounts_are_posted",
        """
        SELECT count(*) OVER (), 'pair ' || a.mirror_key || ' at revision ' || a.revision,
               trim_scale(a.amount)::text, trim_scale(d.posted)::text
          FROM level_amounts a
          JOIN level_states s ON s.tenant_id = a.tenant_id AND s.mirror_key = a.mirror_key
           AND s.revision = a.revision
          JOIN (SELECT total_id, sum(posted_amount) AS posted, bool_or(unposted) AS waits
                  FROM total_days
                 WHERE tenant_id = %(tenant_id)s
                 GROUP BY total_id) d ON d.total_id = s.total_id
         WHERE a.tenant_id = %(tenant_id)s AND a.side = 'wholesale' AND NOT d.waits
           AND a.amount <> d.posted
         ORDER BY a.mirror_key
         LIMIT %(shown)s
        """,
    )


async def claims_equal_totals(scope: Scope) -> Check:
    """PARTNER_CLAIM was debited by what is posted of mirrored subscriptions, for each reseller."""
    return await no_fault(
        scope,
        "levels.claims_equal_totals",
        """
        WITH claimed AS (
            SELECT p.party_id, p.currency, sum(p.amount) AS amount
              FROM postings p
              JOIN journals j ON j.tenant_id = p.tenant_id AND j.id = p.journal_id
             WHERE p.tenant_id = %(tenant_id)s AND p.account = 'PARTNER_CLAIM'
               AND j.kind = 'usage'
             GROUP BY p.party_id, p.currency
        ), supplied AS (
            SELECT t.party_id, t.currency, sum(d.posted_amount) AS amount
              FROM subscriptions s
              JOIN subscription_items i ON i.tenant_id = s.tenant_id AND i.subscription_id = s.id
              JOIN item_totals t ON t.tenant_id = i.tenant_id AND t.owner_id = i.id
              JOIN total_days d ON d.tenant_id = t.tenant_id AND d.total_id = t.id
             WHERE s.tenant_id = %(tenant_id)s AND s.funding = 'claim'
             GROUP BY t.party_id, t.currency
        )
        SELECT count(*) OVER (), 'reseller ' || coalesce(c.party_id, s.party_id),
               trim_scale(coalesce(s.amount, 0))::text, trim_scale(coalesce(c.amount, 0))::text
          FROM claimed c
          FULL JOIN supplied s ON s.party_id = c.party_id AND s.currency = c.currency
         WHERE coalesce(c.amount, 0) <> coalesce(s.amount, 0)
         ORDER BY coalesce(c.party_id, s.party_id)
         LIMIT %(shown)s
        """,
    )


CHECKS: Final = (mirror, states_are_booked, amounts_are_posted, claims_equal_totals)
