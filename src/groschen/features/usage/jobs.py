"""The jobs of usage.

They charge what time brings, post slices, release what was paid later, count events anew after a
change of contract, and move the live month on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from groschen.features.usage.service import charging, months, posting, releasing, rerating
from groschen.features.usage.service.asking import (
    CHARGE_DUE,
    EPOCH,
    MICROSECOND,
    MOVE_ON,
    POST,
    RELEASE,
    RERATE,
)
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
RERATES: Final = job_actor(RERATE)
MOVES_ON: Final = job_actor(MOVE_ON)


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


@job(RERATE)
async def rerate(runtime: Runtime, tenant_id: UUID, item_id: UUID, microseconds: int) -> None:
    """Count the events of an item anew since an instant, after its contract changed.

    The exclusive scope waits for calls that may still have the old contract in their hands.
    """
    async with runtime.database.scope(tenant_id, RERATES, exclusive=True):
        pass
    async with runtime.database.scope(tenant_id, RERATES) as scope:
        await rerating.rerate(scope, item_id, EPOCH + microseconds * MICROSECOND)


@sweep(MOVE_ON, seconds=60)
async def move_on(runtime: Runtime, tenant_id: UUID) -> None:
    """Make a new month of receipt live while no call is running."""
    async with runtime.database.scope(tenant_id, MOVES_ON, write=False) as scope:
        if not await months.is_over(scope):
            return
    async with runtime.database.scope(tenant_id, MOVES_ON, exclusive=True) as scope:
        await months.move_on(scope)
