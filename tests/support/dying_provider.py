"""A sandbox provider whose caller dies, or is held up, around a call: what was done stays done."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from groschen.features.payments.ports import PROVIDERS, ConnectedProvider
from groschen.kit.runtime import Ports, Runtime

if TYPE_CHECKING:
    from collections.abc import Awaitable
    from datetime import datetime
    from uuid import UUID

    from support.tickets import Alliance


class Killed(BaseException):
    """The worker is gone: nothing catches this, like nothing catches kill -9."""


@dataclass
class DyingProvider:
    """Passes calls on to the sandbox and kills its caller ``before`` or ``after`` some of them."""

    inner: Any
    before: frozenset[str] = frozenset()
    after: frozenset[str] = frozenset()
    hold: asyncio.Event | None = None
    reached: asyncio.Event = field(default_factory=asyncio.Event)

    def __getattr__(self, name: str) -> Any:
        call = getattr(self.inner, name)
        if name not in {"charge", "refund", "find", "find_refunds", "payout_report"}:
            return call

        async def dying(*arguments: Any) -> Any:
            if name in self.before:
                raise Killed
            answer = await call(*arguments)
            self.reached.set()
            if self.hold is not None:
                await self.hold.wait()
            if name in self.after:
                raise Killed
            return answer

        return dying


def runtime_with(
    alliance: Alliance,
    *,
    before: str = "",
    after: str = "",
    hold: asyncio.Event | None = None,
) -> tuple[Runtime, asyncio.Event]:
    """A runtime for jobs whose provider dies or waits; the event says that it was called."""
    runtime: Runtime = alliance.app.state.runtime
    connected = runtime.ports[PROVIDERS]["sandbox"]
    reached = asyncio.Event()

    def opener(tenant_id: UUID, at: datetime) -> Any:
        return DyingProvider(
            connected.open(tenant_id, at),
            frozenset({before}),
            frozenset({after}),
            hold,
            reached,
        )

    ports = Ports()
    ports.connect(PROVIDERS, {"sandbox": ConnectedProvider(opener, is_test_only=True)})
    return Runtime(runtime.database, runtime.settings, ports), reached


async def killed(work: Awaitable[None]) -> None:
    """Run work that must be killed."""
    try:
        await work
    except Killed:
        return
    raise AssertionError("nobody was killed")
