"""Journals that a person books: checked in full before anything is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from groschen.core.errors import GroschenError
from groschen.core.ledger.chart import AccountUnknown
from groschen.core.ledger.journal import check
from groschen.features.ledger import service
from groschen.features.ledger.model import (
    MANUAL_PREFIX,
    EffectiveDayAhead,
    EffectiveDayClosed,
    JournalEntryZero,
    JournalReferenceRepeated,
    LedgerAccountKept,
    ManualResult,
    NewJournal,
    PostingPartyUnknown,
    ReversedJournalUnknown,
    Written,
    kept_by_sub_ledger,
)
from groschen.features.ledger.queries import booking
from groschen.kit.ids import new_id

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from uuid import UUID

    from groschen.core.ledger.chart import Chart
    from groschen.core.ledger.journal import Entry, Journal
    from groschen.features.ledger.model import ManualJournal
    from groschen.kit.db import Scope


async def post_manual(scope: Scope, given: Sequence[ManualJournal]) -> list[ManualResult]:
    """Book all journals or none, and say of each, in order, whether it was there before.

    Errors name the field by its path, such as ``journals.3.entries.0.account``.
    """
    chart = await service.chart(scope)
    _check_references(given)
    for index, manual in enumerate(given):
        path = f"journals.{index}"
        _check_day(scope, manual.effective_on, path)
        _check_journal(manual.journal, chart, path)
    await _check_parties(scope, given)
    await _check_reversed(scope, given)
    new = [_new(manual) for manual in given]
    written = await service.post(scope, new)
    there = [journal.reference for journal in new if journal.id not in written]
    before = await booking.ids_by_reference(scope, there) if there else {}
    return [_result(journal, before) for journal in new]


def _new(manual: ManualJournal) -> NewJournal:
    """A journal by hand is its own source."""
    journal_id = new_id()
    return NewJournal(
        journal_id,
        manual.journal,
        MANUAL_PREFIX + manual.reference,
        journal_id,
        manual.effective_on,
        manual.reverses,
    )


def _result(new: NewJournal, before: dict[str, UUID]) -> ManualResult:
    earlier = before.get(new.reference)
    if earlier is None:
        return ManualResult(new.id, new.reference, Written.WRITTEN)
    return ManualResult(earlier, new.reference, Written.DUPLICATE)


def _check_references(given: Sequence[ManualJournal]) -> None:
    seen: set[str] = set()
    for index, manual in enumerate(given):
        if manual.reference in seen:
            raise JournalReferenceRepeated(
                f"the reference {manual.reference!r} comes twice",
                field=f"journals.{index}.reference",
                hint="give each journal a reference of its own; it is booked once",
            )
        seen.add(manual.reference)


def _check_day(scope: Scope, day: date | None, path: str) -> None:
    if day is None:
        return
    open_from = scope.tenant.books_open_from
    if open_from is not None and day < open_from:
        raise EffectiveDayClosed(
            f"the books of {day.isoformat()} are closed",
            field=f"{path}.effective_on",
            hint=f"date the journal {open_from.isoformat()} or later",
        )
    if day > scope.today:
        raise EffectiveDayAhead(
            f"{day.isoformat()} is after today, {scope.today.isoformat()}",
            field=f"{path}.effective_on",
            hint="date the journal today or earlier, or leave the day out",
        )


def _check_journal(journal: Journal, chart: Chart, path: str) -> None:
    for index, entry in enumerate(journal.entries):
        _check_entry(entry, chart, f"{path}.entries.{index}")
    try:
        check(journal, chart)
    except GroschenError as refusal:
        raise type(refusal)(
            refusal.detail, field=f"{path}.{refusal.field}", hint=refusal.hint, **refusal.facts
        ) from refusal


def _check_entry(entry: Entry, chart: Chart, path: str) -> None:
    if entry.account not in chart.accounts:
        raise AccountUnknown(
            f"the chart has no account {entry.account!r}",
            field=f"{path}.account",
            hint="use an account that GET /v1/ledger/accounts lists",
        )
    if kept_by_sub_ledger(entry.account):
        raise LedgerAccountKept(
            f"{entry.account} is kept by a sub-ledger and not posted by hand",
            field=f"{path}.account",
            hint="use the refund, agreement or settlement that changes this balance",
        )
    if not entry.amount:
        raise JournalEntryZero(
            "a posting of zero moves nothing",
            field=f"{path}.amount",
            hint="give a positive amount for debit, a negative one for credit",
        )


async def _check_parties(scope: Scope, given: Sequence[ManualJournal]) -> None:
    named = {
        entry.party_id: f"journals.{index}.entries.{position}.party_id"
        for index, manual in enumerate(given)
        for position, entry in enumerate(manual.journal.entries)
        if entry.party_id is not None
    }
    known = await booking.known_parties(scope, named.keys())
    for party_id, path in named.items():
        if party_id not in known:
            raise PostingPartyUnknown(
                "there is no such party", field=path, hint="create the party first"
            )


async def _check_reversed(scope: Scope, given: Sequence[ManualJournal]) -> None:
    named = {
        manual.reverses: f"journals.{index}.reverses"
        for index, manual in enumerate(given)
        if manual.reverses is not None
    }
    known = await booking.known_journals(scope, named.keys())
    for journal_id, path in named.items():
        if journal_id not in known:
            raise ReversedJournalUnknown(
                "there is no such journal", field=path, hint="give the id of a booked journal"
            )
