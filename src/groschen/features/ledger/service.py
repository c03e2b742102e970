"""Booking journals, and reading what the books say.

``post`` is the one way into the ledger. It is one statement for any number of journals, writes
each reference once, and leaves the checking to the database function that nobody can pass by.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg

from groschen.core.errors import InvariantBroken, invariant
from groschen.core.ledger.chart import AccountUnknown, Chart, standard_chart
from groschen.core.ledger.journal import EntryIncomplete
from groschen.features.ledger.model import EffectiveDayClosed, JournalNotFound
from groschen.features.ledger.queries import balances, booking, journals
from groschen.features.ledger.queries.booking import JournalRow, PostingRow

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import date
    from decimal import Decimal
    from uuid import UUID

    from groschen.core.errors import GroschenError
    from groschen.features.ledger.model import (
        AccountBalance,
        Moment,
        NewJournal,
        PostedJournal,
        StatementLine,
        StatementPosition,
    )
    from groschen.kit.db import Scope


async def seed_chart(scope: Scope) -> None:
    """Give a new tenant the standard chart of accounts; accounts it has stay as they are."""
    await booking.insert_accounts(scope, standard_chart())


async def chart(scope: Scope) -> Chart:
    """The tenant's chart of accounts."""
    return Chart({account.code: account for account in await booking.accounts(scope)})


async def post(scope: Scope, new: Sequence[NewJournal]) -> set[UUID]:
    """Book journals and return the ids of those written now.

    A journal whose reference is booked already is left out, and nothing is said about whether
    the two are equal. All or none: raises ``AccountUnknown`` and ``EntryIncomplete`` for data
    that does not fit the chart, ``EffectiveDayClosed`` for a day before the open books, and
    ``InvariantBroken`` for what only a bug can bring, such as a journal that does not balance.
    After a refusal the transaction can only be rolled back.
    """
    if not new:
        return set()
    in_order = sorted(new, key=_reference)
    try:
        return await booking.post_journals(scope, _journal_rows(scope, in_order), _postings(new))
    except psycopg.errors.CheckViolation as refusal:
        raise _refused(refusal) from refusal


async def post_new(scope: Scope, new: Sequence[NewJournal]) -> None:
    """Book journals whose causes cannot have been booked before.

    Raises what ``post`` raises, and ``InvariantBroken`` when a reference is there already.
    """
    written = await post(scope, new)
    missing = [journal.reference for journal in new if journal.id not in written]
    invariant(not missing, f"booked a second time: {', '.join(missing[:3])}")


def _reference(new: NewJournal) -> str:
    """Writers that book the same references lock them in the same order."""
    return new.reference


def _journal_rows(scope: Scope, new: Sequence[NewJournal]) -> list[JournalRow]:
    today, recorded_at = scope.today, scope.real_now
    open_from = scope.tenant.books_open_from
    rows = [
        JournalRow(
            journal.id,
            journal.journal.kind,
            journal.reference,
            journal.source_id,
            journal.effective_on or today,
            recorded_at,
            journal.reverses,
        )
        for journal in new
    ]
    if open_from is not None:
        for row in rows:
            _check_open(row.effective_on, open_from)
    return rows


def _postings(new: Sequence[NewJournal]) -> list[PostingRow]:
    return [
        PostingRow(
            journal.id,
            position,
            entry.account,
            journal.journal.currency,
            entry.amount,
            entry.party_id,
            entry.tax_key,
        )
        for journal in new
        for position, entry in enumerate(journal.journal.entries, start=1)
    ]


def _check_open(day: date, open_from: date) -> None:
    if day < open_from:
        raise EffectiveDayClosed(
            f"the books of {day.isoformat()} are closed",
            field="effective_on",
            hint=f"date the journal {open_from.isoformat()} or later",
        )


def _refused(refusal: psycopg.errors.CheckViolation) -> GroschenError | InvariantBroken:
    """Tell what the database refused: data that does not fit the chart, or a bug."""
    message = refusal.diag.message_primary or "the journal was refused"
    match refusal.diag.constraint_name:
        case "ledger_account_known":
            return AccountUnknown(
                message, field="account", hint="use an account of the tenant's chart"
            )
        case "ledger_account_has_party" | "ledger_account_has_tax_key":
            return EntryIncomplete(
                message, field="entries", hint="name the party or tax key of the posting"
            )
        case _:
            return InvariantBroken(f"{message} ({refusal.diag.message_detail or 'no journal'})")


async def trial_balance(scope: Scope, moment: Moment) -> list[AccountBalance]:
    """Both sides of each account and currency; per currency the balances sum to zero."""
    return await balances.trial_balance(scope, moment)


async def differences(scope: Scope) -> dict[str, Decimal]:
    """What all debits less all credits come to, by currency: zero, or the books do not balance."""
    return await balances.differences(scope)


async def balances_by_party(
    scope: Scope,
    account: str,
    moment: Moment,
    *,
    after: UUID | None = None,
    limit: int | None = None,
) -> list[AccountBalance]:
    """One account's balances by party, in id order; ``limit`` counts parties."""
    return await balances.balances_by_party(scope, account, moment, after, limit)


async def balances_of_party(scope: Scope, party_id: UUID, moment: Moment) -> list[AccountBalance]:
    """The balances of one party in every account that has postings of it."""
    return await balances.balances_of_party(scope, party_id, moment)


async def balance(
    scope: Scope, account: str, currency: str, *, party_id: UUID | None = None
) -> Decimal:
    """Debit less credit of an account, or of one party in it."""
    if party_id is None:
        return await balances.account_balance(scope, account, currency)
    return await balances.party_balance(scope, account, party_id, currency)


async def journal(scope: Scope, journal_id: UUID) -> PostedJournal:
    """One journal with its postings; raises ``JournalNotFound``."""
    found = await journals.journals(scope, [journal_id])
    if not found:
        raise JournalNotFound("there is no such journal", journal_id=journal_id)
    return found[0]


async def journals_of_sources(scope: Scope, source_ids: Collection[UUID]) -> list[PostedJournal]:
    """The journals that belong to orders, payments, statements ..., oldest first."""
    return await journals.journals_of_sources(scope, source_ids)


async def account_statement(
    scope: Scope,
    account: str,
    *,
    party_id: UUID | None = None,
    after: StatementPosition | None = None,
    limit: int,
) -> list[StatementLine]:
    """Postings of an account, or of one party in it, newest first, following ``after``."""
    if party_id is None:
        return await journals.statement_of_account(scope, account, after, limit)
    return await journals.statement_of_party(scope, account, party_id, after, limit)
