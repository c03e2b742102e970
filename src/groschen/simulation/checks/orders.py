"""Every order that was answered exists, once, as it was answered; and there is no other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from groschen.kit.ids import encode_id
from groschen.simulation.checks.check import none

if TYPE_CHECKING:
    from groschen.audit import Check
    from groschen.kit.db import Scope
    from groschen.simulation.business import Business


async def check(scope: Scope, business: Business) -> list[Check]:
    """Compare the orders of the tenant with those its clients were told of."""
    cursor = await scope.conn.execute(
        """
        SELECT o.external_id, o.id, count(p.id) = (o.gross <> 0)::integer AS is_payable
          FROM orders o
          LEFT JOIN payments p ON p.tenant_id = o.tenant_id AND p.source_id = o.id
         WHERE o.tenant_id = %(tenant_id)s
         GROUP BY o.external_id, o.id, o.gross
        """,
        {"tenant_id": scope.tenant_id},
    )
    rows = await cursor.fetchall()
    stored = {name: encode_id("ord", order_id) for name, order_id, _ in rows}
    answered = {one.external_id: one.order_id for one in business.bought.values()}
    wrong = sorted({*stored.items()} ^ {*answered.items()})
    unpaid = [name for name, _, is_payable in rows if not is_payable]
    return [
        none("every answered order exists once, and no other", [str(one) for one in wrong]),
        none("every order has one payment, or costs nothing", unpaid),
    ]
