"""The statement of charging: what is charged already of totals without events."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

from psycopg.rows import class_row

from groschen.core.totals import TotalKey

if TYPE_CHECKING:
    from groschen.kit.db import Scope


@dataclass(frozen=True, slots=True)
class ChargedTotal:
    """What a total comes to so far, in the plan's basis."""

    owner_id: UUID
    component: str
    window_id: UUID
    segment: int
    amount: Decimal
    quantity: Decimal

    @property
    def key(self) -> TotalKey:
        """The key of the total."""
        return TotalKey(self.owner_id, self.component, self.window_id, self.segment, group="")


async def charged(scope: Scope, keys: str) -> dict[TotalKey, ChargedTotal]:
    """The totals of ``keys``, a JSON array of owner, component, window and segment."""
    async with scope.conn.cursor(row_factory=class_row(ChargedTotal)) as cursor:
        await cursor.execute(
            """
            SELECT t.owner_id, t.component, t.window_id, t.segment, t.amount, t.quantity
              FROM json_to_recordset(%(keys)s::json) AS k(
                   owner_id uuid, component text, window_id uuid, segment integer)
              JOIN item_totals t
                ON t.tenant_id = %(tenant_id)s AND t.owner_id = k.owner_id
               AND t.component = k.component AND t.window_id = k.window_id
               AND t.segment = k.segment AND t.group_key = ''
            """,
            {"tenant_id": scope.tenant_id, "keys": keys},
        )
        return {one.key: one for one in await cursor.fetchall()}
