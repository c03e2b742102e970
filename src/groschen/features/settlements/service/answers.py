"""What the bank says of transfers: booked ones are journals, rejected ones come back."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final
from uuid import UUID

from groschen.core.errors import invariant
from groschen.core.ledger.journal import Journal
from groschen.core.ledger.parts import PartyAmount
from groschen.core.ledger.settlement import payout as payout_journal
from groschen.core.ledger.settlement import payout_returned
from groschen.core.ports.bank import TransferAnswer, TransferState
from groschen.features.ledger import service as ledger
from groschen.features.ledger.model import NewJournal
from groschen.features.settlements.model import (
    PAYOUT_LIFE,
    Payout,
    PayoutRunState,
    PayoutState,
    StatementState,
)
from groschen.features.settlements.queries import payouts as queries
from groschen.features.settlements.queries import runs as run_queries
from groschen.features.settlements.queries import statements as statement_queries
from groschen.features.settlements.service.news import run_news
from groschen.features.shares.service import claims as shares
from groschen.features.shares.statement_model import Claimant
from groschen.kit.db import Scope
from groschen.kit.ids import encode_id, new_id
from groschen.kit.outbox import Event, publish
from groschen.kit.rows import json_rows

NEXT_STATE: Final = {
    TransferState.ACCEPTED: PayoutState.ACCEPTED,
    TransferState.REJECTED: PayoutState.REJECTED,
    TransferState.BOOKED: PayoutState.BOOKED,
}
SETTLED: Final = frozenset({PayoutState.REJECTED, PayoutState.BOOKED, PayoutState.RETURNED})


async def apply(scope: Scope, run_id: UUID, answers: Sequence[TransferAnswer]) -> bool:
    """Take over the bank's answers to a run, oldest first; return whether all are final now.

    Repeated answers change nothing. Booked: journal A6, share lines and statement paid. Rejected
    before: nothing was booked, the amount stays payable and the next statement takes it over.
    Rejected after it was booked: the money came back, so A6 is undone first.
    """
    run = await run_queries.lock_run(scope, run_id)
    invariant(run is not None, "the bank answers a payout run that does not exist")
    before = {one.end_to_end_id: one for one in await queries.payouts_of_run(scope, run_id)}
    known = [answer for answer in answers if answer.end_to_end_id in before]
    news = await queries.insert_answers(scope, json_rows([_answer_row(one) for one in known]))
    after = dict(before)
    for answer in known:
        if (answer.end_to_end_id, answer.state.value) in news:
            await _take_over(scope, after, answer)
    await queries.update_payouts(scope, json_rows(_changed(before, after)))
    await _report(scope, _changed(before, after))
    return await _finish(scope, run_id, after.values())


async def _take_over(scope: Scope, payouts: dict[str, Payout], answer: TransferAnswer) -> None:
    payout = payouts[answer.end_to_end_id]
    state = NEXT_STATE[answer.state]
    if not PAYOUT_LIFE.may(payout.state, state):
        return
    changed = replace(payout, state=state, reason=answer.reason_code, booked_on=answer.booked_on)
    payouts[answer.end_to_end_id] = changed
    if state is PayoutState.BOOKED:
        await _pay(scope, changed)
    elif state is PayoutState.REJECTED:
        await _take_back(scope, payout)


def _changed(before: Mapping[str, Payout], after: Mapping[str, Payout]) -> list[Payout]:
    return [payout for name, payout in after.items() if payout != before[name]]


def _answer_row(answer: TransferAnswer) -> dict[str, object]:
    return {
        "end_to_end_id": answer.end_to_end_id,
        "answer": answer.state.value,
        "reason": answer.reason_code,
        "booked_on": answer.booked_on,
    }


async def _pay(scope: Scope, payout: Payout) -> None:
    """Book A6 and mark the statement paid, with all earlier ones whose amount it took over."""
    part = PartyAmount(payout.beneficiary_id, payout.amount)
    await _post(scope, payout, payout_journal(payout.currency, [part]), "payout")
    for statement in await statement_queries.settled_by(scope, payout.statement_id):
        await shares.mark_paid(scope, statement.id, _claimant(payout), statement.period_to)
    await statement_queries.set_state(scope, [payout.statement_id], StatementState.PAID)


async def _take_back(scope: Scope, payout: Payout) -> None:
    """The partner did not get the money, or no longer has it."""
    if payout.state is PayoutState.BOOKED:
        part = PartyAmount(payout.beneficiary_id, payout.amount)
        await _post(scope, payout, payout_returned(payout.currency, [part]), "payout_returned")
        for statement in await statement_queries.settled_by(scope, payout.statement_id):
            await shares.mark_unpaid(scope, statement.id, _claimant(payout), statement.period_to)
    await statement_queries.set_state(scope, [payout.statement_id], StatementState.RETURNED)


async def _post(scope: Scope, payout: Payout, journal: Journal, cause: str) -> None:
    """Book on the day the bank booked it, or the first open day after."""
    day = payout.booked_on or scope.today
    open_from = scope.tenant.books_open_from
    new = NewJournal(
        id=new_id(),
        journal=journal,
        reference=f"{cause}:{payout.id}",
        source_id=payout.id,
        effective_on=day if open_from is None else max(day, open_from),
    )
    await ledger.post_new(scope, [new])


def _claimant(payout: Payout) -> Claimant:
    return Claimant(payout.beneficiary_id, payout.currency)


async def _report(scope: Scope, changed: Iterable[Payout]) -> None:
    events = [Event(f"payout.{payout.state.value}", payout.id, _data(payout)) for payout in changed]
    await publish(scope, events)


def _data(payout: Payout) -> dict[str, object]:
    return {
        "payout": encode_id("pyo", payout.id),
        "statement": encode_id("stm", payout.statement_id),
        "state": payout.state.value,
        "reason": payout.reason,
    }


async def _finish(scope: Scope, run_id: UUID, payouts: Iterable[Payout]) -> bool:
    if not all(payout.state in SETTLED for payout in payouts):
        return False
    run = await run_queries.run(scope, run_id)
    if run is not None and run.state is PayoutRunState.SENT:
        await run_queries.finish_run(scope, run_id)
        await publish(scope, [run_news("payout_run.finished", run_id)])
    return True
