"""Reading and writing what is to be billed."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from psycopg.rows import scalar_row

from groschen.features.invoices.model import Billable
from groschen.kit.rows import record_row

if TYPE_CHECKING:
    from collections.abc import Collection

    from groschen.kit.db import Scope
    from groschen.kit.http import Slice


async def lock_account(scope: Scope, account_id: UUID) -> None:
    """Let nobody else bill the account until the transaction ends."""
    await scope.conn.execute(
        """
        SELECT pg_advisory_xact_lock(
                   hashtextextended(%(tenant_id)s::text || %(account_id)s::text, 17))
        """,
        {"tenant_id": scope.tenant_id, "account_id": account_id},
    )


async def due_accounts(
    scope: Scope, cutoff: datetime, after: UUID | None, limit: int
) -> list[UUID]:
    """Accounts with something due at ``cutoff`` after one of them, in id order."""
    async with scope.conn.cursor(row_factory=scalar_row) as cursor:
        await cursor.execute(
            """
            SELECT DISTINCT account_id
              FROM billables
             WHERE tenant_id = %(tenant_id)s AND is_due AND due_at <= %(cutoff)s
               AND (%(after)s::uuid IS NULL OR account_id > %(after)s)
             ORDER BY account_id
             LIMIT %(limit)s
            """,
            {"tenant_id": scope.tenant_id, "cutoff": cutoff, "after": after, "limit": limit},
        )
        return await cursor.fetchall()


async def due_billables(scope: Scope, account_id: UUID, cutoff: datetime) -> list[Billable]:
    """What of an account is due at ``cutoff``, by service days; the caller holds the account."""
    async with scope.conn.cursor(row_factory=record_row(Billable)) as cursor:
        await cursor.execute(
            """
            SELECT id, account_id, party_id, owner_id, component, kind, window_id, segment,
                   group_key, tax_class, currency, basis, total_id, facts, service_from,
                   service_to, tax_on, due_at, should, should_net, billed, billed_net, entries,
                   is_due
              FROM billables
             WHERE tenant_id = %(tenant_id)s AND account_id = %(account_id)s AND is_due
               AND due_at <= %(cutoff)s
             ORDER BY owner_id, service_from, component, group_key, id
            """,
            {"tenant_id": scope.tenant_id, "account_id": account_id, "cutoff": cutoff},
        )
        return await cursor.fetchall()


async def billables(scope: Scope, ids: Collection[UUID]) -> list[Billable]:
    """Read billables by id."""
    async with scope.conn.cursor(row_factory=record_row(Billable)) as cursor:
        await cursor.execute(
            """
            SELECT id, account_id, party_id, owner_id, component, kind, window_id, segment,
                   group_key, tax_class, currency, basis, total_id, facts, service_from,
                   service_to, tax_on, due_at, should, should_net, billed, billed_net, entries,
                   is_due
              FROM billables
             WHERE tenant_id = %(tenant_id)s AND id = ANY(%(ids)s)
             ORDER BY id
            """,
            {"tenant_id": scope.tenant_id, "ids": list(ids)},
        )
        return await cursor.fetchall()


async def page_of_billables(
    scope: Scope, account_id: UUID | None, *, due: bool, asked: Slice
) -> list[Billable]:
    """Billables of one account, or all; newest first."""
    async with scope.conn.cursor(row_factory=record_row(Billable)) as cursor:
        await cursor.execute(
            """
            WITH page AS (
                (SELECT id
                   FROM billables
                  WHERE tenant_id = %(tenant_id)s AND NOT %(backwards)s AND id < %(below)s
                    AND (%(account_id)s::uuid IS NULL OR account_id = %(account_id)s)
                    AND (NOT %(due)s OR is_due)
                  ORDER BY id DESC
                  LIMIT %(fetch)s)
                UNION ALL
                (SELECT id
                   FROM billables
                  WHERE tenant_id = %(tenant_id)s AND %(backwards)s AND id > %(above)s
                    AND (%(account_id)s::uuid IS NULL OR account_id = %(account_id)s)
                    AND (NOT %(due)s OR is_due)
                  ORDER BY id
                  LIMIT %(fetch)s)
            )
            SELECT id, account_id, party_id, owner_id, component, kind, window_id, segment,
                   group_key, tax_class, currency, basis, total_id, facts, service_from,
                   service_to, tax_on, due_at, should, should_net, billed, billed_net, entries,
                   is_due
              FROM billables
             WHERE tenant_id = %(tenant_id)s AND id IN (SELECT id FROM page)
             ORDER BY id DESC
            """,
            {
                "tenant_id": scope.tenant_id,
                "account_id": account_id,
                "due": due,
                **asked.bounds,
            },
        )
        return await cursor.fetchall()


async def put_billables(scope: Scope, rows: str) -> None:
    """Write what should be billed; of a billable that exists only what it should be changes.

    ``rows`` is a JSON array of the columns.
    """
    await scope.conn.execute(
        """
        INSERT INTO billables AS b (tenant_id, id, account_id, party_id, owner_id, component, kind,
                                    window_id, segment, group_key, tax_class, currency, basis,
                                    total_id, facts, service_from, service_to, tax_on, due_at,
                                    should, should_net, billed, billed_net, entries, is_due)
        SELECT %(tenant_id)s, r.id, r.account_id, r.party_id, r.owner_id, r.component, r.kind,
               r.window_id, r.segment, r.group_key, r.tax_class, r.currency, r.basis, r.total_id,
               r.facts, r.service_from, r.service_to, r.tax_on, r.due_at, r.should, r.should_net,
               0, 0, 0, r.rounded <> 0
          FROM json_to_recordset(%(rows)s::json) AS r(
               id uuid, account_id uuid, party_id uuid, owner_id uuid, component text, kind text,
               window_id uuid, segment integer, group_key text, tax_class text, currency text,
               basis text, total_id uuid, facts jsonb, service_from date, service_to date,
               tax_on date, due_at timestamptz, should numeric, should_net numeric,
               rounded numeric)
            ON CONFLICT (tenant_id, account_id, owner_id, component, kind, window_id, segment,
                         group_key, tax_class, currency) DO UPDATE
           SET should = EXCLUDED.should, should_net = EXCLUDED.should_net,
               service_from = EXCLUDED.service_from, service_to = EXCLUDED.service_to,
               due_at = EXCLUDED.due_at,
               is_due = (SELECT s.rounded <> b.billed
                           FROM json_to_recordset(%(rows)s::json) AS s(id uuid, rounded numeric)
                          WHERE s.id = EXCLUDED.id)
        """,
        {"tenant_id": scope.tenant_id, "rows": rows},
    )


async def set_should(scope: Scope, rows: str) -> None:
    """Change what lines by hand should be; ``rows`` is a JSON array of id, facts and figures."""
    await scope.conn.execute(
        """
        UPDATE billables b
           SET facts = r.facts, should = r.should, should_net = r.should_net,
               is_due = r.rounded <> b.billed
          FROM json_to_recordset(%(rows)s::json) AS r(
               id uuid, facts jsonb, should numeric, should_net numeric, rounded numeric)
         WHERE b.tenant_id = %(tenant_id)s AND b.id = r.id
        """,
        {"tenant_id": scope.tenant_id, "rows": rows},
    )


async def count_billed(scope: Scope, rows: str) -> None:
    """Write entries and count them in their billables.

    ``rows`` is a JSON array of the entry's columns and ``rounded``, what the billable should be
    in currency digits; ``counted`` is the amount as far as it counts, ``should`` and
    ``should_net`` what it was billed as.
    """
    await scope.conn.execute(
        """
        WITH entry AS (
            SELECT r.*
              FROM json_to_recordset(%(rows)s::json) AS r(
                   billable_id uuid, sequence integer, effect text, amount numeric, net numeric,
                   invoice_id uuid, position integer, counted numeric, rounded numeric,
                   should numeric, should_net numeric)
        ), written AS (
            INSERT INTO billed_entries (tenant_id, billable_id, sequence, effect, amount, net,
                                        invoice_id, position, recorded_at)
            SELECT %(tenant_id)s, e.billable_id, e.sequence, e.effect, e.amount, e.net,
                   e.invoice_id, e.position, %(recorded_at)s
              FROM entry e
        )
        UPDATE billables b
           SET billed = b.billed + e.counted, billed_net = b.billed_net + e.net,
               should = e.should, should_net = e.should_net, entries = e.sequence,
               is_due = e.rounded <> b.billed + e.counted
          FROM entry e
         WHERE b.tenant_id = %(tenant_id)s AND b.id = e.billable_id
        """,
        {"tenant_id": scope.tenant_id, "rows": rows, "recorded_at": scope.real_now},
    )
