"""The job of levels: the relay between a tenant and those above and below it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from groschen.features.levels.service import relaying
from groschen.features.levels.service.asking import RELAY
from groschen.kit.jobs import job, sweep

if TYPE_CHECKING:
    from uuid import UUID

    from groschen.kit.runtime import Runtime


@job(RELAY, serial=True)
async def relay(runtime: Runtime, tenant_id: UUID) -> None:
    """Bring what a tenant has for others to them."""
    await relaying.relay(runtime.database, tenant_id)


@sweep(RELAY, seconds=30)
async def relay_what_waits(runtime: Runtime, tenant_id: UUID) -> None:
    """Bring what no job was asked to bring, or whose job died."""
    await relay(runtime, tenant_id)
