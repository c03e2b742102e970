"""The job of shares: keeping the sums of movements few."""

from typing import Final
from uuid import UUID

from groschen.features.shares.service import claims
from groschen.kit.actor import job_actor
from groschen.kit.jobs import sweep
from groschen.kit.runtime import Runtime

NAME: Final = "shares.put_sums_together"
PUTS_TOGETHER: Final = job_actor(NAME)


@sweep(NAME, seconds=30)
async def put_sums_together(runtime: Runtime, tenant_id: UUID) -> None:
    """Put the sums of movements together once there are many rows of them."""
    async with runtime.database.scope(tenant_id, PUTS_TOGETHER) as scope:
        await claims.put_sums_together(scope)
