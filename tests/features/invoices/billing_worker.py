"""A process that does one bill run. Arguments: the tenant's and the run's id."""

from __future__ import annotations

import asyncio
import sys
from uuid import UUID

from groschen.app import make_runtime, wire
from groschen.features.invoices import jobs
from groschen.kit.config import Settings
from groschen.kit.db import Database


async def main() -> None:
    """Bill until done or killed."""
    wire()
    settings = Settings()
    async with Database(settings) as database:
        runtime = make_runtime(settings, database)
        await jobs.bill(runtime, UUID(sys.argv[1]), UUID(sys.argv[2]))


asyncio.run(main())
