"""The job of subscriptions: those whose end has come end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from groschen.features.subscriptions import service
from groschen.kit.actor import job_actor
from groschen.kit.jobs import sweep

if TYPE_CHECKING:
    from uuid import UUID

    from groschen.kit.runtime import Runtime

END_DUE: Final = "subscriptions.end_due"
ENDS: Final = job_actor(END_DUE)
AT_ONCE: Final = 500


@sweep(END_DUE, seconds=60)
async def end_due(runtime: Runtime, tenant_id: UUID) -> None:
    """End what is due, in portions; each portion is one transaction."""
    while True:
        async with runtime.database.scope(tenant_id, ENDS) as scope:
            if await service.end_due(scope, AT_ONCE) < AT_ONCE:
                return
