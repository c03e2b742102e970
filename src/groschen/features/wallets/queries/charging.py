"""The statements of a charge: one function, one statement, no decisions."""

from collections.abc import Sequence
from uuid import UUID

from groschen.features.wallets.model import BucketRow, BurnRow, Wallet
from groschen.kit.db import Scope
from groschen.kit.rows import record_row


async def lock_wallets(scope: Scope, keys: Sequence[int]) -> None:
    """Wait for the wallets' locks in the order of ``keys``; held until the transaction ends."""
    await scope.conn.execute(
        "SELECT pg_advisory_xact_lock(key) FROM unnest(%(keys)s::bigint[]) AS t(key)",
        {"keys": list(keys)},
    )


async def wallets(scope: Scope, ids: Sequence[UUID]) -> list[Wallet]:
    """Read wallets by id, in id order."""
    async with scope.conn.cursor(row_factory=record_row(Wallet)) as cursor:
        await cursor.execute(
            """
            SELECT id, external_id, account_id, party_id, currency, vat_mode, legal_class, country,
                   vat_rate, time_zone, emergency_limit, protected_region, restored_days,
                   thresholds::numeric[] AS thresholds, state, credit, overdraft, exhausted,
                   revision, created_at
              FROM wallets
             WHERE tenant_id = %(tenant_id)s AND id = ANY(%(ids)s)
             ORDER BY id
            """,
            {"tenant_id": scope.tenant_id, "ids": list(ids)},
        )
        return await cursor.fetchall()


async def buckets_in_use(scope: Scope, wallet_ids: Sequence[UUID]) -> list[BucketRow]:
    """The buckets of wallets that are valid or will be."""
    async with scope.conn.cursor(row_factory=record_row(BucketRow)) as cursor:
        await cursor.execute(
            """
            SELECT wallet_id, id, kind, state, priority, scope, valid_from, expires_at, amount,
                   spent, vat, spent_vat, source_id, created_at
              FROM wallet_buckets
             WHERE tenant_id = %(tenant_id)s AND wallet_id = ANY(%(wallet_ids)s)
               AND state IN ('pending', 'open')
            """,
            {"tenant_id": scope.tenant_id, "wallet_ids": list(wallet_ids)},
        )
        return await cursor.fetchall()


async def burns_of_totals(scope: Scope, total_ids: Sequence[UUID]) -> list[BurnRow]:
    """What credit paid of totals so far."""
    async with scope.conn.cursor(row_factory=record_row(BurnRow)) as cursor:
        await cursor.execute(
            """
            SELECT wallet_id, total_id, bucket_id, day, ordinal, amount, vat, repaid
              FROM burns
             WHERE tenant_id = %(tenant_id)s AND total_id = ANY(%(total_ids)s)
            """,
            {"tenant_id": scope.tenant_id, "total_ids": list(total_ids)},
        )
        return await cursor.fetchall()


async def past_buckets(
    scope: Scope, wallet_ids: Sequence[UUID], ids: Sequence[UUID]
) -> list[BucketRow]:
    """Those of the buckets ``ids`` whose time is over."""
    async with scope.conn.cursor(row_factory=record_row(BucketRow)) as cursor:
        await cursor.execute(
            """
            SELECT wallet_id, id, kind, state, priority, scope, valid_from, expires_at, amount,
                   spent, vat, spent_vat, source_id, created_at
              FROM wallet_buckets
             WHERE tenant_id = %(tenant_id)s AND wallet_id = ANY(%(wallet_ids)s)
               AND id = ANY(%(ids)s) AND state IN ('expired', 'closed')
            """,
            {"tenant_id": scope.tenant_id, "wallet_ids": list(wallet_ids), "ids": list(ids)},
        )
        return await cursor.fetchall()


async def add_burns(scope: Scope, rows: str) -> None:
    """Add what was burned: a burn of the same total, bucket and day grows."""
    await scope.conn.execute(
        """
        INSERT INTO burns (tenant_id, total_id, bucket_id, day, wallet_id, ordinal, amount, vat)
        SELECT %(tenant_id)s, r.total_id, r.bucket_id, r.day, r.wallet_id, r.ordinal, r.amount,
               r.vat
          FROM json_to_recordset(%(rows)s::json) AS r(
               total_id uuid, bucket_id uuid, day date, wallet_id uuid, ordinal bigint,
               amount numeric, vat numeric)
            ON CONFLICT (tenant_id, total_id, bucket_id, day) DO UPDATE
           SET amount = burns.amount + EXCLUDED.amount,
               vat = burns.vat + EXCLUDED.vat,
               ordinal = greatest(burns.ordinal, EXCLUDED.ordinal)
        """,
        {"tenant_id": scope.tenant_id, "rows": rows},
    )


async def change_burns(scope: Scope, rows: str) -> None:
    """Add signed changes to burns that exist."""
    await scope.conn.execute(
        """
        UPDATE burns b
           SET amount = b.amount + r.amount,
               vat = b.vat + r.vat,
               repaid = b.repaid + r.repaid
          FROM json_to_recordset(%(rows)s::json) AS r(
               total_id uuid, bucket_id uuid, day date, amount numeric, vat numeric,
               repaid numeric)
         WHERE b.tenant_id = %(tenant_id)s AND b.total_id = r.total_id
           AND b.bucket_id = r.bucket_id AND b.day = r.day
        """,
        {"tenant_id": scope.tenant_id, "rows": rows},
    )


async def store_buckets(scope: Scope, rows: str) -> None:
    """Write buckets as they are now; those not stored yet are added."""
    await scope.conn.execute(
        """
        INSERT INTO wallet_buckets AS b (tenant_id, wallet_id, id, kind, state, priority, scope,
                                         valid_from, expires_at, amount, spent, vat, spent_vat,
                                         source_id, created_at)
        SELECT %(tenant_id)s, r.wallet_id, r.id, r.kind, r.state, r.priority, r.scope,
               r.valid_from, r.expires_at, r.amount, r.spent, r.vat, r.spent_vat, r.source_id,
               r.created_at
          FROM json_to_recordset(%(rows)s::json) AS r(
               wallet_id uuid, id uuid, kind text, state text, priority smallint, scope text[],
               valid_from timestamptz, expires_at timestamptz, amount numeric, spent numeric,
               vat numeric, spent_vat numeric, source_id uuid, created_at timestamptz)
            ON CONFLICT (tenant_id, wallet_id, id) DO UPDATE
           SET state = EXCLUDED.state, expires_at = EXCLUDED.expires_at,
               amount = EXCLUDED.amount, spent = EXCLUDED.spent, vat = EXCLUDED.vat,
               spent_vat = EXCLUDED.spent_vat
        """,
        {"tenant_id": scope.tenant_id, "rows": rows},
    )


async def store_spent(scope: Scope, buckets: str, wallets: str) -> None:
    """Write what of buckets is spent and how their wallets stand, in one statement."""
    await scope.conn.execute(
        """
        WITH spent AS (
            UPDATE wallet_buckets b
               SET spent = r.spent, spent_vat = r.spent_vat
              FROM json_to_recordset(%(buckets)s::json) AS r(
                   wallet_id uuid, id uuid, spent numeric, spent_vat numeric)
             WHERE b.tenant_id = %(tenant_id)s AND b.wallet_id = r.wallet_id AND b.id = r.id
        )
        UPDATE wallets w
           SET credit = r.credit, overdraft = r.overdraft, exhausted = r.exhausted,
               revision = r.revision
          FROM json_to_recordset(%(wallets)s::json) AS r(
               id uuid, credit numeric, overdraft numeric, exhausted boolean, revision bigint)
         WHERE w.tenant_id = %(tenant_id)s AND w.id = r.id
        """,
        {"tenant_id": scope.tenant_id, "buckets": buckets, "wallets": wallets},
    )


async def insert_movements(scope: Scope, rows: str) -> None:
    """Write what moved wallets other than use."""
    await scope.conn.execute(
        """
        INSERT INTO wallet_movements (tenant_id, id, wallet_id, kind, bucket_id, amount, source_id,
                                      effective_on, recorded_at)
        SELECT %(tenant_id)s, r.id, r.wallet_id, r.kind, r.bucket_id, r.amount, r.source_id,
               %(today)s, %(real_now)s
          FROM json_to_recordset(%(rows)s::json) AS r(
               id uuid, wallet_id uuid, kind text, bucket_id uuid, amount numeric,
               source_id uuid)
        """,
        {
            "tenant_id": scope.tenant_id,
            "rows": rows,
            "today": scope.today,
            "real_now": scope.real_now,
        },
    )
