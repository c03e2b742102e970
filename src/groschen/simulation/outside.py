"""The world outside one tenant: its payment provider with customers and banks behind it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeVar

import psycopg

from groschen.adapters.payments.sandbox.records import SandboxStepImpossible
from groschen.kit import clock
from groschen.kit.db import DatabaseUnavailable
from groschen.simulation.client import Client
from groschen.simulation.faults import SimulationFault

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from groschen.adapters.payments.sandbox import SandboxWorld, SignedCallback
    from groschen.simulation.chance import Chance
    from groschen.simulation.client import Network

Done = TypeVar("Done")
TRIES: Final = 200
PAUSE_SECONDS: Final = 0.2
TAKEN: Final = frozenset({200})
NOT_YET: Final = frozenset({409})


@dataclass(slots=True)
class Outside:
    """The provider's own side of one tenant; its calls travel over HTTP like a real one's."""

    world: SandboxWorld
    client: Client
    path: str
    _busy: asyncio.Lock = field(default_factory=asyncio.Lock)

    @classmethod
    def of(cls, network: Network, world: SandboxWorld, tenant: str, public_id: str) -> Outside:
        """The outside of the tenant with this public id."""
        client = Client(network, tenant, None)
        return cls(world, client, f"/v1/payment_callbacks/sandbox/{public_id}")

    async def happen(self, step: Callable[[], Awaitable[Done]]) -> Done | None:
        """Let one step happen at the provider; None when it is impossible.

        The provider lives in the same database, so its step is repeated while that restarts.
        """
        for _ in range(TRIES):
            try:
                return await step()
            except SandboxStepImpossible:
                return None
            except (psycopg.OperationalError, DatabaseUnavailable):
                await clock.sleep(PAUSE_SECONDS)
        raise SimulationFault("the provider's own database did not come back")

    async def call_back(self, chance: Chance) -> tuple[int, int]:
        """Deliver what waits, in any order, some of it twice; how many were taken, and refused.

        A call that is refused with a conflict stays in the queue and comes again.
        """
        waiting = await self.happen(self.world.next_callbacks) or []
        calls = chance.shuffled(waiting) + chance.some(waiting, 3)
        outcomes = await asyncio.gather(*(self._deliver(call) for call in calls))
        taken = {call.id for call, is_taken in zip(calls, outcomes, strict=True) if is_taken}
        await self.happen(lambda: self.world.delivered(sorted(taken)))
        return len(taken), len({call.id for call in calls} - taken)

    async def _deliver(self, call: SignedCallback) -> bool:
        answer = await self.client.send(
            "POST",
            self.path,
            content=call.raw_body,
            headers=call.headers,
            expect=TAKEN | NOT_YET,
            is_patient=False,
        )
        return answer.status in TAKEN

    async def forge(self, chance: Chance) -> None:
        """Send a call with one letter of its signature changed: it must be refused."""
        waiting = await self.happen(self.world.next_callbacks) or []
        if not waiting:
            return
        call = chance.pick(waiting)
        signature = call.headers["webhook-signature"]
        letter = "A" if signature[-5] != "A" else "B"
        headers = {**call.headers, "webhook-signature": f"{signature[:-5]}{letter}{signature[-4:]}"}
        await self.client.send(
            "POST", self.path, content=call.raw_body, headers=headers, expect={401}
        )
