"""Reading totals: each by its key, whatever the history."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Final
from uuid import UUID

import msgspec
from psycopg.rows import class_row

from groschen.core.canonical import EventHash
from groschen.core.period import Period
from groschen.core.totals import TotalKey
from groschen.features.usage.model import ItemTotal

if TYPE_CHECKING:
    from collections.abc import Collection

    from psycopg.rows import TupleRow

    from groschen.kit.db import Scope

_state_decoder: Final = msgspec.json.Decoder(dict[str, Decimal])


@dataclass(frozen=True, slots=True)
class DaySlice:
    """What of a total belongs to a service day; ``amount`` in the plan's basis, the rest gross."""

    day: date
    quantity: Decimal
    amount: Decimal
    gross: Decimal
    wallet: Decimal
    overdraft: Decimal
    receivable: Decimal
    unposted: bool


async def totals_of_places(scope: Scope, places: str) -> list[ItemTotal]:
    """The totals of components in windows, all segments and groups.

    ``places`` is a JSON array of owner_id, component and window_id.
    """
    cursor = await scope.conn.execute(
        """
        SELECT t.id, t.owner_id, t.component, t.window_id, t.segment, t.group_key, t.account_id,
               t.party_id, t.plan_version_id, t.rule_hash, t.currency, t.state::text, t.quantity,
               t.amount, t.gross, t.funded_wallet, t.funded_overdraft, t.receivable,
               t.event_count, t.event_hash, t.revision
          FROM json_to_recordset(%(places)s::json) AS p(
               owner_id uuid, component text, window_id uuid)
          JOIN item_totals t
            ON t.tenant_id = %(tenant_id)s AND t.owner_id = p.owner_id
           AND t.component = p.component AND t.window_id = p.window_id
         ORDER BY t.owner_id, t.component, t.segment, t.group_key
        """,
        {"tenant_id": scope.tenant_id, "places": places},
    )
    return [_total(row) for row in await cursor.fetchall()]


async def totals(scope: Scope, ids: Collection[UUID]) -> list[ItemTotal]:
    """The totals with these ids."""
    cursor = await scope.conn.execute(
        """
        SELECT t.id, t.owner_id, t.component, t.window_id, t.segment, t.group_key, t.account_id,
               t.party_id, t.plan_version_id, t.rule_hash, t.currency, t.state::text, t.quantity,
               t.amount, t.gross, t.funded_wallet, t.funded_overdraft, t.receivable,
               t.event_count, t.event_hash, t.revision
          FROM item_totals t
         WHERE t.tenant_id = %(tenant_id)s AND t.id = ANY(%(ids)s)
        """,
        {"tenant_id": scope.tenant_id, "ids": list(ids)},
    )
    return [_total(row) for row in await cursor.fetchall()]


async def totals_since(
    scope: Scope, owner_id: UUID, since: datetime
) -> list[tuple[ItemTotal, Period]]:
    """The totals of an item in windows that end after ``since``, with their windows."""
    cursor = await scope.conn.execute(
        """
        SELECT t.id, t.owner_id, t.component, t.window_id, t.segment, t.group_key, t.account_id,
               t.party_id, t.plan_version_id, t.rule_hash, t.currency, t.state::text, t.quantity,
               t.amount, t.gross, t.funded_wallet, t.funded_overdraft, t.receivable,
               t.event_count, t.event_hash, t.revision, w.starts_at, w.ends_at
          FROM windows w
          JOIN item_totals t
            ON t.tenant_id = %(tenant_id)s AND t.owner_id = w.item_id AND t.window_id = w.id
         WHERE w.tenant_id = %(tenant_id)s AND w.item_id = %(owner_id)s AND w.ends_at > %(since)s
        """,
        {"tenant_id": scope.tenant_id, "owner_id": owner_id, "since": since},
    )
    return [(_total(row[:-2]), Period(row[-2], row[-1])) for row in await cursor.fetchall()]


def _total(row: TupleRow) -> ItemTotal:
    (
        total_id, owner_id, component, window_id, segment, group, account_id, party_id, version_id,
        rule, currency, state, quantity, amount, gross, wallet, overdraft, receivable, count, hexed,
        revision,
    ) = row  # fmt: skip
    return ItemTotal(
        total_id,
        TotalKey(owner_id, component, window_id, segment, group),
        account_id,
        party_id,
        version_id,
        rule,
        currency,
        _state_decoder.decode(state),
        quantity,
        amount,
        gross,
        wallet,
        overdraft,
        receivable,
        EventHash.of(count, hexed),
        revision,
    )


async def days(scope: Scope, total_id: UUID) -> list[DaySlice]:
    """The day slices of a total, in order."""
    async with scope.conn.cursor(row_factory=class_row(DaySlice)) as cursor:
        await cursor.execute(
            """
            SELECT day, quantity, amount, gross, wallet, overdraft, receivable, unposted
              FROM total_days
             WHERE tenant_id = %(tenant_id)s AND total_id = %(total_id)s
             ORDER BY day
            """,
            {"tenant_id": scope.tenant_id, "total_id": total_id},
        )
        return await cursor.fetchall()
