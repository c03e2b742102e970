"""Reading sums: the trial balance, and balances of accounts and parties."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg.rows import scalar_row

from groschen.core.money import ZERO, canonical
from groschen.features.ledger.model import AccountBalance

if TYPE_CHECKING:
    from decimal import Decimal
    from uuid import UUID

    from groschen.features.ledger.model import Moment
    from groschen.kit.db import Scope


def _balance(
    account: str, currency: str, party_id: UUID | None, debit: Decimal, credit: Decimal
) -> AccountBalance:
    return AccountBalance(account, currency, party_id, canonical(debit), canonical(credit))


async def trial_balance(scope: Scope, moment: Moment) -> list[AccountBalance]:
    """Sum both sides of each account and currency."""
    cursor = await scope.conn.execute(
        """
        SELECT account, currency, NULL::uuid,
               coalesce(sum(amount) FILTER (WHERE amount > 0), 0),
               coalesce(-sum(amount) FILTER (WHERE amount < 0), 0)
          FROM postings
         WHERE tenant_id = %(tenant_id)s
           AND (%(as_of)s::date IS NULL OR effective_on <= %(as_of)s::date)
           AND (%(known_at)s::timestamptz IS NULL
                OR recorded_at <= %(known_at)s::timestamptz)
         GROUP BY account, currency
         ORDER BY account, currency
        """,
        {"tenant_id": scope.tenant_id, "as_of": moment.as_of, "known_at": moment.known_at},
    )
    return [_balance(*row) for row in await cursor.fetchall()]


async def differences(scope: Scope) -> dict[str, Decimal]:
    """Sum all postings of each currency; every sum is zero, or there is a bug."""
    cursor = await scope.conn.execute(
        """
        SELECT currency, sum(amount)
          FROM postings
         WHERE tenant_id = %(tenant_id)s
         GROUP BY currency
         ORDER BY currency
        """,
        {"tenant_id": scope.tenant_id},
    )
    return {row[0]: canonical(row[1]) for row in await cursor.fetchall()}


async def balances_by_party(
    scope: Scope, account: str, moment: Moment, after: UUID | None, limit: int | None
) -> list[AccountBalance]:
    """Sum both sides of one account for each party (in id order, after ``after``) and currency.

    ``limit`` counts parties, so that the currencies of a party stay together.
    """
    cursor = await scope.conn.execute(
        """
        WITH chosen AS MATERIALIZED (
            SELECT DISTINCT party_id
              FROM postings
             WHERE tenant_id = %(tenant_id)s AND account = %(account)s
               AND party_id IS NOT NULL
               AND (%(after)s::uuid IS NULL OR party_id > %(after)s::uuid)
             ORDER BY party_id
             LIMIT %(limit)s
        )
        SELECT p.account, p.currency, p.party_id,
               coalesce(sum(p.amount) FILTER (WHERE p.amount > 0), 0),
               coalesce(-sum(p.amount) FILTER (WHERE p.amount < 0), 0)
          FROM chosen c
          JOIN postings p ON p.tenant_id = %(tenant_id)s AND p.account = %(account)s
                         AND p.party_id = c.party_id
         WHERE (%(as_of)s::date IS NULL OR p.effective_on <= %(as_of)s::date)
           AND (%(known_at)s::timestamptz IS NULL
                OR p.recorded_at <= %(known_at)s::timestamptz)
         GROUP BY p.account, p.currency, p.party_id
         ORDER BY p.party_id, p.currency
        """,
        {
            "tenant_id": scope.tenant_id,
            "account": account,
            "after": after,
            "limit": limit,
            "as_of": moment.as_of,
            "known_at": moment.known_at,
        },
    )
    return [_balance(*row) for row in await cursor.fetchall()]


async def balances_of_party(scope: Scope, party_id: UUID, moment: Moment) -> list[AccountBalance]:
    """Sum both sides of every account in which the party has postings."""
    cursor = await scope.conn.execute(
        """
        SELECT p.account, p.currency, p.party_id,
               coalesce(sum(p.amount) FILTER (WHERE p.amount > 0), 0),
               coalesce(-sum(p.amount) FILTER (WHERE p.amount < 0), 0)
          FROM ledger_accounts a
          JOIN postings p ON p.tenant_id = a.tenant_id AND p.account = a.code
                         AND p.party_id = %(party_id)s
         WHERE a.tenant_id = %(tenant_id)s
           AND (%(as_of)s::date IS NULL OR p.effective_on <= %(as_of)s::date)
           AND (%(known_at)s::timestamptz IS NULL
                OR p.recorded_at <= %(known_at)s::timestamptz)
         GROUP BY p.account, p.currency, p.party_id
         ORDER BY p.account, p.currency
        """,
        {
            "tenant_id": scope.tenant_id,
            "party_id": party_id,
            "as_of": moment.as_of,
            "known_at": moment.known_at,
        },
    )
    return [_balance(*row) for row in await cursor.fetchall()]


async def account_balance(scope: Scope, account: str, currency: str) -> Decimal:
    """Sum all postings of one account in one currency."""
    async with scope.conn.cursor(row_factory=scalar_row) as cursor:
        await cursor.execute(
            """
            SELECT sum(amount)
              FROM postings
             WHERE tenant_id = %(tenant_id)s AND account = %(account)s
               AND currency = %(currency)s
            """,
            {"tenant_id": scope.tenant_id, "account": account, "currency": currency},
        )
        return canonical(await cursor.fetchone() or ZERO)


async def party_balance(scope: Scope, account: str, party_id: UUID, currency: str) -> Decimal:
    """Sum one party's postings of one account in one currency."""
    async with scope.conn.cursor(row_factory=scalar_row) as cursor:
        await cursor.execute(
            """
            SELECT sum(amount)
              FROM postings
             WHERE tenant_id = %(tenant_id)s AND account = %(account)s
               AND party_id = %(party_id)s AND currency = %(currency)s
            """,
            {
                "tenant_id": scope.tenant_id,
                "account": account,
                "party_id": party_id,
                "currency": currency,
            },
        )
        return canonical(await cursor.fetchone() or ZERO)
