"""Forgets kept answers after their time."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from groschen.kit.actor import job_actor
from groschen.kit.idempotency import KEPT_DAYS, queries
from groschen.kit.jobs import sweep

if TYPE_CHECKING:
    from uuid import UUID

    from groschen.kit.runtime import Runtime


@sweep("idempotency.expire", seconds=3600)
async def expire(runtime: Runtime, tenant_id: UUID) -> None:
    """Delete the answers of one tenant that are older than ``KEPT_DAYS``."""
    async with runtime.database.scope(tenant_id, job_actor("idempotency.expire")) as scope:
        await queries.delete_answers(scope, scope.real_now - timedelta(days=KEPT_DAYS))
