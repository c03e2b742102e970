"""Reading where shares stand: lines with their balances, what was undone, claims page by page."""

from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

from psycopg.rows import class_row

from groschen.features.shares.standing_model import LineBalances, UndoneOfSale
from groschen.features.shares.statement_model import ClaimLine
from groschen.kit.db import Scope


async def lines_of_sale(scope: Scope, sale_id: UUID) -> list[LineBalances]:
    """The share lines of a sale with what of each is in which state, in line order."""
    async with scope.conn.cursor(row_factory=class_row(LineBalances)) as cursor:
        await cursor.execute(
            """
            SELECT l.id, l.total_id, l.sale_id, t.reference, l.agreement_version_id, l.rule,
                   l.kind, l.of_line_id, l.beneficiary_id, l.currency, l.base,
                   l.factors::text AS factors, l.amount, l.vat_amount, l.effective_on, b.pending,
                   b.released, b.stated, b.paid, b.reversed, b.vat_reversed, b.disputed
              FROM share_lines l
              JOIN totals t ON t.tenant_id = l.tenant_id AND t.id = l.total_id
              JOIN (SELECT m.share_line_id,
                           sum(CASE 'pending' WHEN m.to_state THEN m.amount
                                              WHEN m.from_state THEN -m.amount ELSE 0 END)
                               AS pending,
                           sum(CASE 'released' WHEN m.to_state THEN m.amount
                                               WHEN m.from_state THEN -m.amount ELSE 0 END)
                               AS released,
                           sum(CASE 'stated' WHEN m.to_state THEN m.amount
                                             WHEN m.from_state THEN -m.amount ELSE 0 END)
                               AS stated,
                           sum(CASE 'paid' WHEN m.to_state THEN m.amount ELSE 0 END) AS paid,
                           sum(CASE 'reversed' WHEN m.to_state THEN m.amount
                                               WHEN m.from_state THEN -m.amount ELSE 0 END)
                               AS reversed,
                           sum(CASE 'reversed' WHEN m.to_state THEN m.vat_amount
                                               WHEN m.from_state THEN -m.vat_amount ELSE 0 END)
                               AS vat_reversed,
                           coalesce((array_agg(m.kind ORDER BY m.id DESC)
                               FILTER (WHERE m.to_state = 'reversed'))[1] = 'disputed', false)
                               AS disputed
                      FROM share_movements m
                     WHERE m.tenant_id = %(tenant_id)s AND m.sale_id = %(sale_id)s
                     GROUP BY m.share_line_id) b ON b.share_line_id = l.id
             WHERE l.tenant_id = %(tenant_id)s AND l.sale_id = %(sale_id)s
             ORDER BY l.id
            """,
            {"tenant_id": scope.tenant_id, "sale_id": sale_id},
        )
        return await cursor.fetchall()


async def lines_of_partner(
    scope: Scope, beneficiary_id: UUID, bounds: Mapping[str, object]
) -> list[LineBalances]:
    """A page of a partner's shares with what of each is in which state, newest first."""
    async with scope.conn.cursor(row_factory=class_row(LineBalances)) as cursor:
        await cursor.execute(
            """
            WITH page AS MATERIALIZED (
                (SELECT id, sale_id
                   FROM share_lines
                  WHERE tenant_id = %(tenant_id)s AND NOT %(backwards)s AND id < %(below)s
                    AND beneficiary_id = %(beneficiary_id)s AND kind = 'share'
                  ORDER BY id DESC
                  LIMIT %(fetch)s)
                UNION ALL
                (SELECT id, sale_id
                   FROM share_lines
                  WHERE tenant_id = %(tenant_id)s AND %(backwards)s AND id > %(above)s
                    AND beneficiary_id = %(beneficiary_id)s AND kind = 'share'
                  ORDER BY id
                  LIMIT %(fetch)s)
            )
            SELECT l.id, l.total_id, l.sale_id, t.reference, l.agreement_version_id, l.rule,
                   l.kind, l.of_line_id, l.beneficiary_id, l.currency, l.base,
                   l.factors::text AS factors, l.amount, l.vat_amount, l.effective_on, b.pending,
                   b.released, b.stated, b.paid, b.reversed, b.vat_reversed, b.disputed
              FROM page
              JOIN share_lines l ON l.tenant_id = %(tenant_id)s AND l.id = page.id
              JOIN totals t ON t.tenant_id = l.tenant_id AND t.id = l.total_id
             CROSS JOIN LATERAL (
                    SELECT sum(CASE 'pending' WHEN m.to_state THEN m.amount
                                              WHEN m.from_state THEN -m.amount ELSE 0 END)
                               AS pending,
                           sum(CASE 'released' WHEN m.to_state THEN m.amount
                                               WHEN m.from_state THEN -m.amount ELSE 0 END)
                               AS released,
                           sum(CASE 'stated' WHEN m.to_state THEN m.amount
                                             WHEN m.from_state THEN -m.amount ELSE 0 END)
                               AS stated,
                           sum(CASE 'paid' WHEN m.to_state THEN m.amount ELSE 0 END) AS paid,
                           sum(CASE 'reversed' WHEN m.to_state THEN m.amount
                                               WHEN m.from_state THEN -m.amount ELSE 0 END)
                               AS reversed,
                           sum(CASE 'reversed' WHEN m.to_state THEN m.vat_amount
                                               WHEN m.from_state THEN -m.vat_amount ELSE 0 END)
                               AS vat_reversed,
                           coalesce((array_agg(m.kind ORDER BY m.id DESC)
                               FILTER (WHERE m.to_state = 'reversed'))[1] = 'disputed', false)
                               AS disputed
                      FROM share_movements m
                     WHERE m.tenant_id = %(tenant_id)s AND m.sale_id = page.sale_id
                       AND m.share_line_id = page.id) b
             ORDER BY l.id DESC
            """,
            {"tenant_id": scope.tenant_id, "beneficiary_id": beneficiary_id, **bounds},
        )
        return await cursor.fetchall()


async def undone_by_sources(scope: Scope, source_ids: Sequence[UUID]) -> list[UndoneOfSale]:
    """What refunds, chargebacks and cancellations undid, each event of a source by itself."""
    async with scope.conn.cursor(row_factory=class_row(UndoneOfSale)) as cursor:
        await cursor.execute(
            """
            SELECT source_id, event, sum(amount) AS amount, sum(net + tax) AS own,
                   sum(borne) AS borne
              FROM total_reversals
             WHERE tenant_id = %(tenant_id)s AND source_id = ANY(%(source_ids)s)
             GROUP BY source_id, event
             ORDER BY min(recorded_at), source_id
            """,
            {"tenant_id": scope.tenant_id, "source_ids": list(source_ids)},
        )
        return await cursor.fetchall()


async def claim_lines_page(
    scope: Scope,
    beneficiary_id: UUID,
    currency: str,
    period: tuple[date, date],
    after: tuple[date, UUID],
    fetch: int,
) -> list[ClaimLine]:
    """Movements of a partner's claims in booking order, those that follow ``after``."""
    async with scope.conn.cursor(row_factory=class_row(ClaimLine)) as cursor:
        await cursor.execute(
            """
            SELECT l.id AS line_id, m.id AS movement_id, m.effective_on, m.kind AS movement,
                   l.sale_id AS order_id, t.reference, l.rule, l.kind, l.base,
                   l.factors::text AS factors,
                   CASE WHEN m.to_state = 'released' THEN m.amount ELSE -m.amount END AS amount,
                   l.vat_rate,
                   CASE WHEN m.to_state = 'released' THEN m.vat_amount ELSE -m.vat_amount END
                       AS vat_amount,
                   l.currency, v.hash AS agreement_hash
              FROM share_movements m
              JOIN share_lines l ON l.tenant_id = m.tenant_id AND l.id = m.share_line_id
              JOIN agreement_versions v
                ON v.tenant_id = l.tenant_id AND v.id = l.agreement_version_id
              JOIN totals t ON t.tenant_id = l.tenant_id AND t.id = l.total_id
             WHERE m.tenant_id = %(tenant_id)s AND m.beneficiary_id = %(beneficiary_id)s
               AND m.currency = %(currency)s
               AND m.effective_on >= %(period_from)s AND m.effective_on < %(period_to)s
               AND m.effective_on >= %(after_on)s
               AND (m.effective_on, m.id) > (%(after_on)s::date, %(after_id)s::uuid)
               AND m.kind IN ('released', 'reversed', 'disputed', 'reinstated')
               AND (m.to_state = 'released' OR m.from_state = 'released')
             ORDER BY m.effective_on, m.id
             LIMIT %(fetch)s
            """,
            {
                "tenant_id": scope.tenant_id,
                "beneficiary_id": beneficiary_id,
                "currency": currency,
                "period_from": period[0],
                "period_to": period[1],
                "after_on": after[0],
                "after_id": after[1],
                "fetch": fetch,
            },
        )
        return await cursor.fetchall()
