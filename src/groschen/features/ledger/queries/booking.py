"""Writing: journals with their postings, and the chart of accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from psycopg.rows import scalar_row

from groschen.core.ledger.chart import Account, AccountType, Side
from groschen.kit.rows import json_rows

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import date, datetime
    from decimal import Decimal
    from uuid import UUID

    from groschen.kit.db import Scope


class JournalRow(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """A journal on its way into ``post_journals``; what is not set is not sent."""

    id: UUID
    kind: str
    reference: str
    source_id: UUID
    effective_on: date
    recorded_at: datetime
    reverses: UUID | None = None


class PostingRow(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """A posting on its way into ``post_journals``; what is not set is not sent."""

    journal_id: UUID
    position: int
    account: str
    currency: str
    amount: Decimal
    party_id: UUID | None = None
    tax_key: str | None = None


async def post_journals(
    scope: Scope, journals: Sequence[JournalRow], postings: Sequence[PostingRow]
) -> set[UUID]:
    """Book all journals whose reference is new; return their ids."""
    async with scope.conn.cursor(row_factory=scalar_row) as cursor:
        await cursor.execute(
            "SELECT post_journals(%(journals)s::json, %(postings)s::json)",
            {"journals": json_rows(journals), "postings": json_rows(postings)},
        )
        return set(await cursor.fetchall())


async def insert_accounts(scope: Scope, accounts: Iterable[Account]) -> None:
    """Add accounts to the chart; those it has stay as they are."""
    rows = [
        {
            "code": account.code,
            "kind": account.type,
            "normal_side": account.normal_side,
            "needs_party": account.needs_party,
            "needs_tax_key": account.needs_tax_key,
        }
        for account in accounts
    ]
    await scope.conn.execute(
        """
        INSERT INTO ledger_accounts (tenant_id, code, kind, normal_side, needs_party, needs_tax_key)
        SELECT %(tenant_id)s, a.code, a.kind, a.normal_side, a.needs_party, a.needs_tax_key
          FROM json_to_recordset(%(accounts)s::json) AS a(
               code text, kind text, normal_side text, needs_party boolean, needs_tax_key boolean)
            ON CONFLICT (tenant_id, code) DO NOTHING
        """,
        {"tenant_id": scope.tenant_id, "accounts": json_rows(rows)},
    )


async def accounts(scope: Scope) -> list[Account]:
    """Read the chart of accounts, by code."""
    cursor = await scope.conn.execute(
        """
        SELECT code, kind, normal_side, needs_party, needs_tax_key
          FROM ledger_accounts
         WHERE tenant_id = %(tenant_id)s
         ORDER BY code
        """,
        {"tenant_id": scope.tenant_id},
    )
    return [
        Account(code, AccountType(kind), Side(side), needs_party, needs_tax_key)
        for code, kind, side, needs_party, needs_tax_key in await cursor.fetchall()
    ]


async def ids_by_reference(scope: Scope, references: Collection[str]) -> dict[str, UUID]:
    """Find the journals that were booked under ``references``."""
    cursor = await scope.conn.execute(
        """
        SELECT reference, id
          FROM journals
         WHERE tenant_id = %(tenant_id)s AND reference = ANY(%(references)s)
        """,
        {"tenant_id": scope.tenant_id, "references": list(references)},
    )
    return dict(await cursor.fetchall())


async def known_journals(scope: Scope, journal_ids: Collection[UUID]) -> set[UUID]:
    """Return those of ``journal_ids`` that are booked."""
    async with scope.conn.cursor(row_factory=scalar_row) as cursor:
        await cursor.execute(
            """
            SELECT id
              FROM journals
             WHERE tenant_id = %(tenant_id)s AND id = ANY(%(journal_ids)s)
            """,
            {"tenant_id": scope.tenant_id, "journal_ids": list(journal_ids)},
        )
        return set(await cursor.fetchall())


async def known_parties(scope: Scope, party_ids: Collection[UUID]) -> set[UUID]:
    """Return those of ``party_ids`` that exist.

    Parties stand above the ledger, so it cannot ask their service; a posting by hand must not
    name nobody all the same.
    """
    async with scope.conn.cursor(row_factory=scalar_row) as cursor:
        await cursor.execute(
            """
            SELECT id
              FROM parties
             WHERE tenant_id = %(tenant_id)s AND id = ANY(%(party_ids)s)
            """,
            {"tenant_id": scope.tenant_id, "party_ids": list(party_ids)},
        )
        return set(await cursor.fetchall())
