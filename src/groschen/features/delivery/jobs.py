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
from groschen.kit.jobs import job, sweep
from groschen.kit.runtime import Runtime

DELIVERS: Final = job_actor(RUN)


@sweep("delivery.run_due", seconds=15)
@job(RUN)
async def run(runtime: Runtime, tenant_id: UUID) -> None:
    """Do what is due until nothing is; the sweep finds retries, silent targets and lost leases."""
    adapters = runtime.ports[ADAPTERS]
    while names := await _due_adapters(runtime, tenant_id):
        for name in names:
            adapter = adapters.get(name) or UnknownAdapter(name)
            while await run_batch(runtime, tenant_id, adapter):
                pass


async def _due_adapters(runtime: Runtime, tenant_id: UUID) -> list[str]:
    async with runtime.database.scope(tenant_id, DELIVERS, write=False) as scope:
        return await queries.due_adapters(scope)


async def run_batch(runtime: Runtime, tenant_id: UUID, adapter: DeliveryAdapter) -> bool:
    """Claim, call, store one batch of one adapter; whether there was anything to do.

    The call is outside of both transactions. When this process dies in it, the lease ends and
    the next claim reads the tasks back.
    """
    async with runtime.database.scope(tenant_id, DELIVERS) as scope:
        claimed = await running.claim(scope, adapter.name)
    if not claimed:
        return False
    results = await running.attempt(adapter, tenant_id, claimed)
    async with runtime.database.scope(tenant_id, DELIVERS) as scope:
        await running.store(scope, claimed, results)
    return True
