"""What ``post`` books, leaves out and refuses."""

from __future__ import annotations

import asyncio
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import psycopg
import pytest

from groschen.core.errors import InvariantBroken
from groschen.core.ledger.chart import AccountUnknown, standard_chart
from groschen.core.ledger.journal import EntryIncomplete
from groschen.core.money import Money
from groschen.features.ledger import service
from groschen.features.ledger.model import EffectiveDayClosed, JournalNotFound
from groschen.kit.db import SYSTEM, Database
from groschen.kit.ids import new_id
from groschen.kit.rows import json_rows
from support.database import make_tenant

from .books import new

if TYPE_CHECKING:
    from typing import LiteralString
    from uuid import UUID

    from groschen.features.ledger.model import NewJournal
    from groschen.kit.postgres import ServerUrls
    from support.database import ScopeFactory


async def book(open_scope: ScopeFactory, *journals: NewJournal) -> set[UUID]:
    async with open_scope() as scope:
        await service.seed_chart(scope)
        return await service.post(scope, journals)


async def test_a_journal_is_read_back_as_it_was_booked(scope_factory: ScopeFactory) -> None:
    customer, source = new_id(), new_id()
    sale = new(
        ("AR", "12.90", customer),
        ("REV_TRANSPORT", "-12.900000000001"),
        ("ROUNDING", "0.000000000001"),
        source=source,
    )
    assert await book(scope_factory, sale) == {sale.id}
    async with scope_factory(write=False) as scope:
        found = await service.journal(scope, sale.id)
        assert (found.kind, found.reference, found.source_id) == ("test", sale.reference, source)
        assert found.effective_on == scope.today
        assert found.recorded_at <= scope.real_now
        assert [(p.position, p.account, p.party_id, p.amount) for p in found.postings] == [
            (1, "AR", customer, Money(Decimal("12.9"), "EUR")),
            (2, "REV_TRANSPORT", None, Money(Decimal("-12.900000000001"), "EUR")),
            (3, "ROUNDING", None, Money(Decimal("0.000000000001"), "EUR")),
        ]
        assert await service.journals_of_sources(scope, [source, new_id()]) == [found]
        with pytest.raises(JournalNotFound):
            await service.journal(scope, new_id())


async def test_a_reference_is_booked_once(scope_factory: ScopeFactory) -> None:
    first = new(("BANK", "5"), ("ROUNDING", "-5"), reference="payout:1")
    again = new(("BANK", "7"), ("ROUNDING", "-7"), reference="payout:1")
    other = new(("BANK", "1"), ("ROUNDING", "-1"), reference="payout:2")
    assert await book(scope_factory, first) == {first.id}
    assert await book(scope_factory, again, other) == {other.id}
    async with scope_factory(write=False) as scope:
        assert await service.balance(scope, "BANK", "EUR") == 6


async def test_a_reference_twice_in_one_call_is_booked_once(scope_factory: ScopeFactory) -> None:
    pair = [new(("BANK", "5"), ("ROUNDING", "-5"), reference="twin") for _ in range(2)]
    assert len(await book(scope_factory, *pair)) == 1


async def test_post_new_takes_a_repeated_reference_for_a_bug(scope_factory: ScopeFactory) -> None:
    await book(scope_factory, new(("BANK", "5"), ("ROUNDING", "-5"), reference="once"))
    again = new(("BANK", "5"), ("ROUNDING", "-5"), reference="once")
    async with scope_factory() as scope:
        with pytest.raises(InvariantBroken, match="once"):
            await service.post_new(scope, [again])


async def test_nothing_to_book_needs_no_statement(scope_factory: ScopeFactory) -> None:
    assert await book(scope_factory) == set()


@pytest.mark.parametrize(
    ("broken", "refusal", "words"),
    [
        (new(("BANK", "1"), ("ROUNDING", "-2")), InvariantBroken, "does not balance in EUR"),
        (new(("BANK", "1")), InvariantBroken, "does not balance"),
        (new(), InvariantBroken, "without postings"),
        (new(("BANK", "0"), ("ROUNDING", "0")), InvariantBroken, "check constraint"),
        (new(("BANK", "1e-13"), ("ROUNDING", "-1e-13")), InvariantBroken, "exact_amount"),
        (new(("BANK", "1e16"), ("ROUNDING", "-1e16")), InvariantBroken, "exact_amount"),
        (new(("BANK", "1"), ("POCKET", "-1")), AccountUnknown, "POCKET"),
        (new(("BANK", "1"), ("AR", "-1")), EntryIncomplete, "AR needs a party"),
        (new(("BANK", "1"), ("TAX_OUT", "-1")), EntryIncomplete, "TAX_OUT needs a tax key"),
    ],
)
async def test_one_bad_journal_refuses_the_whole_call(
    scope_factory: ScopeFactory, broken: NewJournal, refusal: type[Exception], words: str
) -> None:
    good = new(("BANK", "1"), ("ROUNDING", "-1"))
    with pytest.raises(refusal, match=words):
        await book(scope_factory, good, broken)
    async with scope_factory(write=False) as scope:
        assert await service.journals_of_sources(scope, [good.source_id, broken.source_id]) == []


async def test_a_closed_day_is_refused(database_urls: ServerUrls, database: Database) -> None:
    tenant_id = make_tenant(database_urls, books_open_from=date(2026, 2, 1))
    late = new(("BANK", "1"), ("ROUNDING", "-1"), on=date(2026, 1, 31))
    first = new(("BANK", "1"), ("ROUNDING", "-1"), on=date(2026, 2, 1))
    async with database.scope(tenant_id, SYSTEM) as scope:
        await service.seed_chart(scope)
        with pytest.raises(EffectiveDayClosed, match="2026-01-31"):
            await service.post(scope, [late])
        assert await service.post(scope, [first]) == {first.id}


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO postings SELECT * FROM postings",
        "UPDATE journals SET kind = 'x'",
        "DELETE FROM postings",
    ],
)
async def test_the_serving_role_has_no_other_way_to_write(
    scope_factory: ScopeFactory, statement: LiteralString
) -> None:
    async with scope_factory() as scope:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            await scope.conn.execute(statement)


@pytest.mark.parametrize("owner", [None, "019aac5c-7000-7000-8000-000000000001"])
async def test_postings_of_no_journal_are_refused_by_the_database(
    scope_factory: ScopeFactory, owner: str | None
) -> None:
    posting = {"journal_id": owner, "account": "BANK", "currency": "EUR", "amount": "0"}
    async with scope_factory() as scope:
        await service.seed_chart(scope)
        with pytest.raises(psycopg.errors.CheckViolation, match="journal that is not given"):
            await scope.conn.execute(
                "SELECT post_journals('[]', %(postings)s::json)",
                {"postings": json_rows([posting])},
            )


async def test_two_writers_of_the_same_references_book_each_once(
    scope_factory: ScopeFactory,
) -> None:
    async with scope_factory() as scope:
        await service.seed_chart(scope)
    references = [f"race:{number}" for number in range(50)]

    async def write(order: list[str]) -> int:
        journals = [new(("BANK", "1"), ("ROUNDING", "-1"), reference=name) for name in order]
        async with scope_factory() as scope:
            return len(await service.post(scope, journals))

    written = await asyncio.gather(*(write(order) for order in (references, references[::-1]) * 3))
    assert sum(written) == len(references)


async def test_the_seeded_chart_is_the_standard_chart(scope_factory: ScopeFactory) -> None:
    async with scope_factory() as scope:
        await service.seed_chart(scope)
        await service.seed_chart(scope)
        chart = await service.chart(scope)
    assert dict(chart.accounts) == dict(standard_chart().accounts)
