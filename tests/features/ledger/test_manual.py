"""Journals by hand: what is booked, what is there already, what is refused and where."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from groschen.core.ledger.chart import AccountUnknown
from groschen.core.ledger.journal import EntryIncomplete, JournalUnbalanced
from groschen.features.ledger import manual, service
from groschen.features.ledger.model import (
    EffectiveDayAhead,
    EffectiveDayClosed,
    JournalEntryZero,
    JournalReferenceRepeated,
    LedgerAccountKept,
    PostingPartyUnknown,
    ReversedJournalUnknown,
    Written,
)
from groschen.kit.db import SYSTEM, Database
from groschen.kit.ids import new_id
from support.database import make_tenant

from .books import by_hand

if TYPE_CHECKING:
    from groschen.core.errors import GroschenError
    from groschen.features.ledger.model import ManualJournal, ManualResult
    from groschen.kit.postgres import ServerUrls
    from support.database import ScopeFactory

FINE = (("BANK", "2.50"), ("ROUNDING", "-2.50"))


async def send(open_scope: ScopeFactory, *journals: ManualJournal) -> list[ManualResult]:
    async with open_scope() as scope:
        await service.seed_chart(scope)
        return await manual.post_manual(scope, journals)


async def test_each_reference_is_written_once_and_then_a_duplicate(
    scope_factory: ScopeFactory,
) -> None:
    [first] = await send(scope_factory, by_hand(*FINE, reference="a"))
    assert (first.reference, first.result) == ("manual:a", Written.WRITTEN)
    again, second = await send(
        scope_factory, by_hand(*FINE, reference="a"), by_hand(*FINE, reference="b")
    )
    assert (again.id, again.result) == (first.id, Written.DUPLICATE)
    assert second.result is Written.WRITTEN
    async with scope_factory(write=False) as scope:
        booked = await service.journal(scope, second.id)
        assert booked.source_id == second.id
        assert await service.balance(scope, "BANK", "EUR") == 5


async def test_a_journal_may_name_the_one_it_reverses(scope_factory: ScopeFactory) -> None:
    [wrong] = await send(scope_factory, by_hand(*FINE, reference="wrong"))
    mirror = by_hand(("BANK", "-2.50"), ("ROUNDING", "2.50"), reference="undo", reverses=wrong.id)
    [undo] = await send(scope_factory, mirror)
    async with scope_factory(write=False) as scope:
        assert (await service.journal(scope, undo.id)).reverses == wrong.id


@pytest.mark.parametrize(
    ("journal", "refusal", "field"),
    [
        (by_hand(("BANK", "1"), ("ROUNDING", "-2")), JournalUnbalanced, "entries"),
        (by_hand(("BANK", "1"), ("POCKET", "-1")), AccountUnknown, "entries.1.account"),
        (by_hand(("BANK", "1"), ("AR", "-1")), LedgerAccountKept, "entries.1.account"),
        (by_hand(("SHARE_PENDING", "1")), LedgerAccountKept, "entries.0.account"),
        (by_hand(("PARTNER_PAYABLE", "1")), LedgerAccountKept, "entries.0.account"),
        (by_hand(("PARTNER_CLAIM", "1")), LedgerAccountKept, "entries.0.account"),
        (by_hand(("BANK", "0")), JournalEntryZero, "entries.0.amount"),
        (by_hand(("PREPAID", "1"), ("BANK", "-1")), LedgerAccountKept, "entries.0.account"),
        (by_hand(("BANK", "1"), ("TAX_IN", "-1")), EntryIncomplete, "entries.1.tax_key"),
        (
            by_hand(("BANK", "1", new_id()), ("ROUNDING", "-1")),
            PostingPartyUnknown,
            "entries.0.party_id",
        ),
        (by_hand(*FINE, reverses=new_id()), ReversedJournalUnknown, "reverses"),
        (by_hand(*FINE, on=date(2199, 1, 1)), EffectiveDayAhead, "effective_on"),
        (by_hand(*FINE, reference="fine"), JournalReferenceRepeated, "reference"),
    ],
)
async def test_a_refusal_names_the_field_and_nothing_is_booked(
    scope_factory: ScopeFactory,
    journal: ManualJournal,
    refusal: type[GroschenError],
    field: str,
) -> None:
    with pytest.raises(refusal) as caught:
        await send(scope_factory, by_hand(*FINE, reference="fine"), journal)
    assert caught.value.field == f"journals.1.{field}"
    assert caught.value.hint
    async with scope_factory(write=False) as scope:
        assert await service.balance(scope, "BANK", "EUR") == 0


async def test_a_known_party_may_be_named(scope_factory: ScopeFactory) -> None:
    party_id = new_id()
    async with scope_factory() as scope:
        await scope.conn.execute(
            """
            INSERT INTO parties (tenant_id, id, external_id, kind, name, roles, country, created_at)
            VALUES (%s, %s, 'p', 'organisation', 'P', '{}', 'DE', %s)
            """,
            (scope.tenant_id, party_id, scope.now),
        )
    [result] = await send(scope_factory, by_hand(("BANK", "1", party_id), ("ROUNDING", "-1")))
    assert result.result is Written.WRITTEN


async def test_a_closed_day_is_refused_and_an_open_one_is_not(
    database_urls: ServerUrls, database: Database
) -> None:
    opened = date(2026, 2, 1)
    tenant_id = make_tenant(database_urls, books_open_from=opened)
    async with database.scope(tenant_id, SYSTEM) as scope:
        await service.seed_chart(scope)
        with pytest.raises(EffectiveDayClosed) as caught:
            await manual.post_manual(scope, [by_hand(*FINE, on=opened - timedelta(days=1))])
        assert caught.value.field == "journals.0.effective_on"
        [result] = await manual.post_manual(scope, [by_hand(*FINE, on=opened)])
        assert (await service.journal(scope, result.id)).effective_on == opened
