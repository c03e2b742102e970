"""The simulated provider's own transactions, apart from those of its caller."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from groschen.adapters.payments.sandbox.records import SandboxInLiveTenant
from groschen.kit.db import SYSTEM

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from uuid import UUID

    from groschen.kit.db import Database, Scope


class SandboxBooks:
    """The provider's own transactions for one merchant."""

    def __init__(self, database: Database, tenant_id: UUID) -> None:
        self._database = database
        self._tenant_id = tenant_id

    @asynccontextmanager
    async def scope(self, *, write: bool = True) -> AsyncIterator[Scope]:
        """Open a transaction; raise ``SandboxInLiveTenant`` where money is real."""
        async with self._database.scope(self._tenant_id, SYSTEM, write=write) as scope:
            if scope.tenant.mode != "test":
                raise SandboxInLiveTenant(
                    "the sandbox payment provider moves no real money",
                    field="provider",
                    hint="Use it in a test tenant, and a real provider in this one.",
                )
            yield scope
