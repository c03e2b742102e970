"""What has happened according to the product: read after every step, told to the model.

Only events are taken over (paid, refunded, charged back), in the order they were booked; what
they mean for anybody's money the model says itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Final
from uuid import UUID

from psycopg.rows import class_row

from groschen.kit.ids import encode_id
from groschen.simulation.faults import SimulationFault
from groschen.simulation.model.exact import ZERO
from groschen.simulation.model.sales import Line, Sale
from groschen.simulation.operations.pricing import priced

if TYPE_CHECKING:
    from groschen.kit.db import Scope
    from groschen.simulation.business import Bought, Business


NEVER_PAID: Final = frozenset({"failed", "late", "given_back"})
"""Money that comes after the payment had failed pays nothing; it goes back."""


@dataclass(frozen=True, slots=True)
class PaidOrder:
    """An order with its one payment; an order that costs nothing has none and is ``free``."""

    order_id: UUID
    external_id: str
    placed_at: datetime
    payment_id: UUID | None
    reference: str | None
    state: str


@dataclass(frozen=True, slots=True)
class Happened:
    """One movement of a payment."""

    payment_id: UUID
    kind: str
    amount: Decimal
    source: str


async def refresh(scope: Scope, business: Business) -> None:
    """Bring what the business knows of its orders, and the model of their shares, up to date."""
    happened: dict[UUID, list[Happened]] = {}
    for one in await _movements(scope):
        happened.setdefault(one.payment_id, []).append(one)
    for row in await _orders(scope):
        bought = business.bought.get(row.external_id)
        if bought is None:
            raise SimulationFault(f"nobody was told of the order {row.external_id}")
        if bought.sale is None:
            await _begin(scope, business, bought, row)
        _go_on(business, bought, row, happened.get(row.payment_id or row.order_id, []))


async def _orders(scope: Scope) -> list[PaidOrder]:
    async with scope.conn.cursor(row_factory=class_row(PaidOrder)) as cursor:
        await cursor.execute(
            """
            SELECT o.id AS order_id, o.external_id, o.placed_at, p.id AS payment_id,
                   p.provider_reference AS reference, coalesce(p.state, 'free') AS state
              FROM orders o
              LEFT JOIN payments p ON p.tenant_id = o.tenant_id AND p.source_id = o.id
             WHERE o.tenant_id = %(tenant_id)s
             ORDER BY o.id
            """,
            {"tenant_id": scope.tenant_id},
        )
        return await cursor.fetchall()


async def _movements(scope: Scope) -> list[Happened]:
    async with scope.conn.cursor(row_factory=class_row(Happened)) as cursor:
        await cursor.execute(
            """
            SELECT payment_id, kind, amount, source
              FROM payment_movements
             WHERE tenant_id = %(tenant_id)s
             ORDER BY id
            """,
            {"tenant_id": scope.tenant_id},
        )
        return await cursor.fetchall()


async def _begin(scope: Scope, business: Business, bought: Bought, row: PaidOrder) -> None:
    """Make the model's sale of an order that is seen for the first time."""
    if bought.priced_at is None:
        bought.priced_at = row.placed_at.astimezone(UTC)
    cursor = await scope.conn.execute(
        """
        SELECT id
          FROM order_items
         WHERE tenant_id = %(tenant_id)s AND order_id = %(order_id)s
         ORDER BY position
        """,
        {"tenant_id": scope.tenant_id, "order_id": row.order_id},
    )
    items = [encode_id("itm", item_id) for (item_id,) in await cursor.fetchall()]
    sold = [Line(priced(business, line, bought.priced_at)) for line in bought.lines]
    bought.sale = Sale(dict(zip(items, sold, strict=True)))
    bought.gross = sum((line.priced.gross for line in sold), start=ZERO)


def _go_on(business: Business, bought: Bought, row: PaidOrder, happened: list[Happened]) -> None:
    sale = bought.sale
    if sale is None:
        return
    bought.reference = row.reference or ""
    if row.state in NEVER_PAID and bought.state not in NEVER_PAID:
        sale.cancel()
    bought.state = row.state
    if row.state in NEVER_PAID:
        return
    for one in happened[bought.movements :]:
        _tell(business, sale, one)
    bought.movements = len(happened)


def _tell(business: Business, sale: Sale, one: Happened) -> None:
    match one.kind:
        case "captured":
            sale.pay()
        case "refunded":
            asked = business.refunds.get(encode_id("rfd", UUID(one.source)))
            if asked is None:
                raise SimulationFault(f"nobody asked for the refund {one.source}")
            sale.refund(asked.item_id, asked.gross)
        case "charged_back" | "returned":
            sale.charge_back(one.source, Fraction(one.amount))
        case "chargeback_won":
            sale.win(one.source)
        case _:
            raise SimulationFault(f"the model knows no movement {one.kind}")


async def stored(scope: Scope) -> dict[str, int]:
    """How many orders, refunds, statements ... there are by their states."""
    cursor = await scope.conn.execute(
        """
        SELECT what, count(*)
          FROM (SELECT 'orders ' || state AS what FROM orders WHERE tenant_id = %(tenant_id)s
                 UNION ALL
                SELECT 'payments ' || state FROM payments WHERE tenant_id = %(tenant_id)s
                 UNION ALL
                SELECT 'refunds ' || state FROM payment_refunds WHERE tenant_id = %(tenant_id)s
                 UNION ALL
                SELECT 'disputes ' || state FROM disputes WHERE tenant_id = %(tenant_id)s
                 UNION ALL
                SELECT 'statements ' || state FROM statements WHERE tenant_id = %(tenant_id)s
                 UNION ALL
                SELECT 'payouts ' || state FROM payouts WHERE tenant_id = %(tenant_id)s
                 UNION ALL
                SELECT 'provider payouts' FROM psp_payouts WHERE tenant_id = %(tenant_id)s
                 UNION ALL
                SELECT 'journals' FROM journals WHERE tenant_id = %(tenant_id)s
                 UNION ALL
                SELECT 'share movements' FROM share_movements WHERE tenant_id = %(tenant_id)s
                 UNION ALL
                SELECT 'events' FROM events WHERE tenant_id = %(tenant_id)s) AS things
         GROUP BY what
        """,
        {"tenant_id": scope.tenant_id},
    )
    return dict(await cursor.fetchall())
