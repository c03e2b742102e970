"""Numbers a tenant's events without gaps, after their commit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from groschen.kit.actor import job_actor
from groschen.kit.jobs import job, sweep
from groschen.kit.outbox import queries

if TYPE_CHECKING:
    from uuid import UUID

    from groschen.kit.db import Scope
    from groschen.kit.runtime import Runtime

BATCH: Final = 5_000
SEQUENCER: Final = job_actor("outbox.sequence")


async def sequence_events(scope: Scope) -> int:
    """Number waiting events in a writing scope; return how many there were.

    A committed event waits or has a number; one that commits later gets a higher number. Two
    sequencers of a tenant wait for each other at the counter's row.
    """
    if not await queries.outbox_waits(scope):
        return 0
    await queries.lock_counter(scope)
    return await queries.number_events(scope, BATCH)


@job("outbox.sequence", serial=True)
async def sequence(runtime: Runtime, tenant_id: UUID) -> None:
    """Number everything that waits, in batches."""
    while True:
        async with runtime.database.scope(tenant_id, SEQUENCER) as scope:
            if await sequence_events(scope) < BATCH:
                return


@sweep("outbox.sequence_all", seconds=5)
async def sequence_all(runtime: Runtime, tenant_id: UUID) -> None:
    """Number what no reader of the feed has numbered yet."""
    await sequence(runtime, tenant_id)
