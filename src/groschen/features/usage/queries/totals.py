"""The statements of totals and their day slices; ``service.totals`` alone calls them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final
from uuid import UUID

import msgspec

if TYPE_CHECKING:
    from collections.abc import Collection

    from groschen.core.totals import State
    from groschen.kit.db import Scope

_state_decoder: Final = msgspec.json.Decoder(dict[str, Decimal])


@dataclass(frozen=True, slots=True)
class StoredTotal:
    """What a total holds before a change; ``place`` is that of its key in what was asked."""

    place: int
    id: UUID
    rule_hash: str
    state: State
    quantity: Decimal
    amount: Decimal
    gross: Decimal
    funded_wallet: Decimal
    funded_overdraft: Decimal
    receivable: Decimal
    event_count: int
    event_hash: str
    revision: int


async def lock_owners(scope: Scope, owner_ids: Collection[UUID]) -> None:
    """Serialise changes of the totals of these owners until the transaction ends.

    The lock is on hashed ids in order, which no row can move (two hashes that meet only wait).
    """
    await scope.conn.execute(
        """
        SELECT count(pg_advisory_xact_lock(key))
          FROM (SELECT DISTINCT hashtextextended(%(tenant_id)s::text || owner_id::text, 3) AS key
                  FROM unnest(%(owner_ids)s::uuid[]) AS owner_id
                 ORDER BY key) AS keys
        """,
        {"tenant_id": scope.tenant_id, "owner_ids": list(owner_ids)},
    )


async def stored_totals(scope: Scope, keys: str) -> list[StoredTotal]:
    """Read the totals of ``keys``, a JSON array of their columns and ``place``."""
    cursor = await scope.conn.execute(
        """
        SELECT k.place, t.id, t.rule_hash, t.state::text, t.quantity, t.amount, t.gross,
               t.funded_wallet, t.funded_overdraft, t.receivable, t.event_count, t.event_hash,
               t.revision
          FROM json_to_recordset(%(keys)s::json) AS k(
               place integer, owner_id uuid, component text, window_id uuid, segment integer,
               group_key text)
          JOIN item_totals t
            ON t.tenant_id = %(tenant_id)s AND t.owner_id = k.owner_id
           AND t.component = k.component AND t.window_id = k.window_id
           AND t.segment = k.segment AND t.group_key = k.group_key
        """,
        {"tenant_id": scope.tenant_id, "keys": keys},
    )
    return [
        StoredTotal(place, total_id, rule, _state_decoder.decode(state), *rest)
        for place, total_id, rule, state, *rest in await cursor.fetchall()
    ]


async def insert_totals(scope: Scope, rows: str) -> None:
    """Store new totals; ``rows`` is a JSON array of their columns."""
    await scope.conn.execute(
        """
        INSERT INTO item_totals (tenant_id, owner_id, component, window_id, segment, group_key, id,
                                 account_id, party_id, plan_version_id, rule_hash, currency, state,
                                 quantity, amount, gross, funded_wallet, funded_overdraft,
                                 receivable, event_count, event_hash, revision, updated_at)
        SELECT %(tenant_id)s, r.owner_id, r.component, r.window_id, r.segment, r.group_key, r.id,
               r.account_id, r.party_id, r.plan_version_id, r.rule_hash, r.currency, r.state,
               r.quantity, r.amount, r.gross, r.funded_wallet, r.funded_overdraft, r.receivable,
               r.event_count, r.event_hash, 1, %(now)s
          FROM json_to_recordset(%(rows)s::json) AS r(
               owner_id uuid, component text, window_id uuid, segment integer, group_key text,
               id uuid, account_id uuid, party_id uuid, plan_version_id uuid, rule_hash text,
               currency text, state jsonb, quantity numeric, amount numeric, gross numeric,
               funded_wallet numeric, funded_overdraft numeric, receivable numeric,
               event_count bigint, event_hash text)
        """,
        {"tenant_id": scope.tenant_id, "rows": rows, "now": scope.real_now},
    )


async def update_totals(scope: Scope, rows: str) -> None:
    """Store totals as they are now; ``rows`` is a JSON array of id and what changed."""
    await scope.conn.execute(
        """
        UPDATE item_totals t
           SET state = r.state, quantity = r.quantity, amount = r.amount, gross = r.gross,
               funded_wallet = r.funded_wallet, funded_overdraft = r.funded_overdraft,
               receivable = r.receivable, event_count = r.event_count, event_hash = r.event_hash,
               revision = t.revision + 1, updated_at = %(now)s
          FROM json_to_recordset(%(rows)s::json) AS r(
               id uuid, state jsonb, quantity numeric, amount numeric, gross numeric,
               funded_wallet numeric, funded_overdraft numeric, receivable numeric,
               event_count bigint, event_hash text)
         WHERE t.tenant_id = %(tenant_id)s AND t.id = r.id
        """,
        {"tenant_id": scope.tenant_id, "rows": rows, "now": scope.real_now},
    )


async def add_to_days(scope: Scope, rows: str) -> None:
    """Add differences to day slices, which then wait to be posted."""
    await scope.conn.execute(
        """
        INSERT INTO total_days AS d (tenant_id, total_id, day, quantity, amount, gross, wallet,
                                     wallet_vat, overdraft, receivable, unposted)
        SELECT %(tenant_id)s, r.total_id, r.day, r.quantity, r.amount, r.gross, r.wallet,
               r.wallet_vat, r.overdraft, r.receivable, true
          FROM json_to_recordset(%(rows)s::json) AS r(
               total_id uuid, day date, quantity numeric, amount numeric, gross numeric,
               wallet numeric, wallet_vat numeric, overdraft numeric, receivable numeric)
            ON CONFLICT (tenant_id, total_id, day) DO UPDATE
           SET quantity = d.quantity + EXCLUDED.quantity, amount = d.amount + EXCLUDED.amount,
               gross = d.gross + EXCLUDED.gross, wallet = d.wallet + EXCLUDED.wallet,
               wallet_vat = d.wallet_vat + EXCLUDED.wallet_vat,
               overdraft = d.overdraft + EXCLUDED.overdraft,
               receivable = d.receivable + EXCLUDED.receivable, unposted = true
        """,
        {"tenant_id": scope.tenant_id, "rows": rows},
    )


async def sums_of_sources(scope: Scope, asked: str) -> dict[int, Decimal]:
    """What the sources of derived totals cost, by ``place`` in what was asked."""
    cursor = await scope.conn.execute(
        """
        SELECT a.place, sum(t.amount)
          FROM json_to_recordset(%(asked)s::json) AS a(
               place integer, owner_id uuid, window_id uuid, segment integer, components json)
         CROSS JOIN json_array_elements_text(a.components) AS source(component)
          JOIN item_totals t
            ON t.tenant_id = %(tenant_id)s AND t.owner_id = a.owner_id
           AND t.component = source.component AND t.window_id = a.window_id
           AND t.segment = a.segment
         GROUP BY a.place
        """,
        {"tenant_id": scope.tenant_id, "asked": asked},
    )
    return dict(await cursor.fetchall())
