"""Bill runs: account after account, each in a transaction of its own, resumable anywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from groschen.core.errors import GroschenError
from groschen.features.invoices.model import (
    BillRun,
    BillRunNotFound,
    BillRunState,
    CutoffAhead,
)
from groschen.features.invoices.queries import billables as billable_queries
from groschen.features.invoices.queries import runs as queries
from groschen.features.invoices.service.drafting import Draft, drafts
from groschen.features.invoices.service.issuing import Cause, issue
from groschen.features.invoices.service.news import run_news
from groschen.features.invoices.service.sellers import buyer, seller
from groschen.features.parties import service as parties
from groschen.kit.ids import new_id
from groschen.kit.jobs import defer
from groschen.kit.outbox import publish

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from groschen.features.invoices.model import BillingFailure, Invoice
    from groschen.kit.db import Scope
    from groschen.kit.http import Reference, Slice

BILL: Final = "invoices.bill"


async def start(scope: Scope, cutoff: datetime | None, account: Reference | None) -> BillRun:
    """Start a run over everything due at ``cutoff`` (now, unless given); a job does the work.

    Raises ``CutoffAhead``, ``SellerUnknown`` and ``AccountNotFound``.
    """
    at = _checked(scope, cutoff)
    await seller(scope)
    only = None if account is None else (await parties.get_account(scope, account)).id
    run = BillRun(
        id=new_id(),
        cutoff=at,
        account_id=only,
        state=BillRunState.RUNNING,
        accounts=0,
        invoices=0,
        failures=0,
        after_account_id=None,
        created_by=scope.actor.id,
        created_at=scope.now,
        done_at=None,
    )
    await queries.insert_run(scope, run)
    await defer(scope, BILL, run_id=run.id)
    return run


async def next_account(scope: Scope, run_id: UUID) -> UUID | None:
    """The account whose turn it is; None when the run is done, which is then marked so."""
    run = await find(scope, run_id)
    if run.state is BillRunState.DONE:
        return None
    if run.account_id is not None:
        return run.account_id if run.after_account_id is None else None
    found = await billable_queries.due_accounts(scope, run.cutoff, run.after_account_id, 1)
    return found[0] if found else None


async def bill_next(scope: Scope, run_id: UUID) -> UUID | None:
    """Bill the account whose turn it is and count it; None when the run is done.

    The run's row is locked, so that two jobs of one run take turns. Raises what billing the
    account raises; then nothing has happened, and ``fail`` writes it down.
    """
    run = await queries.lock_run(scope, run_id)
    if run is None or run.state is BillRunState.DONE:
        return None
    account_id = await next_account(scope, run_id)
    if account_id is None:
        await _finish(scope, run_id)
        return None
    made = await bill_account(scope, account_id, run.cutoff, Cause(run_id=run_id))
    await queries.advance(scope, run_id, account_id, invoices=len(made), failures=0)
    return account_id


async def fail(scope: Scope, run_id: UUID, account_id: UUID, refusal: GroschenError) -> None:
    """Keep why an account could not be billed, unless another job has dealt with it."""
    run = await queries.lock_run(scope, run_id)
    if run is None or await next_account(scope, run_id) != account_id:
        return
    await queries.insert_failure(scope, run_id, account_id, refusal)
    await queries.advance(scope, run_id, account_id, invoices=0, failures=1)


async def bill_account(
    scope: Scope, account_id: UUID, cutoff: datetime, cause: Cause
) -> list[Invoice]:
    """Issue the documents of one account for all that is due; twice is as once."""
    await billable_queries.lock_account(scope, account_id)
    made = [await issue(scope, draft, cause) for draft in await drafts(scope, account_id, cutoff)]
    await queries.settle_failures(scope, account_id)
    return made


async def _finish(scope: Scope, run_id: UUID) -> None:
    await queries.finish(scope, run_id)
    await publish(scope, [run_news("bill_run.done", await find(scope, run_id))])


async def preview(
    scope: Scope, cutoff: datetime | None, account: Reference
) -> tuple[list[Draft], GroschenError | None]:
    """The documents an account would get, and what would keep it from getting them.

    Raises ``AccountNotFound`` and ``CutoffAhead``.
    """
    at = _checked(scope, cutoff)
    found = await parties.get_account(scope, account)
    made = await drafts(scope, found.id, at)
    try:
        await seller(scope)
        await buyer(scope, found.party_id)
    except GroschenError as refusal:
        return made, refusal
    return made, None


async def find(scope: Scope, run_id: UUID) -> BillRun:
    """Read one run; raises ``BillRunNotFound``, also for a party's actor."""
    run = None if scope.actor.party_id is not None else await queries.run(scope, run_id)
    if run is None:
        raise BillRunNotFound(
            "there is no such bill run",
            field="run_id",
            hint="list the bill runs with GET /v1/bill_runs",
        )
    return run


async def page(scope: Scope, asked: Slice) -> list[BillRun]:
    """Runs, newest first; a party's actor sees none."""
    return [] if scope.actor.party_id is not None else await queries.page_of_runs(scope, asked)


async def failures(
    scope: Scope, run_id: UUID | None, after: UUID | None, limit: int
) -> Sequence[BillingFailure]:
    """Accounts that could not be billed yet, by account; of one run, or the newest of each."""
    if scope.actor.party_id is not None:
        return []
    return await queries.open_failures(scope, run_id, after, limit)


async def running(scope: Scope) -> list[UUID]:
    """The runs that are not done."""
    return await queries.running(scope)


def _checked(scope: Scope, cutoff: datetime | None) -> datetime:
    at = cutoff or scope.now
    if at > scope.now:
        raise CutoffAhead(
            f"{at.isoformat()} has not come yet",
            field="cutoff",
            hint=f"give an instant up to now, {scope.now.isoformat()}",
        )
    return at
