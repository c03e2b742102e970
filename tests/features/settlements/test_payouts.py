"""Money leaves once, by an approved file, and what the bank says comes into the books."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

import psycopg
import pytest
from lxml import etree
from psycopg.types.json import Jsonb

from groschen.adapters.bank.pain001 import Pain001Writer
from groschen.adapters.bank.sandbox import SandboxBanks, magic_iban
from groschen.core.lifecycle import IllegalTransition
from groschen.core.ports.bank import TransferState
from groschen.features.ledger import service as ledger
from groschen.features.parties import service as parties
from groschen.features.settlements import jobs
from groschen.features.settlements.model import (
    DebtorAccountMissing,
    FundsModelMissing,
    FundsModelPaysElsewhere,
    NothingToPayOut,
    PayoutRunState,
    PayoutState,
    PayoutTerms,
    SecondPersonNeeded,
    Statement,
    StatementState,
)
from groschen.features.settlements.service import runs, statements
from groschen.features.shares.service import claims as shares
from groschen.kit.seal import install, seal_from
from support.alliance import ANNA, BERT, Alliance, FakeBank, month_start, new_alliance, set_tenant

if TYPE_CHECKING:
    from groschen.core.ports.bank import Bank
    from groschen.features.settlements.ports import BankOpener
    from groschen.features.settlements.service.runs import RunDetails
    from groschen.kit.config import Settings
    from groschen.kit.db import Database
    from groschen.kit.postgres import ServerUrls

DEBTOR = {"name": "Verkehrsverbund Talheim", "iban": "DE89370400440532013000", "bic": None}


@pytest.fixture
async def alliance(database: Database, database_urls: ServerUrls, settings: Settings) -> Alliance:
    install(seal_from(settings))
    made = await new_alliance(database, database_urls)
    set_tenant(made, debtor=Jsonb(DEBTOR))
    await give_accounts(made, *made.operators)
    return made


async def give_accounts(alliance: Alliance, *names: str, reason: str | None = None) -> None:
    async with alliance.scope() as scope:
        for number, name in enumerate(names):
            await parties.add_payout_account(
                scope,
                alliance.operators[name],
                currency="EUR",
                holder=f"Operator {name}",
                iban=magic_iban(reason, number),
                bic=None,
            )


async def approve_statements(alliance: Alliance, found: dict[str, Statement]) -> None:
    async with alliance.scope() as scope:
        for statement in found.values():
            if statement.state is StatementState.ISSUED:
                await statements.approve(scope, statement.id)


async def make_run(alliance: Alliance) -> RunDetails:
    async with alliance.scope(ANNA) as scope:
        return await runs.create(scope, "EUR", Pain001Writer())


async def sent_run(alliance: Alliance, bank: Bank | BankOpener) -> RunDetails:
    """Make, approve and send a run of everything approved."""
    made = await make_run(alliance)
    async with alliance.scope(BERT) as scope:
        await runs.approve(scope, made.run.id)
    async with alliance.scope() as scope:
        await runs.request_sending(scope, made.run.id)
    await jobs.send_payouts(alliance.runtime(bank), alliance.tenant_id)
    return await details(alliance, made.run.id)


async def details(alliance: Alliance, run_id: UUID) -> RunDetails:
    async with alliance.scope(write=False) as scope:
        return await runs.find(scope, run_id)


async def fetch(alliance: Alliance, bank: Bank | BankOpener, run_id: UUID) -> RunDetails:
    async with alliance.scope() as scope:
        await runs.request_answers(scope, run_id)
    await jobs.fetch_answers(alliance.runtime(bank), alliance.tenant_id)
    return await details(alliance, run_id)


async def settle_and_send(alliance: Alliance, bank: Bank | BankOpener, month: int) -> RunDetails:
    await approve_statements(alliance, await alliance.settle(month))
    return await sent_run(alliance, bank)


async def balance(alliance: Alliance, account: str, name: str | None = None) -> Decimal:
    async with alliance.scope(write=False) as scope:
        party_id = None if name is None else alliance.operators[name]
        return await ledger.balance(scope, account, "EUR", party_id=party_id)


async def share_states(alliance: Alliance, name: str) -> dict[str, Decimal]:
    async with alliance.scope(write=False) as scope:
        found = await shares.balances(scope, [alliance.operators[name]])
    return {one.state: one.amount for one in found if one.kind == "share"}


async def test_a_run_pays_every_approved_statement(alliance: Alliance) -> None:
    await alliance.sell(10)
    found = await alliance.settle(4)
    await approve_statements(alliance, found)
    made = await make_run(alliance)
    assert made.run.state is PayoutRunState.DRAFT
    assert made.run.total == sum(s.payout for s in found.values()) == Decimal("119.79")
    async with alliance.scope() as scope:
        file = await runs.file(scope, made.run.id)
    tree = etree.fromstring(file.content)
    amounts = [one.text or "" for one in tree.iter("{*}InstdAmt")]
    assert sorted(amounts) == ["13.74", "29.60", "76.45"]


async def test_booked_transfers_clear_the_books_and_pay_the_lines(alliance: Alliance) -> None:
    bank = FakeBank()
    await alliance.sell(10)
    sent = await settle_and_send(alliance, bank, 4)
    for payout in sent.payouts:
        bank.say(sent.run.message_id, payout.end_to_end_id, TransferState.ACCEPTED)
        bank.say(
            sent.run.message_id,
            payout.end_to_end_id,
            TransferState.BOOKED,
            booked_on=date(2026, 4, 2),
        )
    finished = await fetch(alliance, bank, sent.run.id)
    assert finished.run.state is PayoutRunState.FINISHED
    assert {payout.state for payout in finished.payouts} == {PayoutState.BOOKED}
    assert await balance(alliance, "BANK") == Decimal("-119.79")
    for name, statement in (await alliance.statements(4)).items():
        assert statement.state is StatementState.PAID
        assert await balance(alliance, "PARTNER_PAYABLE", name) == 0
        assert await share_states(alliance, name) == {"paid": statement.share_exact}


async def test_answers_that_come_twice_book_once(alliance: Alliance) -> None:
    bank = FakeBank()
    await alliance.sell(1)
    sent = await settle_and_send(alliance, bank, 4)
    for payout in sent.payouts[:1]:
        bank.say(sent.run.message_id, payout.end_to_end_id, TransferState.BOOKED)
    for _ in range(3):
        again = await fetch(alliance, bank, sent.run.id)
    assert again.run.state is PayoutRunState.SENT
    assert await balance(alliance, "BANK") == -sent.payouts[0].amount


async def test_a_rejected_transfer_comes_back_through_three_statements(
    alliance: Alliance,
) -> None:
    bank = FakeBank()
    await alliance.sell(1)
    sent = await settle_and_send(alliance, bank, 4)
    first = (await alliance.statements(4))["op-a"]
    (to_a,) = [p for p in sent.payouts if p.beneficiary_id == alliance.operators["op-a"]]
    bank.say(sent.run.message_id, to_a.end_to_end_id, TransferState.REJECTED, reason="AC04")
    await fetch(alliance, bank, sent.run.id)
    assert (await alliance.statements(4))["op-a"].state is StatementState.RETURNED
    assert await balance(alliance, "PARTNER_PAYABLE", "op-a") == -first.payout

    second = (await alliance.settle(5))["op-a"]
    assert (second.opening, second.returned_payouts) == (first.closing, first.payout)
    assert second.payout == first.payout
    await approve_statements(alliance, {"op-a": second})
    again = await sent_run(alliance, bank)
    (repeated,) = again.payouts
    bank.say(again.run.message_id, repeated.end_to_end_id, TransferState.REJECTED, reason="AC04")
    await fetch(alliance, bank, again.run.id)

    await alliance.sell(1)
    third = (await alliance.settle(6))["op-a"]
    assert third.returned_payouts == first.payout
    await approve_statements(alliance, {"op-a": third})
    last = await sent_run(alliance, bank)
    (paid,) = last.payouts
    assert paid.amount == third.payout == first.payout + third.share - third.commission - third.vat
    bank.say(last.run.message_id, paid.end_to_end_id, TransferState.BOOKED)
    await fetch(alliance, bank, last.run.id)
    assert await balance(alliance, "PARTNER_PAYABLE", "op-a") == 0
    assert await share_states(alliance, "op-a") == {"paid": first.share_exact + third.share_exact}
    old = (await details(alliance, sent.run.id)).payouts
    assert [(p.state, p.returned_in) for p in old if p.id == to_a.id] == [
        (PayoutState.RETURNED, second.id)
    ]


async def test_money_the_bank_sends_back_later_is_payable_again(alliance: Alliance) -> None:
    bank = FakeBank()
    await alliance.sell(1)
    sent = await settle_and_send(alliance, bank, 4)
    (to_a,) = [p for p in sent.payouts if p.beneficiary_id == alliance.operators["op-a"]]
    bank.say(sent.run.message_id, to_a.end_to_end_id, TransferState.BOOKED)
    await fetch(alliance, bank, sent.run.id)
    bank.say(sent.run.message_id, to_a.end_to_end_id, TransferState.REJECTED, reason="AC04")
    await fetch(alliance, bank, sent.run.id)
    assert await balance(alliance, "BANK") == 0
    assert await balance(alliance, "PARTNER_PAYABLE", "op-a") == -to_a.amount
    assert set(await share_states(alliance, "op-a")) == {"stated"}
    assert (await alliance.settle(5))["op-a"].returned_payouts == to_a.amount


async def test_carried_statements_are_paid_with_the_one_that_pays_them(
    alliance: Alliance,
) -> None:
    bank = FakeBank()
    (sold, *_) = await alliance.sell(1)
    await alliance.refund(sold, Decimal("6.45"))
    await alliance.settle(4)
    sent_first = await settle_and_send(alliance, bank, 4)
    for payout in sent_first.payouts:
        bank.say(sent_first.run.message_id, payout.end_to_end_id, TransferState.BOOKED)
    await fetch(alliance, bank, sent_first.run.id)
    await alliance.refund(sold, Decimal("6.45"))
    negative = (await alliance.settle(5))["op-a"]
    assert negative.closing < 0
    await alliance.sell(3)
    sent = await settle_and_send(alliance, bank, 6)
    for payout in sent.payouts:
        bank.say(sent.run.message_id, payout.end_to_end_id, TransferState.BOOKED)
    await fetch(alliance, bank, sent.run.id)
    assert set(await share_states(alliance, "op-a")) == {"paid", "reversed"}
    assert await balance(alliance, "PARTNER_PAYABLE", "op-a") == 0


async def test_whoever_makes_a_run_does_not_approve_it(alliance: Alliance) -> None:
    await alliance.sell(1)
    await approve_statements(alliance, await alliance.settle(4))
    made = await make_run(alliance)
    with pytest.raises(SecondPersonNeeded):
        async with alliance.scope(ANNA) as scope:
            await runs.approve(scope, made.run.id)
    async with alliance.scope(BERT) as scope:
        assert (await runs.approve(scope, made.run.id)).run.state is PayoutRunState.APPROVED


async def test_below_the_limit_one_person_is_enough(alliance: Alliance) -> None:
    await alliance.sell(1)
    await approve_statements(alliance, await alliance.settle(4))
    made = await make_run(alliance)
    async with alliance.scope(ANNA) as scope:
        await runs.set_terms(scope, PayoutTerms("EUR", made.run.total))
        assert (await runs.approve(scope, made.run.id)).run.state is PayoutRunState.APPROVED


async def test_a_draft_cannot_be_sent(alliance: Alliance) -> None:
    await alliance.sell(1)
    await approve_statements(alliance, await alliance.settle(4))
    made = await make_run(alliance)
    with pytest.raises(IllegalTransition):
        async with alliance.scope() as scope:
            await runs.request_sending(scope, made.run.id)


async def test_a_crash_after_the_bank_took_the_file_pays_nobody_twice(
    alliance: Alliance,
) -> None:
    bank = FakeBank(breaks_after_taking=True)
    await alliance.sell(1)
    await approve_statements(alliance, await alliance.settle(4))
    made = await make_run(alliance)
    async with alliance.scope(BERT) as scope:
        await runs.approve(scope, made.run.id)
        await runs.request_sending(scope, made.run.id)
    runtime = alliance.runtime(bank)
    with pytest.raises(ConnectionError):
        await jobs.send_payouts(runtime, alliance.tenant_id)
    await jobs.send_payouts(runtime, alliance.tenant_id)
    assert (await details(alliance, made.run.id)).run.state is PayoutRunState.APPROVED
    end_leases(alliance)
    await jobs.payouts_left(runtime, alliance.tenant_id)
    assert (await details(alliance, made.run.id)).run.state is PayoutRunState.SENT
    assert len(bank.files) == 1


def end_leases(alliance: Alliance) -> None:
    with psycopg.connect(alliance.urls.superuser) as conn:
        conn.execute(
            "UPDATE groschen.payout_runs SET next_attempt_at = '2020-01-01' WHERE tenant_id = %s",
            (alliance.tenant_id,),
        )


async def test_partners_without_account_are_named_and_left_out(
    database: Database, database_urls: ServerUrls, settings: Settings
) -> None:
    install(seal_from(settings))
    alliance = await new_alliance(database, database_urls)
    set_tenant(alliance, debtor=Jsonb(DEBTOR))
    await give_accounts(alliance, "op-a", "op-b")
    await alliance.sell(1)
    found = await alliance.settle(4)
    await approve_statements(alliance, found)
    made = await make_run(alliance)
    assert made.run.count == 2
    assert [(one.statement_id, one.code) for one in made.left_out] == [
        (found["op-c"].id, "payout_account_missing")
    ]
    with pytest.raises(NothingToPayOut) as refused:
        await make_run(alliance)
    assert refused.value.facts["left_out"] == ["ST-000003: payout_account_missing"]
    await give_accounts(alliance, "op-c")
    assert [p.statement_id for p in (await make_run(alliance)).payouts] == [found["op-c"].id]


async def test_without_funds_model_or_debtor_nothing_is_paid_out(alliance: Alliance) -> None:
    await alliance.sell(1)
    await approve_statements(alliance, await alliance.settle(4))
    set_tenant(alliance, debtor=Jsonb({}))
    with pytest.raises(DebtorAccountMissing):
        await make_run(alliance)
    set_tenant(alliance, funds_model="licensed_psp_split")
    with pytest.raises(FundsModelPaysElsewhere):
        await make_run(alliance)
    set_tenant(alliance, funds_model=None)
    with pytest.raises(FundsModelMissing) as refused:
        await make_run(alliance)
    assert refused.value.field == "funds_model"


async def test_nothing_is_paid_that_nobody_approved(alliance: Alliance) -> None:
    await alliance.sell(1)
    await alliance.settle(4)
    with pytest.raises(NothingToPayOut):
        await make_run(alliance)


async def test_with_the_sandbox_bank(alliance: Alliance) -> None:
    """The whole way on the adapter that the product ships: one accepted, one refused."""
    await give_accounts(alliance, "op-c", reason="AC04")
    await alliance.sell(10)
    bank = SandboxBanks(alliance.database).open
    sent = await settle_and_send(alliance, bank, 4)
    after = await fetch(alliance, bank, sent.run.id)
    states = {p.beneficiary_id: (p.state, p.reason) for p in after.payouts}
    assert states[alliance.operators["op-a"]] == (PayoutState.ACCEPTED, None)
    assert states[alliance.operators["op-c"]] == (PayoutState.REJECTED, "AC04")
    alliance.move_clock(month_start(5))
    after = await fetch(alliance, bank, sent.run.id)
    assert after.run.state is PayoutRunState.FINISHED
    assert await balance(alliance, "BANK") == Decimal("-106.05")
