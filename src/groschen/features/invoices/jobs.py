"""The jobs of invoices: bill runs, account by account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from groschen.core.errors import GroschenError, Kind
from groschen.features.invoices.service import runs
from groschen.kit.actor import job_actor
from groschen.kit.jobs import job, sweep
from groschen.kit.logs import logger

if TYPE_CHECKING:
    from uuid import UUID

    from groschen.kit.runtime import Runtime

BILLS: Final = job_actor(runs.BILL)
AGAIN: Final = frozenset({Kind.BUSY, Kind.UNAVAILABLE})
log = logger(__name__)


@job(runs.BILL, serial=True)
async def bill(runtime: Runtime, tenant_id: UUID, run_id: UUID) -> None:
    """Bill the accounts of a run, each in its own transaction; a killed one is simply run again."""
    while await _bill_next(runtime, tenant_id, run_id):
        pass


@sweep("invoices.bill_left", seconds=60)
async def bill_left(runtime: Runtime, tenant_id: UUID) -> None:
    """Go on with runs whose job was lost."""
    async with runtime.database.scope(tenant_id, BILLS, write=False) as scope:
        left = await runs.running(scope)
    for run_id in left:
        await bill(runtime, tenant_id, run_id)


async def _bill_next(runtime: Runtime, tenant_id: UUID, run_id: UUID) -> bool:
    """Bill one account; what is wrong with it is kept, and does not stop the others."""
    async with runtime.database.scope(tenant_id, BILLS, write=False) as scope:
        account_id = await runs.next_account(scope, run_id)
    try:
        async with runtime.database.scope(tenant_id, BILLS) as scope:
            return await runs.bill_next(scope, run_id) is not None
    except GroschenError as refusal:
        if refusal.kind in AGAIN or account_id is None:
            raise
        log.warning("account_not_billed", account_id=str(account_id), code=refusal.code)
        async with runtime.database.scope(tenant_id, BILLS) as scope:
            await runs.fail(scope, run_id, account_id, refusal)
        return True
