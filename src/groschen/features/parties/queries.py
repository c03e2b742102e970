"""The rows of parties, accounts and payout accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg.rows import class_row

from groschen.features.parties.model import Account, Party, SealedPayoutAccount

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from groschen.kit.db import Scope


async def insert_party(scope: Scope, party: Party) -> bool:
    """Store a party; False if the external id is taken."""
    cursor = await scope.conn.execute(
        """
        INSERT INTO parties (tenant_id, id, external_id, kind, name, roles, country, created_at)
        VALUES (%(tenant_id)s, %(id)s, %(external_id)s, %(kind)s, %(name)s, %(roles)s,
                %(country)s, %(created_at)s)
            ON CONFLICT (tenant_id, external_id) DO NOTHING
        """,
        {
            "tenant_id": scope.tenant_id,
            "id": party.id,
            "external_id": party.external_id,
            "kind": party.kind,
            "name": party.name,
            "roles": party.roles,
            "country": party.country,
            "created_at": party.created_at,
        },
    )
    return cursor.rowcount == 1


async def parties_by_ids(scope: Scope, ids: Sequence[UUID]) -> list[Party]:
    """Read parties by id, in id order."""
    async with scope.conn.cursor(row_factory=class_row(Party)) as cursor:
        await cursor.execute(
            """
            SELECT id, external_id, kind, name, roles, country, created_at
              FROM parties
             WHERE tenant_id = %(tenant_id)s AND id = ANY(%(ids)s)
             ORDER BY id
            """,
            {"tenant_id": scope.tenant_id, "ids": list(ids)},
        )
        return await cursor.fetchall()


async def parties_by_external_ids(scope: Scope, external_ids: Sequence[str]) -> list[Party]:
    """Read parties by external id, in id order."""
    async with scope.conn.cursor(row_factory=class_row(Party)) as cursor:
        await cursor.execute(
            """
            SELECT id, external_id, kind, name, roles, country, created_at
              FROM parties
             WHERE tenant_id = %(tenant_id)s AND external_id = ANY(%(external_ids)s)
             ORDER BY id
            """,
            {"tenant_id": scope.tenant_id, "external_ids": list(external_ids)},
        )
        return await cursor.fetchall()


async def parties(
    scope: Scope, roles: Sequence[str], bounds: Mapping[str, object], text: str | None = None
) -> list[Party]:
    """Read a page of the parties that have all of ``roles``, newest first.

    ``text`` stands in the name of an organisation, in any case of its letters.
    """
    async with scope.conn.cursor(row_factory=class_row(Party)) as cursor:
        await cursor.execute(
            """
            WITH page AS (
                (SELECT id FROM parties
                  WHERE tenant_id = %(tenant_id)s AND NOT %(backwards)s AND id < %(below)s
                    AND roles @> %(roles)s::text[]
                    AND (%(text)s::text IS NULL OR strpos(lower(name), lower(%(text)s)) > 0)
                  ORDER BY id DESC LIMIT %(fetch)s)
                UNION ALL
                (SELECT id FROM parties
                  WHERE tenant_id = %(tenant_id)s AND %(backwards)s AND id > %(above)s
                    AND roles @> %(roles)s::text[]
                    AND (%(text)s::text IS NULL OR strpos(lower(name), lower(%(text)s)) > 0)
                  ORDER BY id LIMIT %(fetch)s)
            )
            SELECT p.id, p.external_id, p.kind, p.name, p.roles, p.country, p.created_at
              FROM parties p
              JOIN page ON page.id = p.id
             WHERE p.tenant_id = %(tenant_id)s
             ORDER BY p.id DESC
            """,
            {"tenant_id": scope.tenant_id, "roles": list(roles), "text": text, **bounds},
        )
        return await cursor.fetchall()


async def insert_account(scope: Scope, account: Account) -> bool:
    """Store an account; False if the external id is taken."""
    cursor = await scope.conn.execute(
        """
        INSERT INTO accounts (tenant_id, id, external_id, party_id, parent_account_id, currency,
                              time_zone, created_at)
        VALUES (%(tenant_id)s, %(id)s, %(external_id)s, %(party_id)s, %(parent_account_id)s,
                %(currency)s, %(time_zone)s, %(created_at)s)
            ON CONFLICT (tenant_id, external_id) DO NOTHING
        """,
        {
            "tenant_id": scope.tenant_id,
            "id": account.id,
            "external_id": account.external_id,
            "party_id": account.party_id,
            "parent_account_id": account.parent_account_id,
            "currency": account.currency,
            "time_zone": account.time_zone,
            "created_at": account.created_at,
        },
    )
    return cursor.rowcount == 1


async def accounts_by_ids(scope: Scope, ids: Sequence[UUID]) -> list[Account]:
    """Read accounts by id, in id order."""
    async with scope.conn.cursor(row_factory=class_row(Account)) as cursor:
        await cursor.execute(
            """
            SELECT id, external_id, party_id, parent_account_id, currency, time_zone, created_at
              FROM accounts
             WHERE tenant_id = %(tenant_id)s AND id = ANY(%(ids)s)
             ORDER BY id
            """,
            {"tenant_id": scope.tenant_id, "ids": list(ids)},
        )
        return await cursor.fetchall()


async def accounts_by_external_ids(scope: Scope, external_ids: Sequence[str]) -> list[Account]:
    """Read accounts by external id, in id order."""
    async with scope.conn.cursor(row_factory=class_row(Account)) as cursor:
        await cursor.execute(
            """
            SELECT id, external_id, party_id, parent_account_id, currency, time_zone, created_at
              FROM accounts
             WHERE tenant_id = %(tenant_id)s AND external_id = ANY(%(external_ids)s)
             ORDER BY id
            """,
            {"tenant_id": scope.tenant_id, "external_ids": list(external_ids)},
        )
        return await cursor.fetchall()


async def accounts(
    scope: Scope, bounds: Mapping[str, object], text: str | None = None
) -> list[Account]:
    """Read a page of accounts, newest first.

    ``text`` stands in the external id of the account or its party, or in the name of an
    organisation, in any case of its letters.
    """
    async with scope.conn.cursor(row_factory=class_row(Account)) as cursor:
        await cursor.execute(
            """
            WITH page AS (
                (SELECT a.id FROM accounts a
                   JOIN parties p ON p.tenant_id = a.tenant_id AND p.id = a.party_id
                  WHERE a.tenant_id = %(tenant_id)s AND NOT %(backwards)s AND a.id < %(below)s
                    AND (%(text)s::text IS NULL OR strpos(lower(
                        concat_ws(' ', a.external_id, p.external_id, p.name)), lower(%(text)s)) > 0)
                  ORDER BY a.id DESC LIMIT %(fetch)s)
                UNION ALL
                (SELECT a.id FROM accounts a
                   JOIN parties p ON p.tenant_id = a.tenant_id AND p.id = a.party_id
                  WHERE a.tenant_id = %(tenant_id)s AND %(backwards)s AND a.id > %(above)s
                    AND (%(text)s::text IS NULL OR strpos(lower(
                        concat_ws(' ', a.external_id, p.external_id, p.name)), lower(%(text)s)) > 0)
                  ORDER BY a.id LIMIT %(fetch)s)
            )
            SELECT a.id, a.external_id, a.party_id, a.parent_account_id, a.currency, a.time_zone,
                   a.created_at
              FROM accounts a
              JOIN page ON page.id = a.id
             WHERE a.tenant_id = %(tenant_id)s
             ORDER BY a.id DESC
            """,
            {"tenant_id": scope.tenant_id, "text": text, **bounds},
        )
        return await cursor.fetchall()


async def accounts_of_party(
    scope: Scope, party_id: UUID, bounds: Mapping[str, object]
) -> list[Account]:
    """Read a page of one party's accounts, newest first."""
    async with scope.conn.cursor(row_factory=class_row(Account)) as cursor:
        await cursor.execute(
            """
            WITH page AS (
                (SELECT id FROM accounts
                  WHERE tenant_id = %(tenant_id)s AND party_id = %(party_id)s
                    AND NOT %(backwards)s AND id < %(below)s
                  ORDER BY id DESC LIMIT %(fetch)s)
                UNION ALL
                (SELECT id FROM accounts
                  WHERE tenant_id = %(tenant_id)s AND party_id = %(party_id)s
                    AND %(backwards)s AND id > %(above)s
                  ORDER BY id LIMIT %(fetch)s)
            )
            SELECT a.id, a.external_id, a.party_id, a.parent_account_id, a.currency, a.time_zone,
                   a.created_at
              FROM accounts a
              JOIN page ON page.id = a.id
             WHERE a.tenant_id = %(tenant_id)s
             ORDER BY a.id DESC
            """,
            {"tenant_id": scope.tenant_id, "party_id": party_id, **bounds},
        )
        return await cursor.fetchall()


async def insert_payout_account(scope: Scope, account: SealedPayoutAccount) -> None:
    """Store where a party gets money from now on."""
    await scope.conn.execute(
        """
        INSERT INTO payout_accounts (tenant_id, id, party_id, currency, iban_last4, ciphertext,
                                     created_at)
        VALUES (%(tenant_id)s, %(id)s, %(party_id)s, %(currency)s, %(iban_last4)s,
                %(ciphertext)s, %(created_at)s)
        """,
        {
            "tenant_id": scope.tenant_id,
            "id": account.id,
            "party_id": account.party_id,
            "currency": account.currency,
            "iban_last4": account.iban_last4,
            "ciphertext": account.ciphertext,
            "created_at": account.created_at,
        },
    )


async def newest_payout_accounts(
    scope: Scope, party_ids: Sequence[UUID], currency: str
) -> list[SealedPayoutAccount]:
    """Read the payout account that counts, of each party that has one in ``currency``."""
    async with scope.conn.cursor(row_factory=class_row(SealedPayoutAccount)) as cursor:
        await cursor.execute(
            """
            SELECT DISTINCT ON (party_id) id, party_id, currency, iban_last4, ciphertext, created_at
              FROM payout_accounts
             WHERE tenant_id = %(tenant_id)s AND party_id = ANY(%(party_ids)s)
               AND currency = %(currency)s
             ORDER BY party_id, id DESC
            """,
            {
                "tenant_id": scope.tenant_id,
                "party_ids": list(party_ids),
                "currency": currency,
            },
        )
        return await cursor.fetchall()


async def payout_accounts_of(scope: Scope, party_id: UUID) -> list[SealedPayoutAccount]:
    """Read all payout accounts of one party, newest first."""
    async with scope.conn.cursor(row_factory=class_row(SealedPayoutAccount)) as cursor:
        await cursor.execute(
            """
            SELECT id, party_id, currency, iban_last4, ciphertext, created_at
              FROM payout_accounts
             WHERE tenant_id = %(tenant_id)s AND party_id = %(party_id)s
             ORDER BY id DESC
            """,
            {"tenant_id": scope.tenant_id, "party_id": party_id},
        )
        return await cursor.fetchall()


async def count_partners_without_account(scope: Scope) -> int:
    """How many partners have no payout account at all."""
    cursor = await scope.conn.execute(
        """
        SELECT count(*)
          FROM parties p
         WHERE p.tenant_id = %(tenant_id)s AND p.roles @> ARRAY['partner']
           AND NOT EXISTS (SELECT
                             FROM payout_accounts a
                            WHERE a.tenant_id = p.tenant_id AND a.party_id = p.id)
        """,
        {"tenant_id": scope.tenant_id},
    )
    row = await cursor.fetchone()
    return 0 if row is None else int(row[0])


async def parties_with_account(scope: Scope, party_ids: Sequence[UUID]) -> set[UUID]:
    """Which of these parties have a payout account."""
    cursor = await scope.conn.execute(
        """
        SELECT DISTINCT party_id
          FROM payout_accounts
         WHERE tenant_id = %(tenant_id)s AND party_id = ANY(%(ids)s)
        """,
        {"tenant_id": scope.tenant_id, "ids": list(party_ids)},
    )
    return {row[0] for row in await cursor.fetchall()}
