"""Repeating any command with its key gives the answer of then and changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, LiteralString

from groschen.simulation.checks.check import none
from groschen.simulation.client import Client

if TYPE_CHECKING:
    from collections.abc import Sequence

    from groschen.audit import Check
    from groschen.kit.db import Scope
    from groschen.simulation.client import Network
    from groschen.simulation.record import Call

KEPT: Final = frozenset({200, 201, 202, 403, 404, 409, 422})
CONTENT: Final[LiteralString] = """
    SELECT md5(string_agg(part, ',' ORDER BY part))
      FROM (
        SELECT 'tenants' || md5(t::text) AS part FROM tenants t WHERE tenant_id = %(tenant_id)s
         UNION ALL SELECT 'orders' || md5(t::text) FROM orders t WHERE tenant_id = %(tenant_id)s
         UNION ALL SELECT 'items' || md5(t::text) FROM order_items t
                    WHERE tenant_id = %(tenant_id)s
         UNION ALL SELECT 'quotes' || t.id FROM quotes t WHERE tenant_id = %(tenant_id)s
         UNION ALL SELECT 'payments' || md5(t::text) FROM payments t
                    WHERE tenant_id = %(tenant_id)s
         UNION ALL SELECT 'refunds' || md5(t::text) FROM payment_refunds t
                    WHERE tenant_id = %(tenant_id)s
         UNION ALL SELECT 'postings' || count(*) FROM postings t WHERE tenant_id = %(tenant_id)s
         UNION ALL SELECT 'movements' || count(*) FROM share_movements t
                    WHERE tenant_id = %(tenant_id)s
         UNION ALL SELECT 'totals' || md5(t::text) FROM totals t WHERE tenant_id = %(tenant_id)s
         UNION ALL SELECT 'tasks' || md5(t::text) FROM delivery_tasks t
                    WHERE tenant_id = %(tenant_id)s
         UNION ALL SELECT 'statements' || md5(t::text) FROM statements t
                    WHERE tenant_id = %(tenant_id)s
         UNION ALL SELECT 'runs' || t.id || t.state FROM payout_runs t
                    WHERE tenant_id = %(tenant_id)s
         UNION ALL SELECT 'payouts' || md5(t::text) FROM payouts t
                    WHERE tenant_id = %(tenant_id)s
         UNION ALL SELECT 'parties' || md5(t::text) FROM parties t
                    WHERE tenant_id = %(tenant_id)s
         UNION ALL SELECT 'plans' || t.id FROM plan_versions t WHERE tenant_id = %(tenant_id)s
         UNION ALL SELECT 'agreements' || t.id FROM agreement_versions t
                    WHERE tenant_id = %(tenant_id)s
         UNION ALL SELECT 'accounts' || t.id FROM payout_accounts t
                    WHERE tenant_id = %(tenant_id)s
         UNION ALL SELECT 'keys' || count(*) FROM idempotency_keys t
                    WHERE tenant_id = %(tenant_id)s
         UNION ALL SELECT 'events' || (SELECT count(*) FROM events
                                        WHERE tenant_id = %(tenant_id)s)
                                   || '+' || (SELECT count(*) FROM outbox
                                               WHERE tenant_id = %(tenant_id)s)
      ) AS parts
"""


async def content(scope: Scope) -> str:
    """A fingerprint of everything that a command may change in the tenant."""
    cursor = await scope.conn.execute(CONTENT, {"tenant_id": scope.tenant_id})
    row = await cursor.fetchone()
    return "" if row is None else str(row[0])


async def repeat(network: Network, calls: Sequence[Call]) -> list[Check]:
    """Send commands again, to whichever server is next."""
    wrong: list[str] = []
    for call in calls:
        client = Client(network, call.tenant, call.token, call.acting_for)
        answer = await client.send(
            call.method, call.path, content=call.content, key=call.key, expect={call.status}
        )
        network.record.calls.pop()
        is_kept = answer.headers.get("idempotency-replayed") == "true"
        if not is_kept and call.status in KEPT and answer.code != "idempotency_key_reused":
            wrong.append(f"{call.method} {call.path} with {call.key} ran a second time")
        if is_kept and answer.body != call.answer:
            wrong.append(f"{call.method} {call.path} with {call.key} is answered differently")
        network.counts.replayed += 1
    return [none("a repeated command gives the first answer", wrong)]


def unchanged(before: Sequence[str], after: Sequence[str]) -> Check:
    """The tenants' contents are what they were."""
    changed = [f"tenant {index}" for index, one in enumerate(before) if one != after[index]]
    return none("a repeated command changes nothing", changed)
