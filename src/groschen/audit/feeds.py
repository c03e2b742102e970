"""Gapless series: the feed of events and the numbers of documents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from groschen.features.ledger.verify import no_fault

if TYPE_CHECKING:
    from groschen.features.ledger.verify import Check
    from groschen.kit.db import Scope


async def events_have_no_gap(scope: Scope) -> Check:
    """The events are numbered 1, 2, 3 ... up to the tenant's counter."""
    return await no_fault(
        scope,
        "events.have_no_gap",
        """
        SELECT count(*) OVER (), 'feed of events', 'numbers 1 to ' || coalesce(c.last_sequence, 0),
               e.count || ' events up to ' || coalesce(e.last, 0)
          FROM (SELECT count(*) AS count, max(sequence) AS last
                  FROM events
                 WHERE tenant_id = %(tenant_id)s) e
          LEFT JOIN event_counters c ON c.tenant_id = %(tenant_id)s
         WHERE e.count <> coalesce(e.last, 0) OR e.count <> coalesce(c.last_sequence, 0)
         LIMIT %(shown)s
        """,
    )


async def statement_numbers_have_no_gap(scope: Scope) -> Check:
    """As many statements exist as numbers were drawn."""
    return await no_fault(
        scope,
        "settlements.numbers_have_no_gap",
        """
        SELECT count(*) OVER (), 'statement numbers', coalesce(n.last_number, 0)::text,
               s.count::text
          FROM (SELECT count(*) AS count
                  FROM statements
                 WHERE tenant_id = %(tenant_id)s) s
          LEFT JOIN number_series n ON n.tenant_id = %(tenant_id)s AND n.series = 'statement'
         WHERE s.count <> coalesce(n.last_number, 0)
         LIMIT %(shown)s
        """,
    )


CHECKS: Final = (events_have_no_gap, statement_numbers_have_no_gap)
