"""The jobs of usage: charge what time brings, post slices, release what was paid later."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from groschen.features.usage.service import charging, posting, releasing
from groschen.features.usage.service.asking import CHARGE_DUE, POST, RELEASE
from groschen.kit.actor import job_actor
from groschen.kit.ids import new_id
from groschen.kit.jobs import job, sweep

if TYPE_CHECKING:
    from datetime import date
    from uuid import UUID

    from groschen.kit.runtime import Runtime

CHARGES: Final = job_actor(CHARGE_DUE)
POSTS: Final = job_actor(POST)
RELEASES: Final = job_actor(RELEASE)


@job(CHARGE_DUE, serial=True)
async def charge_due(runtime: Runtime, tenant_id: UUID) -> None:
    """Charge every item that is due; one that cannot be charged does not keep out the others."""
    refused: set[UUID] = set()
    while True:
        async with runtime.database.scope(tenant_id, CHARGES) as scope:
            done = await charging.charge_due(scope, skip=refused)
        refused |= done.refused.keys()
        if not done.charged and not done.refused:
            return


@sweep(CHARGE_DUE, seconds=60)
async def charge_what_is_due(runtime: Runtime, tenant_id: UUID) -> None:
    """Charge items whose time has come."""
    await charge_due(runtime, tenant_id)


@job(POST, serial=True)
async def post(runtime: Runtime, tenant_id: UUID) -> None:
    """Post all slices that wait, portion by portion; each portion is one transaction."""
    after: tuple[UUID, date] | None = None
    while True:
        async with runtime.database.scope(tenant_id, POSTS) as scope:
            portion = await posting.post_portion(scope, after)
        if portion.last is None:
            return
        after = portion.last


@sweep(POST, seconds=10)
async def post_what_waits(runtime: Runtime, tenant_id: UUID) -> None:
    """Post slices that no job was asked to post, or whose job died."""
    await post(runtime, tenant_id)


@job(RELEASE)
async def release(runtime: Runtime, tenant_id: UUID, total_id: UUID) -> None:
    """Release the shares of a total as far as it is paid by now."""
    async with runtime.database.scope(tenant_id, RELEASES) as scope:
        await releasing.release(scope, [total_id], new_id())
