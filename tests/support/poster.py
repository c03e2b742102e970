"""A process that posts slices one by one and says so; started by tests that kill it.

``python poster.py TENANT_ID``, with the settings in the environment.
"""

from __future__ import annotations

import asyncio
import sys
from uuid import UUID

from groschen.features.usage.service.posting import post_portion
from groschen.kit.actor import SYSTEM
from groschen.kit.config import Settings
from groschen.kit.db import Database


async def post(tenant_id: UUID) -> None:
    """Post until nothing waits, a slice in each transaction."""
    async with Database(Settings()) as database:
        after = None
        while True:
            async with database.scope(tenant_id, SYSTEM) as scope:
                portion = await post_portion(scope, after, limit=1)
            print("posted", flush=True)  # noqa: T201 - the test reads it
            if portion.last is None:
                return
            after = portion.last


if __name__ == "__main__":
    asyncio.run(post(UUID(sys.argv[1])))
