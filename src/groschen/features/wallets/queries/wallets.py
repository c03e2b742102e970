"""The statements of opening and looking at wallets: one function, one statement, no decisions."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from groschen.core.credit import EMERGENCY
from groschen.features.wallets.model import BucketRow, BurnRow, Movement, UsedOnDay, Wallet
from groschen.kit.db import Scope
from groschen.kit.http import Slice
from groschen.kit.rows import record_row


async def insert_wallet(scope: Scope, wallet: Wallet) -> bool:
    """Write a new wallet; answers whether its external id was free."""
    cursor = await scope.conn.execute(
        """
        INSERT INTO wallets (tenant_id, id, external_id, account_id, party_id, currency, vat_mode,
                             legal_class, country, vat_rate, time_zone, emergency_limit,
                             protected_region, restored_days, thresholds, state, credit, overdraft,
                             exhausted, revision, created_at)
        VALUES (%(tenant_id)s, %(id)s, %(external_id)s, %(account_id)s, %(party_id)s,
                %(currency)s, %(vat_mode)s, %(legal_class)s, %(country)s, %(vat_rate)s,
                %(time_zone)s, %(emergency_limit)s, %(protected_region)s, %(restored_days)s,
                %(thresholds)s, %(state)s, 0, 0, false, 0, %(created_at)s)
            ON CONFLICT (tenant_id, external_id) DO NOTHING
        """,
        {
            "tenant_id": scope.tenant_id,
            "id": wallet.id,
            "external_id": wallet.external_id,
            "account_id": wallet.account_id,
            "party_id": wallet.party_id,
            "currency": wallet.currency,
            "vat_mode": wallet.vat_mode,
            "legal_class": wallet.legal_class,
            "country": wallet.country,
            "vat_rate": wallet.vat_rate,
            "time_zone": wallet.time_zone,
            "emergency_limit": wallet.emergency_limit,
            "protected_region": wallet.protected_region,
            "restored_days": wallet.restored_days,
            "thresholds": wallet.thresholds,
            "state": wallet.state,
            "created_at": wallet.created_at,
        },
    )
    return cursor.rowcount == 1


async def wallet_id(scope: Scope, external_id: str) -> UUID | None:
    """Find a wallet by its external id."""
    cursor = await scope.conn.execute(
        "SELECT id FROM wallets WHERE tenant_id = %(tenant_id)s AND external_id = %(external_id)s",
        {"tenant_id": scope.tenant_id, "external_id": external_id},
    )
    row = await cursor.fetchone()
    return row[0] if row else None


async def page_of_wallets(
    scope: Scope, account_id: UUID | None, party_id: UUID | None, asked: Slice
) -> list[Wallet]:
    """Wallets of one account or party, or all, newest first."""
    async with scope.conn.cursor(row_factory=record_row(Wallet)) as cursor:
        await cursor.execute(
            """
            WITH page AS (
                (SELECT id
                   FROM wallets
                  WHERE tenant_id = %(tenant_id)s AND NOT %(backwards)s AND id < %(below)s
                    AND (%(account_id)s::uuid IS NULL OR account_id = %(account_id)s)
                    AND (%(party_id)s::uuid IS NULL OR party_id = %(party_id)s)
                  ORDER BY id DESC
                  LIMIT %(fetch)s)
                UNION ALL
                (SELECT id
                   FROM wallets
                  WHERE tenant_id = %(tenant_id)s AND %(backwards)s AND id > %(above)s
                    AND (%(account_id)s::uuid IS NULL OR account_id = %(account_id)s)
                    AND (%(party_id)s::uuid IS NULL OR party_id = %(party_id)s)
                  ORDER BY id
                  LIMIT %(fetch)s)
            )
            SELECT w.id, w.external_id, w.account_id, w.party_id, w.currency, w.vat_mode,
                   w.legal_class, w.country, w.vat_rate, w.time_zone, w.emergency_limit,
                   w.protected_region, w.restored_days, w.thresholds::numeric[] AS thresholds,
                   w.state, w.credit, w.overdraft, w.exhausted, w.revision, w.created_at
              FROM wallets w
              JOIN page ON page.id = w.id
             WHERE w.tenant_id = %(tenant_id)s
             ORDER BY w.id DESC
            """,
            {
                "tenant_id": scope.tenant_id,
                "account_id": account_id,
                "party_id": party_id,
                **asked.bounds,
            },
        )
        return await cursor.fetchall()


async def buckets_of(scope: Scope, wallet_id: UUID) -> list[BucketRow]:
    """All buckets of one wallet, the newest first."""
    async with scope.conn.cursor(row_factory=record_row(BucketRow)) as cursor:
        await cursor.execute(
            """
            SELECT wallet_id, id, kind, state, priority, scope, valid_from, expires_at, amount,
                   spent, vat, spent_vat, source_id, created_at
              FROM wallet_buckets
             WHERE tenant_id = %(tenant_id)s AND wallet_id = %(wallet_id)s
             ORDER BY created_at DESC, id DESC
            """,
            {"tenant_id": scope.tenant_id, "wallet_id": wallet_id},
        )
        return await cursor.fetchall()


async def page_of_movements(scope: Scope, wallet_id: UUID, asked: Slice) -> list[Movement]:
    """What moved one wallet other than use, newest first."""
    async with scope.conn.cursor(row_factory=record_row(Movement)) as cursor:
        await cursor.execute(
            """
            WITH page AS (
                (SELECT id
                   FROM wallet_movements
                  WHERE tenant_id = %(tenant_id)s AND wallet_id = %(wallet_id)s
                    AND NOT %(backwards)s AND id < %(below)s
                  ORDER BY id DESC
                  LIMIT %(fetch)s)
                UNION ALL
                (SELECT id
                   FROM wallet_movements
                  WHERE tenant_id = %(tenant_id)s AND wallet_id = %(wallet_id)s
                    AND %(backwards)s AND id > %(above)s
                  ORDER BY id
                  LIMIT %(fetch)s)
            )
            SELECT m.id, m.kind, m.bucket_id, m.amount, m.source_id, m.effective_on,
                   m.recorded_at
              FROM wallet_movements m
              JOIN page ON page.id = m.id
             WHERE m.tenant_id = %(tenant_id)s
             ORDER BY m.id DESC
            """,
            {"tenant_id": scope.tenant_id, "wallet_id": wallet_id, **asked.bounds},
        )
        return await cursor.fetchall()


async def burns_to_repay(scope: Scope, wallet_ids: Sequence[UUID]) -> list[BurnRow]:
    """The use of wallets that emergency credit paid and no top-up repaid yet."""
    async with scope.conn.cursor(row_factory=record_row(BurnRow)) as cursor:
        await cursor.execute(
            """
            SELECT wallet_id, total_id, bucket_id, day, ordinal, amount, vat, repaid
              FROM burns
             WHERE tenant_id = %(tenant_id)s AND wallet_id = ANY(%(wallet_ids)s)
               AND bucket_id = '00000000-0000-0000-0000-000000000000' AND repaid < amount
            """,
            {"tenant_id": scope.tenant_id, "wallet_ids": list(wallet_ids)},
        )
        return await cursor.fetchall()


async def wallets_to_refresh(scope: Scope, limit: int) -> list[UUID]:
    """Wallets with buckets whose time has come or gone."""
    cursor = await scope.conn.execute(
        """
        SELECT wallet_id
          FROM wallet_buckets
         WHERE tenant_id = %(tenant_id)s AND state = 'pending' AND valid_from <= %(now)s
         UNION
        SELECT wallet_id
          FROM wallet_buckets
         WHERE tenant_id = %(tenant_id)s AND state IN ('pending', 'open')
           AND expires_at IS NOT NULL AND expires_at <= %(now)s
         LIMIT %(limit)s
        """,
        {"tenant_id": scope.tenant_id, "now": scope.now, "limit": limit},
    )
    return [row[0] for row in await cursor.fetchall()]


async def wallets_at_limit(scope: Scope) -> list[UUID]:
    """Wallets in emergency credit at its limit that nobody was told of."""
    cursor = await scope.conn.execute(
        """
        SELECT id
          FROM wallets
         WHERE tenant_id = %(tenant_id)s AND overdraft > 0 AND NOT exhausted
           AND credit = 0 AND overdraft >= emergency_limit
        """,
        {"tenant_id": scope.tenant_id},
    )
    return [row[0] for row in await cursor.fetchall()]


async def used_by_day(scope: Scope, wallet_id: UUID, first: date, last: date) -> list[UsedOnDay]:
    """What use took from a wallet, by service day; days without use are left out."""
    async with scope.conn.cursor(row_factory=record_row(UsedOnDay)) as cursor:
        await cursor.execute(
            """
            SELECT day,
                   coalesce(sum(amount) FILTER (WHERE bucket_id <> %(emergency)s), 0) AS credit,
                   coalesce(sum(amount) FILTER (WHERE bucket_id = %(emergency)s), 0) AS emergency
              FROM burns
             WHERE tenant_id = %(tenant_id)s AND wallet_id = %(wallet_id)s
               AND day >= %(first)s AND day <= %(last)s
             GROUP BY day
             ORDER BY day
            """,
            {
                "tenant_id": scope.tenant_id,
                "wallet_id": wallet_id,
                "emergency": EMERGENCY,
                "first": first,
                "last": last,
            },
        )
        return await cursor.fetchall()
