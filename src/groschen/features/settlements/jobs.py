"""The jobs of settlement: statements after a closing, files to the bank, its answers back."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from groschen.core.errors import GroschenError
from groschen.features.settlements.model import PayoutRun, PayoutRunState
from groschen.features.settlements.ports import BANK
from groschen.features.settlements.queries import runs as queries
from groschen.features.settlements.service import answers, closing, issuing, runs
from groschen.features.settlements.service.news import run_news
from groschen.kit.actor import job_actor
from groschen.kit.jobs import job, sweep
from groschen.kit.logs import logger
from groschen.kit.outbox import publish
from groschen.kit.runtime import Runtime

STATES_PARTNERS: Final = job_actor(closing.STATE_PARTNERS)
SENDS: Final = job_actor(runs.SEND)
FETCHES: Final = job_actor(runs.FETCH)
LEASE: Final = timedelta(minutes=2)
ASK_AGAIN: Final = timedelta(minutes=5)
RUNS_AT_ONCE: Final = 10

log = logger(__name__)


@job(closing.STATE_PARTNERS, serial=True)
async def state_partners(runtime: Runtime, tenant_id: UUID) -> None:
    """Issue the statements of the closed period that are missing, one transaction a partner.

    What is missing is read from what exists, so a job that died is simply run again. A partner
    whose terms cannot be settled does not keep the others waiting; its refusal ends the job.
    """
    async with runtime.database.scope(tenant_id, STATES_PARTNERS, write=False) as scope:
        period_to = scope.tenant.books_open_from
        due = [] if period_to is None else await closing.due_statements(scope, period_to)
    refused: GroschenError | None = None
    for one in due:
        try:
            async with runtime.database.scope(tenant_id, STATES_PARTNERS) as scope:
                await issuing.issue(scope, one, period_to or one.period_from)
        except GroschenError as refusal:
            log.warning("statement_refused", beneficiary_id=one.beneficiary_id, code=refusal.code)
            refused = refusal
    if refused is not None:
        raise refused


@sweep("settlements.state_left", seconds=300)
async def state_left(runtime: Runtime, tenant_id: UUID) -> None:
    """Issue what a lost job left over."""
    await state_partners(runtime, tenant_id)


@job(runs.SEND)
async def send_payouts(runtime: Runtime, tenant_id: UUID) -> None:
    """Hand approved files to the bank after the lease is stored.

    The message id is the bank's idempotency key: after a crash or an unknown outcome the same
    file under the same id gives the first answer and pays nobody twice.
    """
    async with runtime.database.scope(tenant_id, SENDS) as scope:
        claimed = await queries.claim_runs(
            scope, [PayoutRunState.APPROVED.value], scope.real_now + LEASE, RUNS_AT_ONCE
        )
        files = [await runs.file_of(scope, run) for run in claimed]
        at = scope.now
    if not claimed:
        return
    bank = runtime.ports[BANK](tenant_id, at)
    for run, file in zip(claimed, files, strict=True):
        submitted = await bank.submit(file)
        await _mark_sent(runtime, tenant_id, run, submitted.received_at)


async def _mark_sent(
    runtime: Runtime, tenant_id: UUID, run: PayoutRun, received_at: datetime
) -> None:
    async with runtime.database.scope(tenant_id, SENDS) as scope:
        await queries.mark_sent(scope, run.id, received_at, scope.real_now)
        await publish(scope, [run_news("payout_run.sent", run.id)])


@job(runs.FETCH)
async def fetch_answers(runtime: Runtime, tenant_id: UUID) -> None:
    """Ask the bank about runs it has and take its answers over, one transaction a run."""
    async with runtime.database.scope(tenant_id, FETCHES) as scope:
        claimed = await queries.claim_runs(
            scope, [PayoutRunState.SENT.value], scope.real_now + LEASE, RUNS_AT_ONCE
        )
        at = scope.now
    if not claimed:
        return
    bank = runtime.ports[BANK](tenant_id, at)
    for run in claimed:
        given = await bank.answers(run.message_id)
        async with runtime.database.scope(tenant_id, FETCHES) as scope:
            if not await answers.apply(scope, run.id, given):
                await queries.schedule_run(scope, run.id, scope.real_now + ASK_AGAIN)


@sweep("settlements.payouts_left", seconds=60)
async def payouts_left(runtime: Runtime, tenant_id: UUID) -> None:
    """Send and ask about what is due: lost jobs, ended leases, banks that needed time."""
    await send_payouts(runtime, tenant_id)
    await fetch_answers(runtime, tenant_id)
