"""Payout runs: made of approved statements, approved by a second person, handed to the bank."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256
from typing import Final
from uuid import UUID

from groschen.core.errors import invariant
from groschen.core.money import ZERO, Money, add_all
from groschen.core.ports.bank import PaymentFile
from groschen.core.ports.payment_files import PaymentFileWriter, Transfer, TransferOrder
from groschen.features.settlements.model import (
    PAYOUT_RUN_LIFE,
    LeftOut,
    NothingToPayOut,
    Payout,
    PayoutRun,
    PayoutRunNotFound,
    PayoutRunState,
    PayoutState,
    PayoutTerms,
    SecondPersonNeeded,
    Statement,
    StatementState,
)
from groschen.features.settlements.queries import payouts as payout_queries
from groschen.features.settlements.queries import runs as queries
from groschen.features.settlements.queries import statements as statement_queries
from groschen.features.settlements.service.accounts import Payee, debtor_account, payees
from groschen.features.settlements.service.news import run_news
from groschen.kit.db import Scope
from groschen.kit.http.pages import Slice
from groschen.kit.ids import new_id
from groschen.kit.jobs import defer
from groschen.kit.outbox import Event, publish
from groschen.kit.rows import json_rows
from groschen.kit.seal import the_seal

SEND: Final = "settlements.send_payouts"
FETCH: Final = "settlements.fetch_answers"
FILE_SEAL: Final = "payout_file"
NOBODY: Final = UUID(int=0)
"""Made by the system itself, which nobody else's approval equals."""


@dataclass(frozen=True, slots=True)
class RunDetails:
    """A run with its transfers and the approved statements that it could not hold."""

    run: PayoutRun
    payouts: Sequence[Payout]
    left_out: Sequence[LeftOut]


@dataclass(frozen=True, slots=True)
class Ready:
    """What could be paid out in a currency now, and the approved statements that could not."""

    currency: str
    total: Decimal
    count: int
    left_out: Sequence[LeftOut]


async def create(scope: Scope, currency: str, writer: PaymentFileWriter) -> RunDetails:
    """Make a draft of everything approved in ``currency``; nothing leaves the house.

    The file is written now, so that what is approved later is what is sent. Partners without a
    payout account are left out and named. Raises FundsModelMissing, FundsModelPaysElsewhere,
    DebtorAccountMissing, NothingToPayOut and what the writer of the file refuses.
    """
    debtor = await debtor_account(scope)
    approved = await statement_queries.lock_to_pay(scope, currency)
    found = await payees(scope, [statement.beneficiary_id for statement in approved], currency)
    payable = [one for one in approved if one.beneficiary_id in found]
    if not payable:
        left = _left_out(approved, found)
        raise NothingToPayOut(
            f"no approved statement in {currency} can be paid out",
            field="currency",
            hint="approve statements and give the partners payout accounts",
            left_out=[f"{one.statement_number}: {one.code}" for one in left],
        )
    run_id = new_id()
    payouts = [_payout(run_id, one, found[one.beneficiary_id]) for one in payable]
    order = TransferOrder(
        message_id=f"R{run_id.hex}",
        created_at=scope.now,
        execute_on=scope.today,
        debtor=debtor,
        transfers=[_transfer(payout, found[payout.beneficiary_id]) for payout in payouts],
    )
    await _store(scope, run_id, writer.write(order), payouts)
    await statement_queries.set_state(
        scope, [statement.id for statement in payable], StatementState.IN_PAYOUT
    )
    await publish(scope, [run_news("payout_run.created", run_id)])
    return await find(scope, run_id)


def _payout(run_id: UUID, statement: Statement, payee: Payee) -> Payout:
    payout_id = new_id()
    return Payout(
        id=payout_id,
        run_id=run_id,
        statement_id=statement.id,
        statement_number=statement.number,
        beneficiary_id=statement.beneficiary_id,
        payout_account_id=payee.payout_account_id,
        end_to_end_id=f"P{payout_id.hex}",
        currency=statement.currency,
        amount=statement.payout,
        state=PayoutState.OPEN,
        reason=None,
        booked_on=None,
        returned_in=None,
    )


def _transfer(payout: Payout, payee: Payee) -> Transfer:
    return Transfer(
        end_to_end_id=payout.end_to_end_id,
        amount=Money(payout.amount, payout.currency),
        creditor=payee.account,
        remittance=payout.statement_number,
    )


async def _store(scope: Scope, run_id: UUID, file: PaymentFile, payouts: Sequence[Payout]) -> None:
    """Keep the file sealed, for it names bank accounts, with the hash of its plain bytes."""
    total = add_all(payout.amount for payout in payouts)
    invariant(file.total.amount == total, "the payment file pays another total")
    invariant(file.transfer_count == len(payouts), "the payment file has other transfers")
    run = PayoutRun(
        id=run_id,
        message_id=file.message_id,
        currency=file.total.currency,
        total=total,
        count=len(payouts),
        state=PayoutRunState.DRAFT,
        schema=file.schema,
        execute_on=file.execute_on,
        file_hash=sha256(file.content).hexdigest(),
        created_by=scope.actor.id or NOBODY,
        approved_by=None,
        created_at=scope.now,
        sent_at=None,
        attempts=0,
        next_attempt_at=None,
    )
    sealed = the_seal().seal(FILE_SEAL, file.content, run_id.bytes)
    await queries.insert_run(scope, run, sealed, json_rows(payouts))


async def approve(scope: Scope, run_id: UUID) -> RunDetails:
    """Approve a draft; above the tenant's limit by another actor than its maker.

    Raises PayoutRunNotFound, IllegalTransition and SecondPersonNeeded.
    """
    run = _existing(await queries.lock_run(scope, run_id))
    PAYOUT_RUN_LIFE.check(run.state, PayoutRunState.APPROVED)
    limit = (await terms(scope, run.currency)).second_person_above
    if run.total > limit and run.created_by == scope.actor.id:
        raise SecondPersonNeeded(
            f"whoever made a payout run above {Money(limit, run.currency)} may not approve it",
            hint="have somebody else with the permission payouts:approve approve it",
            total=str(Money(run.total, run.currency)),
        )
    await queries.approve_run(scope, run_id, scope.actor.id)
    await publish(scope, [run_news("payout_run.approved", run_id)])
    return await find(scope, run_id)


async def request_sending(scope: Scope, run_id: UUID) -> RunDetails:
    """Have an approved run handed to the bank by a job after this commit; asking twice is harmless.

    Raises PayoutRunNotFound and IllegalTransition.
    """
    run = _existing(await queries.lock_run(scope, run_id))
    if run.state is not PayoutRunState.SENT:
        PAYOUT_RUN_LIFE.check(run.state, PayoutRunState.SENT)
        if run.next_attempt_at is None:
            await queries.schedule_run(scope, run_id, scope.real_now)
        await defer(scope, SEND)
    return await find(scope, run_id)


async def request_answers(scope: Scope, run_id: UUID) -> RunDetails:
    """Have the bank asked at once what became of a sent run. Raises PayoutRunNotFound."""
    run = _existing(await queries.lock_run(scope, run_id))
    if run.state is PayoutRunState.SENT:
        await queries.schedule_run(scope, run_id, scope.real_now)
        await defer(scope, FETCH)
    return await find(scope, run_id)


async def find(scope: Scope, run_id: UUID) -> RunDetails:
    """Read one run with its transfers. Raises PayoutRunNotFound, also for a partner's actor."""
    _tenants_own(scope)
    run = _existing(await queries.run(scope, run_id))
    payouts = await payout_queries.payouts_of_run(scope, run_id)
    waiting = await statement_queries.to_pay(scope, run.currency)
    found = await payees(scope, [one.beneficiary_id for one in waiting], run.currency)
    return RunDetails(run, payouts, _left_out(waiting, found))


async def ready(scope: Scope) -> list[Ready]:
    """What the next run of each currency would hold; a partner's actor sees nothing."""
    if scope.actor.party_id is not None:
        return []
    found: list[Ready] = []
    for currency in await statement_queries.currencies_to_pay(scope):
        waiting = await statement_queries.to_pay(scope, currency)
        known = await payees(scope, [one.beneficiary_id for one in waiting], currency)
        payable = [one for one in waiting if one.beneficiary_id in known]
        total = add_all(one.payout for one in payable)
        found.append(Ready(currency, total, len(payable), _left_out(waiting, known)))
    return found


async def page(scope: Scope, asked: Slice) -> list[PayoutRun]:
    """Payout runs, newest first; a partner's actor sees none."""
    return [] if scope.actor.party_id is not None else await queries.runs(scope, asked)


async def payouts(scope: Scope, asked: Slice) -> list[Payout]:
    """Transfers, newest first; a partner's actor sees only its own."""
    return await payout_queries.payouts(scope, scope.actor.party_id, asked)


async def file(scope: Scope, run_id: UUID) -> PaymentFile:
    """The file of a run, byte for byte as it was approved. Raises PayoutRunNotFound."""
    _tenants_own(scope)
    run = _existing(await queries.run(scope, run_id))
    return await file_of(scope, run)


async def file_of(scope: Scope, run: PayoutRun) -> PaymentFile:
    """Unseal the file of a run and check that it is what was approved."""
    sealed = await queries.run_file(scope, run.id)
    invariant(sealed is not None, "a payout run has no file")
    content = the_seal().unseal(FILE_SEAL, sealed or b"", run.id.bytes)
    invariant(sha256(content).hexdigest() == run.file_hash, "a payment file was changed")
    total = Money(run.total, run.currency)
    return PaymentFile(run.message_id, run.schema, content, total, run.count, run.execute_on)


async def terms(scope: Scope, currency: str) -> PayoutTerms:
    """The tenant's terms for payouts in a currency; unset, every run needs two people."""
    return await queries.payout_terms(scope, currency) or PayoutTerms(currency, ZERO)


async def set_terms(scope: Scope, wanted: PayoutTerms) -> PayoutTerms:
    """Set the limit above which a run needs two people."""
    await queries.set_payout_terms(scope, wanted)
    event = Event("payout_terms.changed", scope.tenant_id, {"currency": wanted.currency})
    await publish(scope, [event])
    return wanted


def _left_out(approved: Iterable[Statement], found: Mapping[UUID, Payee]) -> list[LeftOut]:
    return [
        LeftOut(one.id, one.number, one.beneficiary_id, one.payout, "payout_account_missing")
        for one in approved
        if one.beneficiary_id not in found
    ]


def _tenants_own(scope: Scope) -> None:
    """A partner sees its payouts, never the runs they are part of."""
    if scope.actor.party_id is not None:
        _existing(None)


def _existing(found: PayoutRun | None) -> PayoutRun:
    if found is None:
        raise PayoutRunNotFound(
            "there is no such payout run",
            field="run_id",
            hint="list the payout runs with GET /v1/payout_runs",
        )
    return found
