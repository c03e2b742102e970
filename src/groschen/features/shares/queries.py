"""The statements of totals, share lines and movements: one function, one statement, no decisions."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

from psycopg.rows import class_row

from groschen.features.shares.model import BookedPart, BookedTotal, LineState, Undone
from groschen.kit.db import Scope


async def upsert_totals(scope: Scope, rows: str) -> list[BookedTotal]:
    """Store totals as they are after a change; answer what was booked on each before.

    Rows come in key order, so that two transactions lock them in the same order.
    """
    async with scope.conn.cursor(row_factory=class_row(BookedTotal)) as cursor:
        await cursor.execute(
            """
            INSERT INTO totals (tenant_id, owner_id, component, window_id, segment, group_key, id,
                                rule_hash, agreement_version_id, state, currency, amount, net, tax,
                                event_count, event_hash, revision)
            SELECT %(tenant_id)s, r.owner_id, r.component, r.window_id, r.segment, r.group_key, r.id,
                   r.rule_hash, r.agreement_version_id, r.state, r.currency, r.amount, r.net, r.tax,
                   r.event_count, r.event_hash, 1
              FROM json_to_recordset(%(rows)s::json) AS r(
                   owner_id uuid, component text, window_id uuid, segment integer, group_key text,
                   id uuid, rule_hash text, agreement_version_id uuid, state jsonb, currency text,
                   amount numeric, net numeric, tax numeric, event_count bigint, event_hash text)
                ON CONFLICT (tenant_id, owner_id, component, window_id, segment, group_key) DO UPDATE
               SET state = excluded.state, amount = excluded.amount, net = excluded.net,
                   tax = excluded.tax, event_count = excluded.event_count,
                   event_hash = excluded.event_hash, revision = totals.revision + 1
            RETURNING new.id, new.owner_id, new.component, new.window_id, new.segment, new.group_key,
                   new.revision, new.rule_hash, old.rule_hash AS rule_hash_before,
                   coalesce(old.amount, 0) AS amount_before, coalesce(old.net, 0) AS net_before,
                   coalesce(old.tax, 0) AS tax_before
            """,
            {"tenant_id": scope.tenant_id, "rows": rows},
        )
        return await cursor.fetchall()


async def booked_parts(scope: Scope, total_ids: Sequence[UUID]) -> list[BookedPart]:
    """What share lines have booked so far per total, rule and beneficiary."""
    async with scope.conn.cursor(row_factory=class_row(BookedPart)) as cursor:
        await cursor.execute(
            """
            SELECT total_id, rule, kind, beneficiary_id, sum(amount) AS amount,
                   sum(vat_amount) AS vat_amount
              FROM share_lines
             WHERE tenant_id = %(tenant_id)s AND total_id = ANY(%(total_ids)s)
             GROUP BY total_id, rule, kind, beneficiary_id
            """,
            {"tenant_id": scope.tenant_id, "total_ids": list(total_ids)},
        )
        return await cursor.fetchall()


async def insert_share_lines(scope: Scope, rows: str) -> None:
    """Write share lines together with the movement that makes each of them pending."""
    await scope.conn.execute(
        """
        WITH given AS MATERIALIZED (
            SELECT r.*
              FROM json_to_recordset(%(rows)s::json) AS r(
                   id uuid, movement_id uuid, total_id uuid, owner_id uuid,
                   agreement_version_id uuid, rule text, kind text, of_line_id uuid,
                   beneficiary_id uuid, currency text, base numeric, factors jsonb, amount numeric,
                   vat_rate numeric, vat_amount numeric)
        ), lines AS (
            INSERT INTO share_lines (tenant_id, id, total_id, owner_id, agreement_version_id, rule,
                                     kind, of_line_id, beneficiary_id, currency, base, factors, amount,
                                     vat_rate, vat_amount, effective_on, recorded_at)
            SELECT %(tenant_id)s, id, total_id, owner_id, agreement_version_id, rule, kind, of_line_id,
                   beneficiary_id, currency, base, factors, amount, vat_rate, vat_amount,
                   %(today)s, %(recorded_at)s
              FROM given
        )
        INSERT INTO share_movements (tenant_id, id, share_line_id, owner_id, beneficiary_id, kind,
                                     from_state, to_state, currency, amount, vat_amount, posted,
                                     source_id, effective_on, recorded_at)
        SELECT %(tenant_id)s, movement_id, id, owner_id, beneficiary_id, 'pending', NULL, 'pending',
               currency, amount, vat_amount, false, total_id, %(today)s, %(recorded_at)s
          FROM given
        """,
        {
            "tenant_id": scope.tenant_id,
            "rows": rows,
            "today": scope.today,
            "recorded_at": scope.real_now,
        },
    )


async def insert_movements(scope: Scope, rows: str) -> None:
    """Write movements of share lines; ``rows`` is a JSON array of their columns."""
    await scope.conn.execute(
        """
        INSERT INTO share_movements (tenant_id, id, share_line_id, owner_id, beneficiary_id, kind,
                                     from_state, to_state, currency, amount, vat_amount, posted,
                                     source_id, effective_on, recorded_at)
        SELECT %(tenant_id)s, r.id, r.share_line_id, r.owner_id, r.beneficiary_id, r.kind,
               r.from_state, r.to_state, r.currency, r.amount, r.vat_amount, r.posted, r.source_id,
               %(today)s, %(recorded_at)s
          FROM json_to_recordset(%(rows)s::json) AS r(
               id uuid, share_line_id uuid, owner_id uuid, beneficiary_id uuid, kind text,
               from_state text, to_state text, currency text, amount numeric, vat_amount numeric,
               posted boolean, source_id uuid)
        """,
        {
            "tenant_id": scope.tenant_id,
            "rows": rows,
            "today": scope.today,
            "recorded_at": scope.real_now,
        },
    )


async def lock_owners(scope: Scope, owner_ids: Sequence[UUID]) -> None:
    """Serialise changes of the shares of these owners until the transaction ends.

    The lock is on hashed ids in order, which no row can move (two hashes that meet only wait).
    """
    await scope.conn.execute(
        """
        SELECT pg_advisory_xact_lock(key)
          FROM (SELECT DISTINCT hashtextextended(%(tenant_id)s::text || owner_id::text, 1) AS key
                  FROM unnest(%(owner_ids)s::uuid[]) AS owner_id
                 ORDER BY key) AS keys
        """,
        {"tenant_id": scope.tenant_id, "owner_ids": list(owner_ids)},
    )


async def line_states(scope: Scope, owner_ids: Sequence[UUID]) -> list[LineState]:
    """Each share line of the owners with the balance of its states, in line order."""
    async with scope.conn.cursor(row_factory=class_row(LineState)) as cursor:
        await cursor.execute(
            """
            SELECT l.id, l.total_id, l.owner_id, l.agreement_version_id, l.rule, l.kind,
                   l.of_line_id, l.beneficiary_id, l.currency, l.amount, l.vat_amount,
                   m.pending, m.vat_pending, m.released, m.vat_released, m.unstated, m.reversed,
                   m.vat_reversed
              FROM share_lines l
              JOIN (SELECT share_line_id,
                           sum(CASE WHEN to_state = 'pending' THEN amount
                                    WHEN from_state = 'pending' THEN -amount ELSE 0 END) AS pending,
                           sum(CASE WHEN to_state = 'pending' THEN vat_amount
                                    WHEN from_state = 'pending' THEN -vat_amount ELSE 0 END)
                               AS vat_pending,
                           sum(CASE WHEN kind = 'released' THEN amount ELSE 0 END) AS released,
                           sum(CASE WHEN kind = 'released' THEN vat_amount ELSE 0 END) AS vat_released,
                           sum(CASE WHEN to_state = 'released' THEN amount
                                    WHEN from_state = 'released' THEN -amount ELSE 0 END) AS unstated,
                           sum(CASE WHEN to_state = 'reversed' THEN amount
                                    WHEN from_state = 'reversed' THEN -amount ELSE 0 END) AS reversed,
                           sum(CASE WHEN to_state = 'reversed' THEN vat_amount
                                    WHEN from_state = 'reversed' THEN -vat_amount ELSE 0 END)
                               AS vat_reversed
                      FROM share_movements
                     WHERE tenant_id = %(tenant_id)s AND owner_id = ANY(%(owner_ids)s)
                     GROUP BY share_line_id) m ON m.share_line_id = l.id
             WHERE l.tenant_id = %(tenant_id)s AND l.owner_id = ANY(%(owner_ids)s)
             ORDER BY l.id
            """,
            {"tenant_id": scope.tenant_id, "owner_ids": list(owner_ids)},
        )
        return await cursor.fetchall()


async def undone_by(scope: Scope, source_id: UUID) -> list[Undone]:
    """The movements by which one refund or chargeback took shares back, in movement order."""
    async with scope.conn.cursor(row_factory=class_row(Undone)) as cursor:
        await cursor.execute(
            """
            SELECT m.share_line_id, m.owner_id, m.beneficiary_id, l.kind, l.vat_rate, m.from_state, m.currency,
                   m.amount, m.vat_amount, m.posted
              FROM share_movements m
              JOIN share_lines l ON l.tenant_id = m.tenant_id AND l.id = m.share_line_id
             WHERE m.tenant_id = %(tenant_id)s AND m.source_id = %(source_id)s
               AND m.to_state = 'reversed'
             ORDER BY m.id
            """,
            {"tenant_id": scope.tenant_id, "source_id": source_id},
        )
        return await cursor.fetchall()
