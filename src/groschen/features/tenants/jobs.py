"""The sweep of tenants: sign-ins that are over do not pile up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from groschen.features.tenants.service.sessions import forget_what_is_over
from groschen.kit.actor import job_actor
from groschen.kit.jobs import sweep

if TYPE_CHECKING:
    from uuid import UUID

    from groschen.kit.runtime import Runtime

FORGETS: Final = job_actor("tenants.forget_sign_ins")


@sweep("tenants.forget_sign_ins", seconds=3600)
async def forget_sign_ins(runtime: Runtime, tenant_id: UUID) -> None:
    """Forget the sessions and one-time links of one tenant that have been over for a day."""
    async with runtime.database.scope(tenant_id, FORGETS) as scope:
        await forget_what_is_over(scope)
