"""The statements of totals, share lines and their movements; none of them decides."""

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from groschen.features.shares.model import (
    BookedPart,
    BookedTotal,
    LineState,
    SoldTotal,
    TracedMovement,
    UndoneMovement,
)
from groschen.kit.db import Scope
from groschen.kit.rows import record_row


async def upsert_totals(scope: Scope, rows: str) -> list[BookedTotal]:
    """Store totals as they are after a change; answer what was booked on each before.

    Rows come in key order, so that two transactions lock them in the same order.
    """
    async with scope.conn.cursor(row_factory=record_row(BookedTotal)) as cursor:
        await cursor.execute(
            """
            INSERT INTO totals (tenant_id, owner_id, component, window_id, segment, group_key, id,
                                rule_hash, agreement_version_id, state, currency, amount, sale_id,
                                reference, customer_id, gross, revenue_account, net, tax, tax_key,
                                event_count, event_hash, revision)
            SELECT %(tenant_id)s, r.owner_id, r.component, r.window_id, r.segment, r.group_key,
                   r.id, r.rule_hash, r.agreement_version_id, r.state, r.currency, r.amount,
                   r.sale_id, r.reference, r.customer_id, r.gross, r.revenue_account, r.net, r.tax,
                   r.tax_key, r.event_count, r.event_hash, 1
              FROM json_to_recordset(%(rows)s::json) AS r(
                   owner_id uuid, component text, window_id uuid, segment integer, group_key text,
                   id uuid, rule_hash text, agreement_version_id uuid, state jsonb, currency text,
                   amount numeric, sale_id uuid, reference text, customer_id uuid, gross numeric,
                   revenue_account text, net numeric, tax numeric, tax_key text, event_count bigint,
                   event_hash text)
                ON CONFLICT (tenant_id, owner_id, component, window_id, segment, group_key)
                DO UPDATE
               SET state = excluded.state, amount = excluded.amount, gross = excluded.gross,
                   net = excluded.net, tax = excluded.tax, event_count = excluded.event_count,
                   event_hash = excluded.event_hash, revision = totals.revision + 1
            RETURNING new.id, new.owner_id, new.component, new.window_id, new.segment,
                   new.group_key, new.revision, new.rule_hash, old.rule_hash AS rule_hash_before,
                   coalesce(old.gross, 0) AS gross_before, coalesce(old.net, 0) AS net_before,
                   coalesce(old.tax, 0) AS tax_before
            """,
            {"tenant_id": scope.tenant_id, "rows": rows},
        )
        return await cursor.fetchall()


async def lock_totals(scope: Scope, sale_ids: Sequence[UUID]) -> list[SoldTotal]:
    """Read the totals of sales in id order and hold their row locks."""
    async with scope.conn.cursor(row_factory=record_row(SoldTotal)) as cursor:
        await cursor.execute(
            """
            SELECT id, sale_id, agreement_version_id, currency, customer_id, gross, returned,
                   charged_back, revenue_account, net, tax, tax_key
              FROM totals
             WHERE tenant_id = %(tenant_id)s AND sale_id = ANY(%(sale_ids)s)
             ORDER BY id
               FOR UPDATE
            """,
            {"tenant_id": scope.tenant_id, "sale_ids": list(sale_ids)},
        )
        return await cursor.fetchall()


async def total_ids(scope: Scope, sale_id: UUID) -> dict[UUID, UUID]:
    """The ids of a sale's totals by their owner."""
    cursor = await scope.conn.execute(
        """
        SELECT owner_id, id
          FROM totals
         WHERE tenant_id = %(tenant_id)s AND sale_id = %(sale_id)s
        """,
        {"tenant_id": scope.tenant_id, "sale_id": sale_id},
    )
    return {row[0]: row[1] for row in await cursor.fetchall()}


async def pinned_versions(scope: Scope, sale_ids: Sequence[UUID]) -> dict[UUID, UUID | None]:
    """The agreement version that each of these totals, its own sale, is pinned to."""
    cursor = await scope.conn.execute(
        """
        SELECT sale_id, agreement_version_id
          FROM totals
         WHERE tenant_id = %(tenant_id)s AND sale_id = ANY(%(sale_ids)s) AND sale_id = id
        """,
        {"tenant_id": scope.tenant_id, "sale_ids": list(sale_ids)},
    )
    return {row[0]: row[1] for row in await cursor.fetchall()}


async def returned(scope: Scope, total_ids: Sequence[UUID]) -> dict[UUID, Decimal]:
    """How much of the gross of totals is undone."""
    cursor = await scope.conn.execute(
        """
        SELECT id, returned
          FROM totals
         WHERE tenant_id = %(tenant_id)s AND id = ANY(%(total_ids)s)
        """,
        {"tenant_id": scope.tenant_id, "total_ids": list(total_ids)},
    )
    return dict(await cursor.fetchall())


async def booked_parts(scope: Scope, total_ids: Sequence[UUID]) -> list[BookedPart]:
    """What share lines have booked so far per total, rule and beneficiary."""
    async with scope.conn.cursor(row_factory=record_row(BookedPart)) as cursor:
        await cursor.execute(
            """
            SELECT total_id, rule, kind, factors ->> 'of' AS of_rule, beneficiary_id,
                   sum(amount) AS amount, sum(vat_amount) AS vat_amount
              FROM share_lines
             WHERE tenant_id = %(tenant_id)s AND total_id = ANY(%(total_ids)s)
             GROUP BY total_id, rule, kind, factors ->> 'of', beneficiary_id
            """,
            {"tenant_id": scope.tenant_id, "total_ids": list(total_ids)},
        )
        return await cursor.fetchall()


async def insert_share_lines(scope: Scope, rows: str) -> None:
    """Write share lines together with the movement that makes each of them pending.

    They are effective on their ``service_on``, without one today.
    """
    await scope.conn.execute(
        """
        WITH given AS MATERIALIZED (
            SELECT r.*, coalesce(r.service_on, %(today)s) AS effective_on
              FROM json_to_recordset(%(rows)s::json) AS r(
                   id uuid, total_id uuid, sale_id uuid,
                   agreement_version_id uuid, rule text, kind text, of_line_id uuid,
                   beneficiary_id uuid, currency text, base numeric, factors jsonb, amount numeric,
                   vat_rate numeric, vat_amount numeric, service_on date)
        ), lines AS (
            INSERT INTO share_lines (tenant_id, id, total_id, sale_id, agreement_version_id, rule,
                                     kind, of_line_id, beneficiary_id, currency, base, factors,
                                     amount, vat_rate, vat_amount, effective_on, recorded_at)
            SELECT %(tenant_id)s, id, total_id, sale_id, agreement_version_id, rule, kind,
                   of_line_id, beneficiary_id, currency, base, factors, amount, vat_rate,
                   vat_amount, effective_on, %(recorded_at)s
              FROM given
        ), sums AS (
            INSERT INTO share_sums (tenant_id, id, beneficiary_id, currency, effective_on,
                                    line_kind, kind, state, amount, vat_amount, movements)
            SELECT %(tenant_id)s, uuidv7(), beneficiary_id, currency, effective_on, kind, 'pending',
                   'pending', sum(amount), sum(vat_amount), count(*)
              FROM given
             GROUP BY beneficiary_id, currency, effective_on, kind
        )
        INSERT INTO share_movements (tenant_id, id, share_line_id, sale_id, beneficiary_id, kind,
                                     from_state, to_state, currency, amount, vat_amount, posted,
                                     source_id, effective_on, recorded_at)
        SELECT %(tenant_id)s, uuidv7(), id, sale_id, beneficiary_id, 'pending', NULL, 'pending',
               currency, amount, vat_amount, false, total_id, effective_on, %(recorded_at)s
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
    """Write movements of share lines, and their sums; ``rows`` is a JSON array of columns.

    They are effective on their ``service_on``, without one today.
    """
    await scope.conn.execute(
        """
        WITH given AS MATERIALIZED (
            SELECT r.*, coalesce(r.service_on, %(today)s) AS effective_on
              FROM json_to_recordset(%(rows)s::json) AS r(
                   share_line_id uuid, sale_id uuid, beneficiary_id uuid, line_kind text,
                   kind text, from_state text, to_state text, currency text, amount numeric,
                   vat_amount numeric, posted boolean, source_id uuid, service_on date)
        ), sums AS (
            INSERT INTO share_sums (tenant_id, id, beneficiary_id, currency, effective_on,
                                    line_kind, kind, state, amount, vat_amount, movements)
            SELECT %(tenant_id)s, uuidv7(), g.beneficiary_id, g.currency, g.effective_on,
                   g.line_kind, g.kind, s.state, sum(s.sign * g.amount),
                   sum(s.sign * g.vat_amount), count(*)
              FROM given g
             CROSS JOIN LATERAL (VALUES (g.to_state, 1), (g.from_state, -1)) AS s(state, sign)
             GROUP BY g.beneficiary_id, g.currency, g.effective_on, g.line_kind, g.kind, s.state
        )
        INSERT INTO share_movements (tenant_id, id, share_line_id, sale_id, beneficiary_id, kind,
                                     from_state, to_state, currency, amount, vat_amount, posted,
                                     source_id, effective_on, recorded_at)
        SELECT %(tenant_id)s, uuidv7(), share_line_id, sale_id, beneficiary_id, kind, from_state,
               to_state, currency, amount, vat_amount, posted, source_id, effective_on,
               %(recorded_at)s
          FROM given
        """,
        {
            "tenant_id": scope.tenant_id,
            "rows": rows,
            "today": scope.today,
            "recorded_at": scope.real_now,
        },
    )


async def insert_reversals(scope: Scope, rows: str) -> None:
    """Write what of each total was undone, and the new sum of it."""
    await scope.conn.execute(
        """
        WITH given AS MATERIALIZED (
            SELECT r.*
              FROM json_to_recordset(%(rows)s::json) AS r(
                   id uuid, source_id uuid, total_id uuid, event text, amount numeric, net numeric,
                   tax numeric, borne numeric)
        ), recorded AS (
            INSERT INTO total_reversals (tenant_id, id, source_id, total_id, event, amount, net,
                                         tax, borne, effective_on, recorded_at)
            SELECT %(tenant_id)s, id, source_id, total_id, event, amount, net, tax, borne,
                   %(today)s, %(recorded_at)s
              FROM given
        )
        UPDATE totals t
           SET returned = t.returned + g.amount,
               charged_back = t.charged_back + CASE
                   WHEN g.event IN ('chargeback', 'reinstatement') THEN g.amount ELSE 0 END
          FROM given g
         WHERE t.tenant_id = %(tenant_id)s AND t.id = g.total_id
        """,
        {
            "tenant_id": scope.tenant_id,
            "rows": rows,
            "today": scope.today,
            "recorded_at": scope.real_now,
        },
    )


async def undone_amounts(scope: Scope, source_id: UUID) -> dict[UUID, Decimal]:
    """How much of the gross of each total one chargeback has undone and not given back."""
    cursor = await scope.conn.execute(
        """
        SELECT total_id, sum(amount)
          FROM total_reversals
         WHERE tenant_id = %(tenant_id)s AND source_id = %(source_id)s
         GROUP BY total_id
        HAVING sum(amount) <> 0
         ORDER BY total_id
        """,
        {"tenant_id": scope.tenant_id, "source_id": source_id},
    )
    return {row[0]: row[1] for row in await cursor.fetchall()}


async def lock_sales(scope: Scope, sale_ids: Sequence[UUID]) -> None:
    """Serialise changes of the shares of these sales until the transaction ends.

    The lock is on hashed ids in order, which no row can move (two hashes that meet only wait).
    """
    await scope.conn.execute(
        """
        SELECT pg_advisory_xact_lock(key)
          FROM (SELECT DISTINCT hashtextextended(%(tenant_id)s::text || sale_id::text, 1) AS key
                  FROM unnest(%(sale_ids)s::uuid[]) AS sale_id
                 ORDER BY key) AS keys
        """,
        {"tenant_id": scope.tenant_id, "sale_ids": list(sale_ids)},
    )


async def line_states(scope: Scope, sale_ids: Sequence[UUID]) -> list[LineState]:
    """Each share line of the sales with the balances of its states, in line order."""
    async with scope.conn.cursor(row_factory=record_row(LineState)) as cursor:
        await cursor.execute(
            """
            SELECT l.id, l.total_id, l.sale_id, l.agreement_version_id, l.rule, l.kind,
                   l.beneficiary_id, l.currency, l.amount, l.vat_rate, l.vat_amount,
                   m.pending, m.vat_pending, m.released, m.vat_released, m.unstated, m.vat_unstated,
                   m.undone, m.vat_undone
              FROM share_lines l
              JOIN (SELECT share_line_id,
                           sum(CASE WHEN to_state = 'pending' THEN amount
                                    WHEN from_state = 'pending' THEN -amount ELSE 0 END) AS pending,
                           sum(CASE WHEN to_state = 'pending' THEN vat_amount
                                    WHEN from_state = 'pending' THEN -vat_amount ELSE 0 END)
                               AS vat_pending,
                           sum(CASE WHEN kind = 'released' THEN amount ELSE 0 END) AS released,
                           sum(CASE WHEN kind = 'released' THEN vat_amount ELSE 0 END)
                               AS vat_released,
                           sum(CASE WHEN to_state = 'released' THEN amount
                                    WHEN from_state = 'released' THEN -amount ELSE 0 END)
                               AS unstated,
                           sum(CASE WHEN to_state = 'released' THEN vat_amount
                                    WHEN from_state = 'released' THEN -vat_amount ELSE 0 END)
                               AS vat_unstated,
                           sum(CASE WHEN to_state = 'reversed' THEN amount
                                    WHEN from_state = 'reversed' THEN -amount ELSE 0 END) AS undone,
                           sum(CASE WHEN to_state = 'reversed' THEN vat_amount
                                    WHEN from_state = 'reversed' THEN -vat_amount ELSE 0 END)
                               AS vat_undone
                      FROM share_movements
                     WHERE tenant_id = %(tenant_id)s AND sale_id = ANY(%(sale_ids)s)
                     GROUP BY share_line_id) m ON m.share_line_id = l.id
             WHERE l.tenant_id = %(tenant_id)s AND l.sale_id = ANY(%(sale_ids)s)
             ORDER BY l.id
            """,
            {"tenant_id": scope.tenant_id, "sale_ids": list(sale_ids)},
        )
        return await cursor.fetchall()


async def undone_by(scope: Scope, sale_id: UUID, source_id: UUID) -> list[UndoneMovement]:
    """The movements by which one chargeback took shares back, in movement order."""
    async with scope.conn.cursor(row_factory=record_row(UndoneMovement)) as cursor:
        await cursor.execute(
            """
            SELECT share_line_id, from_state, amount, vat_amount, posted
              FROM share_movements
             WHERE tenant_id = %(tenant_id)s AND sale_id = %(sale_id)s
               AND source_id = %(source_id)s AND to_state = 'reversed'
             ORDER BY id
            """,
            {"tenant_id": scope.tenant_id, "sale_id": sale_id, "source_id": source_id},
        )
        return await cursor.fetchall()


async def movements_of_sale(scope: Scope, sale_id: UUID) -> list[TracedMovement]:
    """Every movement of a sale's share lines, in the order they were recorded."""
    async with scope.conn.cursor(row_factory=record_row(TracedMovement)) as cursor:
        await cursor.execute(
            """
            SELECT m.id, m.share_line_id, m.kind, m.from_state, m.to_state, m.amount, m.vat_amount,
                   m.source_id, m.effective_on, m.recorded_at
              FROM share_movements m
             WHERE m.tenant_id = %(tenant_id)s AND m.sale_id = %(sale_id)s
             ORDER BY m.recorded_at, m.id
            """,
            {"tenant_id": scope.tenant_id, "sale_id": sale_id},
        )
        return await cursor.fetchall()


async def sold_totals(scope: Scope, sale_id: UUID) -> list[SoldTotal]:
    """The totals of a sale, in id order."""
    async with scope.conn.cursor(row_factory=record_row(SoldTotal)) as cursor:
        await cursor.execute(
            """
            SELECT id, sale_id, agreement_version_id, currency, customer_id, gross, returned,
                   charged_back, revenue_account, net, tax, tax_key
              FROM totals
             WHERE tenant_id = %(tenant_id)s AND sale_id = %(sale_id)s
             ORDER BY id
            """,
            {"tenant_id": scope.tenant_id, "sale_id": sale_id},
        )
        return await cursor.fetchall()
