"""What every bank must do; adapters are found, each needs a stage."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from adapters.bank_stages import STAGES, Stage
from adapters.discovery import implementations
from groschen.core.money import Money
from groschen.core.ports.bank import Bank, FileRefused, PaymentFile, TransferState
from groschen.core.ports.payment_files import BankAccount, Transfer, TransferOrder
from groschen.kit.ids import new_id

if TYPE_CHECKING:
    from adapters.conftest import MovableClock
    from groschen.kit.db import Database

ADAPTERS = implementations("bank", Bank)
MONDAY, TUESDAY = date(2027, 3, 1), date(2027, 3, 2)
DEBTOR = BankAccount("Verkehrsverbund", "DE89370400440532013000", "COBADEFFXXX")


@pytest.fixture(params=sorted(ADAPTERS))
def stage(request: pytest.FixtureRequest, database: Database, clock: MovableClock) -> Stage:
    assert request.param in STAGES, f"the bank adapter '{request.param}' has no stage"
    return STAGES[request.param](database, clock)


def pay(iban: str, amount: str = "29595.02", end_to_end_id: str | None = None) -> Transfer:
    return Transfer(
        end_to_end_id or new_id().hex,
        Money(Decimal(amount), "EUR"),
        BankAccount("Operator", iban),
        "Statement 1",
    )


def write(stage: Stage, *transfers: Transfer, message_id: str | None = None) -> PaymentFile:
    return stage.writer.write(
        TransferOrder(
            message_id or new_id().hex,
            datetime(2027, 3, 1, 11, tzinfo=UTC),
            MONDAY,
            DEBTOR,
            transfers,
        )
    )


async def states(stage: Stage, file: PaymentFile) -> list[tuple[str, str | None]]:
    answers = await stage.bank.answers(file.message_id)
    return [(answer.state.value, answer.reason_code) for answer in answers]


def test_the_sandbox_is_found() -> None:
    assert "sandbox" in ADAPTERS


async def test_transfers_are_accepted_and_booked_on_the_next_day(
    stage: Stage, clock: MovableClock
) -> None:
    file = write(stage, *(pay(iban) for iban in stage.good_ibans))
    submitted = await stage.bank.submit(file)
    assert (submitted.message_id, submitted.received_at) == (file.message_id, clock.now)
    assert await states(stage, file) == [("accepted", None)] * 3
    clock.move(timedelta(days=1))
    assert await states(stage, file) == [("accepted", None)] * 3 + [("booked", None)] * 3
    answers = await stage.bank.answers(file.message_id)
    assert {a.booked_on for a in answers if a.state is TransferState.BOOKED} == {TUESDAY}


async def test_each_transfer_has_an_answer_of_its_own(stage: Stage, clock: MovableClock) -> None:
    transfers = [pay(iban) for iban in (stage.good_ibans[0], *stage.refused.values())]
    file = write(stage, *transfers)
    await stage.bank.submit(file)
    clock.move(timedelta(days=5))
    answers = await stage.bank.answers(file.message_id)
    reasons = {a.end_to_end_id: a.reason_code for a in answers if a.reason_code is not None}
    assert reasons == {
        transfer.end_to_end_id: code
        for transfer, code in zip(transfers[1:], stage.refused, strict=True)
    }
    booked = [a.end_to_end_id for a in answers if a.state is TransferState.BOOKED]
    assert booked == [transfers[0].end_to_end_id]


async def test_the_same_file_again_gives_the_first_answer(
    stage: Stage, clock: MovableClock
) -> None:
    file = write(stage, pay(stage.good_ibans[0]))
    first = await stage.bank.submit(file)
    clock.move(timedelta(days=3))
    assert await stage.bank.submit(file) == first
    assert await states(stage, file) == [("accepted", None), ("booked", None)]


async def test_another_file_under_a_used_message_id_is_refused(stage: Stage) -> None:
    first = write(stage, pay(stage.good_ibans[0]))
    await stage.bank.submit(first)
    other = write(stage, pay(stage.good_ibans[1]), message_id=first.message_id)
    with pytest.raises(FileRefused):
        await stage.bank.submit(other)
    assert len(await stage.bank.answers(first.message_id)) == 1


async def test_a_transfer_in_two_files_is_paid_once(stage: Stage, clock: MovableClock) -> None:
    transfer = pay(stage.good_ibans[0])
    first, second = write(stage, transfer), write(stage, transfer)
    await stage.bank.submit(first)
    await stage.bank.submit(second)
    await stage.bank.submit(second)
    clock.move(timedelta(days=3))
    assert await states(stage, first) == [("accepted", None), ("booked", None)]
    assert await states(stage, second) == [("rejected", "AM05")]


async def test_an_unknown_message_has_no_answers(stage: Stage) -> None:
    assert await stage.bank.answers("never") == []


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param((b"<CtrlSum>29595.02</CtrlSum>", b"<CtrlSum>29595.03</CtrlSum>"), id="sum"),
        pytest.param((b"<NbOfTxs>1</NbOfTxs>", b"<NbOfTxs>2</NbOfTxs>"), id="count"),
        pytest.param((b"<ChrgBr>SLEV</ChrgBr>", b"<ChrgBr>FREE</ChrgBr>"), id="schema"),
        pytest.param((b"</Document>", b""), id="not XML"),
        pytest.param((b"29595.02", b"29595.021"), id="broken cents"),
        pytest.param(
            (b"<Document", b"<!DOCTYPE d [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><Document"),
            id="document type",
        ),
    ],
)
async def test_a_damaged_file_is_refused_as_a_whole(
    stage: Stage, damage: tuple[bytes, bytes]
) -> None:
    file = write(stage, pay(stage.good_ibans[0]))
    changed = replace(file, content=file.content.replace(*damage))
    assert changed.content != file.content
    with pytest.raises(FileRefused) as refusal:
        await stage.bank.submit(changed)
    assert refusal.value.field
    assert await stage.bank.answers(file.message_id) == []


async def test_a_file_that_is_not_what_was_announced_is_refused(stage: Stage) -> None:
    file = write(stage, pay(stage.good_ibans[0]))
    for wrong in (
        replace(file, message_id="another"),
        replace(file, transfer_count=2),
        replace(file, total=Money(Decimal("1.00"), "EUR")),
    ):
        with pytest.raises(FileRefused):
            await stage.bank.submit(wrong)
