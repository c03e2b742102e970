"""The job of delivery: every due task of a tenant, adapter by adapter, in batches."""

from typing import Final
from uuid import UUID

from groschen.core.ports.delivery import DeliveryAdapter
from groschen.features.delivery import queries
from groschen.features.delivery.ports import ADAPTERS
from groschen.features.delivery.service import running
from groschen.features.delivery.service.planning import RUN
from groschen.features.delivery.unknown_adapter import UnknownAdapter
from groschen.kit.actor import job_actor
from groschen.kit.clock import NANOSECONDS_PER_SECOND, monotonic_ns
from groschen.kit.jobs import job, sweep
from groschen.kit.runtime import Runtime

DELIVERS: Final = job_actor(RUN)
FIRST_BATCH: Final = 100
LARGEST_BATCH: Final = 500
QUICK_NS: Final = 2 * NANOSECONDS_PER_SECOND


@sweep("delivery.run_due", seconds=15)
@job(RUN)
async def run(runtime: Runtime, tenant_id: UUID) -> None:
    """Do what is due until nothing is; the sweep finds retries, silent targets and lost leases."""
    adapters = runtime.ports[ADAPTERS]
    while names := await _due_adapters(runtime, tenant_id):
        for name in names:
            await _drain(runtime, tenant_id, adapters.get(name) or UnknownAdapter(name))


async def _due_adapters(runtime: Runtime, tenant_id: UUID) -> list[str]:
    async with runtime.database.scope(tenant_id, DELIVERS, write=False) as scope:
        return await queries.due_adapters(scope)


async def _drain(runtime: Runtime, tenant_id: UUID, adapter: DeliveryAdapter) -> None:
    """Do all that is due of one adapter; batches grow as long as the adapter is quick.

    So a slow target gets few tasks at a time, well within their lease.
    """
    size = FIRST_BATCH
    while True:
        started_ns = monotonic_ns()
        if not await run_batch(runtime, tenant_id, adapter, size):
            return
        if monotonic_ns() - started_ns < QUICK_NS:
            size = min(2 * size, LARGEST_BATCH)


async def run_batch(runtime: Runtime, tenant_id: UUID, adapter: DeliveryAdapter, size: int) -> bool:
    """Claim, call, store one batch of one adapter; whether there was anything to do.

    The call is outside of both transactions. When this process dies in it, the lease ends and
    the next claim reads the tasks back.
    """
    async with runtime.database.scope(tenant_id, DELIVERS) as scope:
        claimed = await running.claim(scope, adapter.name, size)
    if not claimed:
        return False
    results = await running.attempt(adapter, tenant_id, claimed)
    async with runtime.database.scope(tenant_id, DELIVERS) as scope:
        await running.store(scope, claimed, results)
    return True
