"""The endpoints of the ledger."""

from __future__ import annotations

import struct
from datetime import date
from typing import Annotated, Final
from uuid import UUID

from fastapi import Query

from groschen.core.ledger.chart import AccountUnknown
from groschen.core.ledger.journal import EntryIncomplete, JournalUnbalanced
from groschen.features.ledger import manual, service
from groschen.features.ledger.model import (
    EffectiveDayAhead,
    EffectiveDayClosed,
    JournalEntryZero,
    JournalNotFound,
    JournalReferenceRepeated,
    LedgerAccountKept,
    Moment,
    PostingPartyUnknown,
    ReversedJournalUnknown,
    StatementLine,
    StatementPosition,
)
from groschen.features.ledger.schemas import (
    AccountCode,
    BalanceOut,
    JournalId,
    JournalOut,
    LedgerAccountOut,
    LedgerAccountsOut,
    ManualJournalsIn,
    ManualResultOut,
    ManualResultsOut,
    PartyId,
    StatementLineOut,
    TrialBalanceOut,
    currency_totals,
)
from groschen.kit.http import Instant, LocalDate, PageOut, Reader, Router, Writer, problems
from groschen.kit.http.keysets import Keysets, keyset_page

ledger: Final = Router("ledger", prefix="/v1/ledger")
journals: Final = Router("journals", prefix="/v1/journals")

POSITION: Final = struct.Struct(">I16sH")


@ledger.get("/accounts", permission="ledger:read")
async def accounts(scope: Reader) -> LedgerAccountsOut:
    """List the chart of accounts."""
    chart = await service.chart(scope)
    return LedgerAccountsOut(data=[LedgerAccountOut.of(account) for account in chart])


@ledger.get("/trial_balance", permission="ledger:read")
async def trial_balance(
    scope: Reader,
    as_of: Annotated[
        LocalDate | None, Query(description="Only what is effective up to and on this day.")
    ] = None,
    known_at: Annotated[
        Instant | None, Query(description="Only what was recorded up to this instant.")
    ] = None,
    party_id: Annotated[
        PartyId | None, Query(description="Only postings that name this party.")
    ] = None,
) -> TrialBalanceOut:
    """Show the balance of each account and currency."""
    moment = Moment(as_of, known_at)
    if party_id is None:
        balances = await service.trial_balance(scope, moment)
    else:
        balances = await service.balances_of_party(scope, party_id, moment)
    return TrialBalanceOut(
        as_of=as_of,
        known_at=known_at,
        data=[BalanceOut.of(balance) for balance in balances],
        totals=currency_totals(balances),
    )


@ledger.get("/postings", permission="ledger:read")
async def postings(
    scope: Reader,
    page: Keysets,
    account: Annotated[AccountCode, Query(description="The account.")],
    party_id: Annotated[
        PartyId | None, Query(description="Only postings that name this party.")
    ] = None,
) -> PageOut[StatementLineOut]:
    """List the postings of an account, the latest business day first."""
    lines = await service.account_statement(
        scope, account, party_id=party_id, after=_unpack(page.after), limit=page.fetch
    )
    return keyset_page(page, lines, position=_pack, show=StatementLineOut.of)


def _pack(line: StatementLine) -> bytes:
    posting = line.posting
    return POSITION.pack(line.effective_on.toordinal(), posting.journal_id.bytes, posting.position)


def _unpack(packed: bytes | None) -> StatementPosition | None:
    if packed is None:
        return None
    day, journal_id, position = POSITION.unpack(packed)
    return StatementPosition(date.fromordinal(day), UUID(bytes=journal_id), position)


@journals.get("/{journal_id}", permission="ledger:read", responses=problems(JournalNotFound))
async def journal(journal_id: JournalId, scope: Reader) -> JournalOut:
    """Show one journal with its postings."""
    return JournalOut.of(await service.journal(scope, journal_id))


@journals.post(
    "",
    permission="ledger:write",
    verb="post",
    idempotent="required",
    responses=problems(
        AccountUnknown,
        EffectiveDayAhead,
        EffectiveDayClosed,
        EntryIncomplete,
        JournalEntryZero,
        JournalReferenceRepeated,
        JournalUnbalanced,
        LedgerAccountKept,
        PostingPartyUnknown,
        ReversedJournalUnknown,
    ),
)
async def post_journals(body: ManualJournalsIn, scope: Writer) -> ManualResultsOut:
    """Book journals by hand: all or none, each reference once."""
    results = await manual.post_manual(scope, [one.manual() for one in body.journals])
    return ManualResultsOut(data=[ManualResultOut.of(result) for result in results])
