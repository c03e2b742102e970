"""A statement states every movement of its period exactly once, in cents that follow on."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest

from groschen.features.ledger import service as ledger
from groschen.features.settlements.line_file import PART_BYTES, LineFile
from groschen.features.settlements.model import Statement, StatementState
from groschen.features.settlements.service import closing, statements
from groschen.features.shares.statement_model import ClaimLine, SettlementTermsDiffer
from groschen.kit.ids import new_id
from support.alliance import (
    Alliance,
    all_statements,
    month_start,
    new_alliance,
    principal_terms,
    ticket_terms,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from groschen.kit.db import Database
    from groschen.kit.postgres import ServerUrls


@pytest.fixture
async def alliance(database: Database, database_urls: ServerUrls) -> Alliance:
    return await new_alliance(database, database_urls)


async def file_of(alliance: Alliance, statement: Statement) -> bytes:
    async with alliance.scope(write=False) as scope:
        parts = statements.line_file(alliance.database, scope, statement.id)
        return b"".join([part async for part in parts])


def rows_of(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode())))


async def balance(alliance: Alliance, account: str, name: str | None = None) -> Decimal:
    async with alliance.scope(write=False) as scope:
        party_id = None if name is None else alliance.operators[name]
        return await ledger.balance(scope, account, "EUR", party_id=party_id)


async def test_ten_tickets_come_out_to_the_cent(alliance: Alliance) -> None:
    await alliance.sell(10)
    found = await alliance.settle(4)
    # 10 x 12.90 by 8.4 / 21.7 / 3.9 km; 6 % and 19 % on it, each rounded once
    assert {name: (s.share, s.commission, s.vat, s.payout) for name, s in found.items()} == {
        "op-a": (Decimal("31.87"), Decimal("1.91"), Decimal("0.36"), Decimal("29.60")),
        "op-b": (Decimal("82.33"), Decimal("4.94"), Decimal("0.94"), Decimal("76.45")),
        "op-c": (Decimal("14.80"), Decimal("0.89"), Decimal("0.17"), Decimal("13.74")),
    }
    assert all(s.state is StatementState.ISSUED for s in found.values())


async def test_the_figures_are_what_the_line_file_adds_up_to(alliance: Alliance) -> None:
    await alliance.sell(7)
    for statement in (await alliance.settle(4)).values():
        content = await file_of(alliance, statement)
        rows = rows_of(content)
        assert sha256(content).hexdigest() == statement.lines_hash
        assert len(rows) == statement.line_count == 14
        assert sum(Decimal(row["share"] or 0) for row in rows) == statement.share_exact
        exact = sum((Decimal(row["commission"] or 0) for row in rows), Decimal())
        assert exact.quantize(Decimal("0.01")) == statement.commission


async def test_numbers_have_no_gap_and_periods_no_hole(alliance: Alliance) -> None:
    await alliance.sell(1)
    first = await alliance.settle(4)
    await alliance.sell(1)
    second = await alliance.settle(5)
    numbers = sorted(s.number for s in [*first.values(), *second.values()])
    assert numbers == [f"ST-{number:06d}" for number in range(1, 7)]
    for name, statement in second.items():
        assert statement.period_from == first[name].period_to
        assert statement.sequence == 2
        assert statement.opening == first[name].closing
        assert statement.carried_in == first[name].carried_out


async def test_the_journal_leaves_only_the_residue_and_the_payout(alliance: Alliance) -> None:
    await alliance.sell(3)
    for name, statement in (await alliance.settle(4)).items():
        assert await balance(alliance, "SHARE_RELEASED", name) == -statement.carried_out
        assert await balance(alliance, "PARTNER_PAYABLE", name) == -statement.payout


async def test_stating_twice_states_nothing_twice(alliance: Alliance) -> None:
    await alliance.sell(2)
    await alliance.settle(4)
    await alliance.state()
    await alliance.close(4)
    async with alliance.scope() as scope:
        for party_id in alliance.operators.values():
            assert len(await all_statements(scope, party_id)) == 1


async def test_a_refund_after_the_statement_opens_the_next_one_negative(
    alliance: Alliance,
) -> None:
    (sold, *_) = await alliance.sell(2)
    await alliance.settle(4)
    await alliance.refund(sold)
    second = (await alliance.settle(5))["op-a"]
    # 3.187059 less its commission 0.191224 and VAT on 0.19
    assert second.share_exact == Decimal("-3.187058823529")
    assert second.commission == Decimal("-0.19")
    assert second.vat == Decimal("-0.04")
    assert second.total == second.net == second.closing < 0
    assert second.payout == 0
    assert second.state is StatementState.CARRIED
    third = (await alliance.settle(6))["op-a"]
    assert third.opening == second.closing
    assert third.line_count == 0
    assert third.closing == second.closing


async def test_revenue_and_tax_end_at_the_figures_of_the_documents(alliance: Alliance) -> None:
    (sold, *_) = await alliance.sell(5)
    first = await alliance.settle(4)
    await alliance.refund(sold)
    second = await alliance.settle(5)
    documents = [*first.values(), *second.values()]
    assert await balance(alliance, "REV_COMMISSION") == -sum(s.commission for s in documents)
    assert await balance(alliance, "TAX_OUT") == -sum(s.vat for s in documents)


async def test_a_refund_before_the_statement_leaves_nothing_to_state(alliance: Alliance) -> None:
    (sold,) = await alliance.sell(1)
    await alliance.refund(sold)
    for statement in (await alliance.settle(4)).values():
        assert statement.share_exact == statement.commission == statement.total == 0
        assert statement.state is StatementState.CARRIED


async def test_pending_shares_are_on_no_statement(alliance: Alliance) -> None:
    await alliance.sell(1, pay=False)
    assert await alliance.settle(4) == {}


async def test_residue_stays_below_a_cent_and_nothing_drifts(alliance: Alliance) -> None:
    stated = {name: Decimal(0) for name in alliance.operators}
    exact = dict(stated)
    for month in (4, 5, 6):
        await alliance.sell(1, fare=Decimal("10.01"))
        for name, statement in (await alliance.settle(month)).items():
            assert abs(statement.carried_out) < Decimal("0.01")
            stated[name] += statement.share
            exact[name] += statement.share_exact
            assert stated[name] + statement.carried_out == exact[name]


async def test_a_total_below_the_minimum_is_carried(
    database: Database, database_urls: ServerUrls
) -> None:
    alliance = await new_alliance(database, database_urls, ticket_terms(min_payout="10.00"))
    await alliance.sell(2)
    first = await alliance.settle(4)
    assert {name: s.payout for name, s in first.items()} == {
        "op-a": Decimal(0),
        "op-b": Decimal("15.29"),
        "op-c": Decimal(0),
    }
    await alliance.sell(2)
    second = (await alliance.settle(5))["op-a"]
    assert second.opening == first["op-a"].total
    assert second.payout == second.total == first["op-a"].total + second.net


async def test_a_principal_is_billed_the_vat_of_the_supply(
    database: Database, database_urls: ServerUrls
) -> None:
    alliance = await new_alliance(database, database_urls, principal_terms())
    await alliance.sell(100)
    found = (await alliance.settle(4))["op-a"]
    # 100 x 94 % of 12.06 by 8.4 of 34.0 km, and 7 % on it
    assert (found.share, found.supply_vat) == (Decimal("280.08"), Decimal("19.61"))
    assert found.payout == found.net == Decimal("299.69")
    assert await balance(alliance, "PARTNER_PAYABLE", "op-a") == -found.payout
    assert await balance(alliance, "SHARE_RELEASED", "op-a") == -found.carried_out


async def test_two_versions_of_one_agreement_stand_on_one_statement(alliance: Alliance) -> None:
    await alliance.sell(1)
    await alliance.agree("alliance", month_start(2), ticket_terms(commission="0.05"))
    await alliance.sell(1)
    found = (await alliance.settle(4))["op-a"]
    assert len(found.terms_hashes) == 2
    # 6 % and 5 % of 3.187058823529
    assert (found.commission, found.line_count) == (Decimal("0.35"), 4)


async def test_agreements_that_tax_differently_cannot_share_a_statement(
    alliance: Alliance,
) -> None:
    await alliance.sell(1)
    await alliance.agree("wholesale", month_start(1), principal_terms())
    await alliance.sell(1)
    await alliance.close(4)
    with pytest.raises(SettlementTermsDiffer) as refused:
        await alliance.state()
    assert refused.value.hint is not None
    assert await alliance.statements(4) == {}


async def test_closing_on_the_day_of_the_change_separates_them(alliance: Alliance) -> None:
    await alliance.sell(1)
    alliance.move_clock(datetime(2026, 3, 20, 9, tzinfo=UTC))
    async with alliance.scope(exclusive=True) as scope:
        await closing.close_period(scope, date(2026, 3, 20))
    await alliance.state()
    await alliance.agree("wholesale", month_start(1), principal_terms())
    await alliance.sell(1)
    assert (await alliance.settle(4))["op-a"].supply_vat > 0


async def test_a_long_line_file_is_never_in_memory_as_a_whole() -> None:
    rows = 30_000

    async def lines() -> AsyncIterator[ClaimLine]:
        line_id = new_id()
        for _ in range(rows):
            yield ClaimLine(
                line_id=line_id,
                movement_id=line_id,
                effective_on=date(2026, 3, 10),
                movement="released",
                order_id=line_id,
                reference="A-1",
                rule="fare",
                kind="share",
                base=Decimal("12.90"),
                factors="{}",
                amount=Decimal("3.187058823529"),
                vat_rate=None,
                vat_amount=Decimal(0),
                currency="EUR",
                agreement_hash="0" * 64,
            )

    file = LineFile()
    digest = sha256()
    longest = total = 0
    async for part in file.parts(lines()):
        digest.update(part)
        longest, total = max(longest, len(part)), total + len(part)
    assert longest < PART_BYTES + 1024 < total / 5
    assert (file.line_count, file.hash) == (rows, digest.hexdigest())
    assert file.share == rows * Decimal("3.187058823529")
