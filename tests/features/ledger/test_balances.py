"""Trial balance, balances of parties, account statements."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from groschen.features.ledger import service
from groschen.features.ledger.model import Moment, StatementPosition
from groschen.kit.ids import new_id

from .books import new

if TYPE_CHECKING:
    from datetime import datetime

    from groschen.features.ledger.model import AccountBalance, NewJournal, StatementLine
    from support.database import ScopeFactory

MONDAY, TUESDAY = date(2026, 3, 2), date(2026, 3, 3)
ALL = Moment()


async def book(open_scope: ScopeFactory, *journals: NewJournal) -> datetime:
    """Book in a transaction of its own and return when that was."""
    async with open_scope() as scope:
        await service.seed_chart(scope)
        await service.post(scope, journals)
        return scope.real_now


def figures(balances: list[AccountBalance]) -> list[tuple[str, str, str, str, str]]:
    return [
        (b.account, b.currency, f"{b.debit:f}", f"{b.credit:f}", f"{b.balance:f}") for b in balances
    ]


async def test_the_trial_balance_shows_both_sides_and_sums_to_zero(
    scope_factory: ScopeFactory,
) -> None:
    await book(
        scope_factory,
        new(("BANK", "10.5"), ("ROUNDING", "-10.5")),
        new(("BANK", "-0.25"), ("ROUNDING", "0.25")),
        new(("BANK", "300"), ("ROUNDING", "-300"), currency="JPY"),
    )
    async with scope_factory(write=False) as scope:
        balances = await service.trial_balance(scope, ALL)
    assert figures(balances) == [
        ("BANK", "EUR", "10.5", "0.25", "10.25"),
        ("BANK", "JPY", "300", "0", "300"),
        ("ROUNDING", "EUR", "0.25", "10.5", "-10.25"),
        ("ROUNDING", "JPY", "0", "300", "-300"),
    ]


async def test_as_of_takes_effective_days_and_known_at_takes_recording(
    scope_factory: ScopeFactory,
) -> None:
    known = await book(scope_factory, new(("BANK", "1"), ("ROUNDING", "-1"), on=TUESDAY))
    await book(scope_factory, new(("BANK", "10"), ("ROUNDING", "-10"), on=MONDAY))

    async def bank(moment: Moment) -> Decimal:
        async with scope_factory(write=False) as scope:
            found = await service.trial_balance(scope, moment)
        return sum((b.balance for b in found if b.account == "BANK"), Decimal(0))

    assert await bank(ALL) == 11
    assert await bank(Moment(as_of=MONDAY)) == 10
    assert await bank(Moment(as_of=MONDAY - timedelta(days=1))) == 0
    assert await bank(Moment(known_at=known)) == 1
    assert await bank(Moment(as_of=MONDAY, known_at=known)) == 0
    assert await bank(Moment(as_of=TUESDAY, known_at=known)) == 1


async def test_balances_of_parties(scope_factory: ScopeFactory) -> None:
    first, second = new_id(), new_id()
    known = await book(
        scope_factory,
        new(("AR", "5", first), ("ROUNDING", "-5")),
        new(("AR", "7", second), ("ROUNDING", "-7")),
        new(("AR", "9", second), ("ROUNDING", "-9"), currency="CHF"),
        new(("SHARE_PENDING", "-2", second), ("ROUNDING", "2")),
    )
    async with scope_factory(write=False) as scope:
        receivable = await service.balances_by_party(scope, "AR", ALL)
        assert [(b.party_id, b.currency, b.balance) for b in receivable] == [
            (first, "EUR", 5),
            (second, "CHF", 9),
            (second, "EUR", 7),
        ]
        assert await service.balances_by_party(scope, "AR", ALL, limit=1) == receivable[:1]
        rest = await service.balances_by_party(scope, "AR", ALL, after=first, limit=1)
        assert rest == receivable[1:]
        before = Moment(known_at=known - timedelta(seconds=1))
        assert await service.balances_by_party(scope, "AR", before) == []
        assert figures(await service.balances_of_party(scope, second, ALL)) == [
            ("AR", "CHF", "9", "0", "9"),
            ("AR", "EUR", "7", "0", "7"),
            ("SHARE_PENDING", "EUR", "0", "2", "-2"),
        ]
        assert await service.balances_of_party(scope, second, before) == []
        assert await service.balance(scope, "AR", "EUR") == 12
        assert await service.balance(scope, "AR", "EUR", party_id=second) == 7
        assert await service.balance(scope, "AR", "USD", party_id=second) == 0
        assert await service.balance(scope, "BANK", "EUR") == 0


def after(line: StatementLine) -> StatementPosition:
    return StatementPosition(line.effective_on, line.posting.journal_id, line.posting.position)


async def test_an_account_statement_is_read_in_pages_newest_first(
    scope_factory: ScopeFactory,
) -> None:
    whose, other = new_id(), new_id()
    split = new(("AR", "1", whose), ("AR", "2", whose), ("ROUNDING", "-3"), on=TUESDAY)
    early = new(("AR", "4", whose), ("ROUNDING", "-4"), on=MONDAY)
    same_day = new(("AR", "8", other), ("ROUNDING", "-8"), on=MONDAY)
    await book(scope_factory, split, early, same_day)
    async with scope_factory(write=False) as scope:
        everything = await service.account_statement(scope, "AR", limit=10)
        assert [line.posting.amount.amount for line in everything] == [2, 1, 8, 4]
        assert everything[0].reference == split.reference
        position: StatementPosition | None = None
        paged: list[StatementLine] = []
        while page := await service.account_statement(scope, "AR", after=position, limit=1):
            paged += page
            position = after(page[-1])
        assert paged == everything
        own = await service.account_statement(scope, "AR", party_id=whose, limit=10)
        assert [line.posting.amount.amount for line in own] == [2, 1, 4]
        rest = await service.account_statement(
            scope, "AR", party_id=whose, after=after(own[0]), limit=10
        )
        assert rest == own[1:]
