"""Reading journals and account statements."""

from __future__ import annotations

from typing import TYPE_CHECKING

from groschen.core.money import Money, canonical
from groschen.features.ledger.model import PostedJournal, Posting, StatementLine

if TYPE_CHECKING:
    from collections.abc import Collection
    from decimal import Decimal
    from typing import Any
    from uuid import UUID

    from groschen.features.ledger.model import StatementPosition
    from groschen.kit.db import Scope


def _journal(row: tuple[Any, ...]) -> PostedJournal:
    """Build a journal of its seven columns and the six arrays of its postings."""
    journal_id, kind, reference, source_id, reverses, effective_on, recorded_at = row[:7]
    postings = tuple(
        Posting(journal_id, position, account, party_id, tax_key, _money(amount, currency))
        for position, account, party_id, tax_key, amount, currency in zip(*row[7:], strict=True)
    )
    return PostedJournal(
        journal_id, kind, reference, source_id, reverses, effective_on, recorded_at, postings
    )


def _line(row: tuple[Any, ...]) -> StatementLine:
    """Build a line of its seven columns of the posting and five of the journal."""
    journal_id, position, account, party_id, tax_key, amount, currency = row[:7]
    kind, reference, source_id, effective_on, recorded_at = row[7:]
    money = _money(amount, currency)
    posting = Posting(journal_id, position, account, party_id, tax_key, money)
    return StatementLine(posting, kind, reference, source_id, effective_on, recorded_at)


def _money(amount: Decimal, currency: str) -> Money:
    return Money(canonical(amount), currency)


async def journals(scope: Scope, journal_ids: Collection[UUID]) -> list[PostedJournal]:
    """Read journals with their postings, oldest first."""
    cursor = await scope.conn.execute(
        """
        SELECT j.id, j.kind, j.reference, j.source_id, j.reverses, j.effective_on,
               j.recorded_at,
               array_agg(p.position ORDER BY p.position),
               array_agg(p.account ORDER BY p.position),
               array_agg(p.party_id ORDER BY p.position),
               array_agg(p.tax_key ORDER BY p.position),
               array_agg(p.amount::numeric ORDER BY p.position),
               array_agg(p.currency::text ORDER BY p.position)
          FROM journals j
          JOIN postings p ON p.tenant_id = j.tenant_id AND p.journal_id = j.id
         WHERE j.tenant_id = %(tenant_id)s AND j.id = ANY(%(journal_ids)s)
         GROUP BY j.tenant_id, j.id
         ORDER BY j.id
        """,
        {"tenant_id": scope.tenant_id, "journal_ids": list(journal_ids)},
    )
    return [_journal(row) for row in await cursor.fetchall()]


async def journals_of_sources(scope: Scope, source_ids: Collection[UUID]) -> list[PostedJournal]:
    """Read the journals that belong to the given objects, oldest first."""
    cursor = await scope.conn.execute(
        """
        SELECT j.id, j.kind, j.reference, j.source_id, j.reverses, j.effective_on,
               j.recorded_at,
               array_agg(p.position ORDER BY p.position),
               array_agg(p.account ORDER BY p.position),
               array_agg(p.party_id ORDER BY p.position),
               array_agg(p.tax_key ORDER BY p.position),
               array_agg(p.amount::numeric ORDER BY p.position),
               array_agg(p.currency::text ORDER BY p.position)
          FROM journals j
          JOIN postings p ON p.tenant_id = j.tenant_id AND p.journal_id = j.id
         WHERE j.tenant_id = %(tenant_id)s AND j.source_id = ANY(%(source_ids)s)
         GROUP BY j.tenant_id, j.id
         ORDER BY j.id
        """,
        {"tenant_id": scope.tenant_id, "source_ids": list(source_ids)},
    )
    return [_journal(row) for row in await cursor.fetchall()]


async def statement_of_account(
    scope: Scope, account: str, after: StatementPosition | None, limit: int
) -> list[StatementLine]:
    """Read postings of an account, newest first, those that follow ``after``."""
    cursor = await scope.conn.execute(
        """
        SELECT p.journal_id, p.position, p.account, p.party_id, p.tax_key, p.amount, p.currency,
               j.kind, j.reference, j.source_id, p.effective_on, p.recorded_at
          FROM postings p
          JOIN journals j ON j.tenant_id = p.tenant_id AND j.id = p.journal_id
         WHERE p.tenant_id = %(tenant_id)s AND p.account = %(account)s
           AND (%(day)s::date IS NULL
                OR (p.effective_on, p.journal_id, p.position)
                   < (%(day)s::date, %(journal_id)s::uuid, %(position)s::smallint))
         ORDER BY p.effective_on DESC, p.journal_id DESC, p.position DESC
         LIMIT %(limit)s
        """,
        {
            "tenant_id": scope.tenant_id,
            "account": account,
            "limit": limit,
            **_position(after),
        },
    )
    return [_line(row) for row in await cursor.fetchall()]


async def statement_of_party(
    scope: Scope, account: str, party_id: UUID, after: StatementPosition | None, limit: int
) -> list[StatementLine]:
    """Read a party's postings of an account, newest first, those that follow ``after``."""
    cursor = await scope.conn.execute(
        """
        SELECT p.journal_id, p.position, p.account, p.party_id, p.tax_key, p.amount, p.currency,
               j.kind, j.reference, j.source_id, p.effective_on, p.recorded_at
          FROM postings p
          JOIN journals j ON j.tenant_id = p.tenant_id AND j.id = p.journal_id
         WHERE p.tenant_id = %(tenant_id)s AND p.account = %(account)s
           AND p.party_id = %(party_id)s
           AND (%(day)s::date IS NULL
                OR (p.effective_on, p.journal_id, p.position)
                   < (%(day)s::date, %(journal_id)s::uuid, %(position)s::smallint))
         ORDER BY p.effective_on DESC, p.journal_id DESC, p.position DESC
         LIMIT %(limit)s
        """,
        {
            "tenant_id": scope.tenant_id,
            "account": account,
            "party_id": party_id,
            "limit": limit,
            **_position(after),
        },
    )
    return [_line(row) for row in await cursor.fetchall()]


def _position(after: StatementPosition | None) -> dict[str, object]:
    if after is None:
        return {"day": None, "journal_id": None, "position": None}
    return {
        "day": after.effective_on,
        "journal_id": after.journal_id,
        "position": after.position,
    }
