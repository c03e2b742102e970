"""One run: found, then step after step of business and kills, each followed by every check."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from groschen import audit
from groschen.adapters.payments.sandbox import SandboxPayments
from groschen.kit import clock
from groschen.kit.actor import SYSTEM
from groschen.kit.seal import seal_from
from groschen.simulation.chance import Chance
from groschen.simulation.checks import orders, provider, replays, shares, statements
from groschen.simulation.checks.logs import Logs
from groschen.simulation.facts import refresh, stored
from groschen.simulation.faults import Broken, NeverQuiet
from groschen.simulation.founding import found, platform_token
from groschen.simulation.operations import OPERATIONS, Operation, Turn
from groschen.simulation.outside import Outside
from groschen.simulation.quiet import Quiet
from groschen.simulation.unwinding import Unwinding

if TYPE_CHECKING:
    from collections.abc import Sequence

    from groschen.audit import Check
    from groschen.kit.db import Database
    from groschen.simulation.client import Network
    from groschen.simulation.installation import Installation
    from groschen.simulation.kills import Kill
    from groschen.simulation.plan import Plan
    from groschen.simulation.record import Record


@dataclass(slots=True)
class Run:
    """A run in an installation that is up."""

    plan: Plan
    installation: Installation
    network: Network
    database: Database
    turns: list[Turn] = field(default_factory=list[Turn])
    quiet: Quiet = field(init=False)
    logs: Logs = field(init=False)

    def __post_init__(self) -> None:
        """Set up what watches the installation."""
        self.quiet = Quiet(self.installation, self.database)
        self.logs = Logs(self.installation)

    @property
    def record(self) -> Record:
        """The log of the run."""
        return self.network.record

    async def found(self) -> None:
        """Found the tenants, one after another."""
        chance = Chance(self.plan.seed, "founding")
        token = await platform_token(self.database)
        payments = SandboxPayments(self.database, seal_from(self.installation.settings))
        for number in range(self.plan.tenants):
            name = f"s{self.plan.seed}"
            business = await found(self.network, token, chance.below(number), number, name)
            world = payments.world(business.tenant_id)
            outside = Outside.of(self.network, world, business.name, business.public_id)
            self.turns.append(Turn(chance, business, outside))

    async def step(self, number: int, kills: Sequence[Kill]) -> None:
        """Let business happen while processes die; then all must be quiet and right."""
        self.record.step = number
        chance = Chance(self.plan.seed, "step", number)
        gate = asyncio.Semaphore(self.plan.clients)
        async with asyncio.TaskGroup() as group:
            for kill in kills:
                group.create_task(self._kill(kill))
            for index, (operation, turn) in enumerate(self._draw(chance)):
                group.create_task(self._operate(operation, turn, chance.below(index), gate))
        await self.installation.ready()
        await self._settle(chance.below("quiet"))
        await self.check(chance.below("checks"))

    async def unwind(self) -> None:
        """Undo everything in every tenant; what is left must be what the rules keep."""
        self.record.step = self.plan.steps + 1
        unwindings = [Unwinding(turn, self.database, self._rest) for turn in self.turns]
        for unwinding in unwindings:
            await unwinding.undo()
        await self.check(Chance(self.plan.seed, "end"))
        for unwinding in unwindings:
            self._judge(await unwinding.check())

    async def check(self, chance: Chance) -> None:
        """Run every check; raise ``Broken`` with all that do not hold."""
        found: list[Check] = self.logs.check()
        for turn in self.turns:
            async with self.database.scope(turn.business.tenant_id, SYSTEM, write=False) as scope:
                await refresh(scope, turn.business)
                found += await audit.run(scope)
                found += await orders.check(scope, turn.business)
                found += await provider.check(scope)
                found += await shares.check(scope, turn.business)
            found += await statements.check(turn.business)
            found += await shares.check_claims(turn.business)
        self._judge(found)
        await self._check_replays(chance)

    async def count_stored(self) -> None:
        """Count what came of it all, for the report."""
        for turn in self.turns:
            async with self.database.scope(turn.business.tenant_id, SYSTEM, write=False) as scope:
                self.network.counts.stored.update(await stored(scope))

    def _draw(self, chance: Chance) -> list[tuple[Operation, Turn]]:
        weights = {name: one.weight for name, one in OPERATIONS.items()}
        drawn: list[tuple[Operation, Turn]] = []
        taken: set[tuple[str, str]] = set()
        for _ in range(self.plan.operations):
            turn = chance.pick(self.turns)
            operation = OPERATIONS[chance.weighted(weights)]
            mark = (operation.name, turn.business.name)
            if not operation.once or mark not in taken:
                drawn.append((operation, turn))
            taken.add(mark)
        return drawn

    async def _operate(
        self, operation: Operation, turn: Turn, chance: Chance, gate: asyncio.Semaphore
    ) -> None:
        async with gate:
            self.record.note("operation", operation=operation.name, tenant=turn.business.name)
            self.network.counts.operations[operation.name] += 1
            await operation.run(Turn(chance, turn.business, turn.outside))

    async def _kill(self, kill: Kill) -> None:
        await clock.sleep(kill.after_seconds)
        self.record.note("kill", part=kill.part)
        self.network.counts.kills[kill.kind] += 1
        await self.installation.kill(kill.part, kill.down_seconds)
        self.record.note("started again", part=kill.part)

    async def _settle(self, chance: Chance) -> None:
        try:
            await self.quiet.settle(self.turns, chance)
        except NeverQuiet as left:
            faults = [fault for one in self.logs.check() for fault in one.detail]
            raise Broken(left.detail, hint=f"{left.hint} {faults}") from left

    async def _rest(self) -> None:
        await self._settle(Chance(self.plan.seed, "unwinding"))
        for turn in self.turns:
            async with self.database.scope(turn.business.tenant_id, SYSTEM, write=False) as scope:
                await refresh(scope, turn.business)

    async def _check_replays(self, chance: Chance) -> None:
        before = await self._contents()
        calls = chance.some(list(self.record.calls), self.plan.replays)
        found = await replays.repeat(self.network, calls)
        after = await self._contents()
        self._judge([*found, replays.unchanged(before, after)])

    async def _contents(self) -> list[str]:
        contents: list[str] = []
        for turn in self.turns:
            async with self.database.scope(turn.business.tenant_id, SYSTEM, write=False) as scope:
                contents.append(await replays.content(scope))
        return contents

    def _judge(self, found: Sequence[Check]) -> None:
        self.network.counts.checks.update(one.name for one in found)
        broken = [one for one in found if not one.ok]
        for one in broken:
            self.record.note("broken", **one.to_json())
        if broken:
            lines = [
                f"{one.name}: expected {one.expected}, found {one.actual}. {'; '.join(one.detail)}"
                for one in broken
            ]
            raise Broken("\n".join(lines))
