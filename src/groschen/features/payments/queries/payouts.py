"""The statements of what providers pay out: one function, one statement, no decisions."""

from groschen.features.payments.model import PspPayout
from groschen.kit.db import Scope
from groschen.kit.http import Slice
from groschen.kit.rows import record_row


async def insert_psp_payout(scope: Scope, payout: PspPayout) -> bool:
    """Write a provider's payout; answers False when its reference is known already."""
    cursor = await scope.conn.execute(
        """
        INSERT INTO psp_payouts (tenant_id, id, provider, reference, currency, gross, fees, net,
                                 paid_on, recorded_at)
        VALUES (%(tenant_id)s, %(id)s, %(provider)s, %(reference)s, %(currency)s, %(gross)s,
                %(fees)s, %(net)s, %(paid_on)s, %(real_now)s)
            ON CONFLICT (tenant_id, provider, reference) DO NOTHING
        RETURNING id
        """,
        {
            "tenant_id": scope.tenant_id,
            "id": payout.id,
            "provider": payout.provider,
            "reference": payout.reference,
            "currency": payout.currency,
            "gross": payout.gross,
            "fees": payout.fees,
            "net": payout.net,
            "paid_on": payout.paid_on,
            "real_now": scope.real_now,
        },
    )
    return await cursor.fetchone() is not None


async def page_of_psp_payouts(scope: Scope, asked: Slice) -> list[PspPayout]:
    """Providers' payouts, newest first."""
    async with scope.conn.cursor(row_factory=record_row(PspPayout)) as cursor:
        await cursor.execute(
            """
            WITH page AS (
                (SELECT id, provider, reference, currency, gross, fees, net, paid_on
                   FROM psp_payouts
                  WHERE tenant_id = %(tenant_id)s AND NOT %(backwards)s AND id < %(below)s
                  ORDER BY id DESC
                  LIMIT %(fetch)s)
                UNION ALL
                (SELECT id, provider, reference, currency, gross, fees, net, paid_on
                   FROM psp_payouts
                  WHERE tenant_id = %(tenant_id)s AND %(backwards)s AND id > %(above)s
                  ORDER BY id
                  LIMIT %(fetch)s)
            )
            SELECT id, provider, reference, currency, gross, fees, net, paid_on
              FROM page
             ORDER BY id DESC
            """,
            {"tenant_id": scope.tenant_id, **asked.bounds},
        )
        return await cursor.fetchall()
