"""A worker whose only job never ends; the test kills it. Argument: the file that tells it began."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from groschen.kit.config import Settings
from groschen.kit.db import Database
from groschen.kit.jobs import job
from groschen.kit.runtime import Ports, Runtime
from groschen.kit.worker import run_worker

if TYPE_CHECKING:
    from uuid import UUID


@job("test.note")
async def never_end(_runtime: Runtime, tenant_id: UUID) -> None:  # noqa: ARG001
    """Tell that the job began, then hang with it."""
    Path(sys.argv[1]).touch()
    await asyncio.sleep(3600)


async def main() -> None:
    """Work until killed."""
    settings = Settings()
    async with Database(settings) as database:
        await run_worker(Runtime(database, settings, Ports()), asyncio.Event())


asyncio.run(main())
