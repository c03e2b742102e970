"""The jobs of wallets: what time does to credit."""

from uuid import UUID

from groschen.features.wallets import service
from groschen.kit.actor import job_actor
from groschen.kit.jobs import job, sweep
from groschen.kit.runtime import Runtime

ACTOR = job_actor("wallets")


@sweep("wallets.pass_time", seconds=60)
@job("wallets.refresh")
async def refresh(runtime: Runtime, tenant_id: UUID) -> None:
    """Open and expire buckets, and tell of wallets at their limit when a protected day ends."""
    more = True
    while more:
        async with runtime.database.scope(tenant_id, ACTOR) as scope:
            more = await service.refresh_due(scope)
