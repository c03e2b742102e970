"""One run: found, then step after step of business and kills, each followed by every check."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import httpx2

from groschen import audit
from groschen.adapters.payments.sandbox import SandboxPayments
from groschen.app import wire
from groschen.kit import clock
from groschen.kit.actor import SYSTEM
from groschen.kit.db import Database
from groschen.kit.seal import install, seal_from
from groschen.simulation.chance import Chance
from groschen.simulation.checks import orders, provider, replays, shares, statements
from groschen.simulation.checks.logs import Logs
from groschen.simulation.client import ANSWER_SECONDS, Network
from groschen.simulation.facts import refresh
from groschen.simulation.faults import NeverQuiet, SimulationFault
from groschen.simulation.founding import found, platform_token
from groschen.simulation.kills import Kill, planned
from groschen.simulation.operations import OPERATIONS, Operation, Turn
from groschen.simulation.outside import Outside
from groschen.simulation.plan import Counts
from groschen.simulation.quiet import Quiet
from groschen.simulation.record import Record

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from groschen.audit import Check
    from groschen.simulation.installation import Installation
    from groschen.simulation.plan import Plan

CONNECTIONS: Final = 32
LOG_NAME: Final = "operations.jsonl"


class Broken(SimulationFault):
    """Something that must hold does not."""


@dataclass(slots=True)
class Run:
    """A run in an installation that is up."""

    plan: Plan
    installation: Installation
    network: Network
    database: Database
    quiet: Quiet
    logs: Logs
    turns: list[Turn] = field(default_factory=list[Turn])
    checks: dict[str, int] = field(default_factory=dict[str, int])

    @property
    def record(self) -> Record:
        """The log of the run."""
        return self.network.record

    async def found(self) -> None:
        """Found the tenants, one after another."""
        chance = Chance(self.plan.seed, "founding")
        token = await platform_token(self.database)
        seal = seal_from(self.installation.settings)
        payments = SandboxPayments(self.database, seal)
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
        drawn = self._draw(chance)
        async with asyncio.TaskGroup() as group:
            for kill in kills:
                group.create_task(self._kill(kill))
            for index, (operation, turn) in enumerate(drawn):
                group.create_task(self._operate(operation, turn, chance.below(index), gate))
        await self.installation.ready()
        try:
            await self.quiet.settle(self.turns, chance.below("quiet"))
        except NeverQuiet as left:
            faults = [fault for one in self.logs.check() for fault in one.detail]
            raise Broken(left.detail, hint=f"{left.hint} {faults}") from left
        await self.check(chance.below("checks"))

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
            self.network.counts.operation(operation.name)
            await operation.run(Turn(chance, turn.business, turn.outside))

    async def _kill(self, kill: Kill) -> None:
        await clock.sleep(kill.after_seconds)
        self.record.note("kill", part=kill.part)
        self.network.counts.kill(kill.kind)
        await self.installation.kill(kill.part, kill.down_seconds)
        self.record.note("started again", part=kill.part)

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
        self._judge(found)
        await self._check_replays(chance)

    async def _check_replays(self, chance: Chance) -> None:
        before = await self._contents()
        calls = chance.some(list(self.record.calls), self.plan.replays)
        found = await replays.repeat(self.network, calls)
        after = await self._contents()
        found.append(replays.unchanged(before, after))
        self._judge(found)

    async def _contents(self) -> list[str]:
        contents: list[str] = []
        for turn in self.turns:
            async with self.database.scope(turn.business.tenant_id, SYSTEM, write=False) as scope:
                contents.append(await replays.content(scope))
        return contents

    def _judge(self, found: Sequence[Check]) -> None:
        for one in found:
            self.checks[one.name] = self.checks.get(one.name, 0) + 1
        self.network.counts.checks += len(found)
        broken = [one for one in found if not one.ok]
        for one in broken:
            self.record.note("broken", **one.to_json())
        if broken:
            lines = [
                f"{one.name}: expected {one.expected}, found {one.actual}. {'; '.join(one.detail)}"
                for one in broken
            ]
            raise Broken("\n".join(lines))


@asynccontextmanager
async def opened(plan: Plan, installation: Installation) -> AsyncIterator[Run]:
    """Connect a run to an installation."""
    wire()
    install(seal_from(installation.settings))
    record = Record.at(installation.folder / f"seed-{plan.seed}-{LOG_NAME}")
    limits = httpx2.Limits(max_connections=CONNECTIONS)
    try:
        async with (
            httpx2.AsyncClient(timeout=ANSWER_SECONDS, trust_env=False, limits=limits) as http,
            Database(installation.settings) as database,
        ):
            network = Network(http, installation.address, record, Counts())
            quiet = Quiet(installation, database)
            yield Run(plan, installation, network, database, quiet, Logs(installation))
    finally:
        record.close()


async def simulate(
    plan: Plan, installation: Installation, tell: Callable[[str], None]
) -> dict[str, Any]:
    """Run a plan to its end; raise the first fault."""
    async with opened(plan, installation) as run:
        await run.found()
        kills = planned(plan, installation)
        for number in range(1, plan.steps + 1):
            tell(f"step {number}")
            await run.step(number, kills.get(number, []))
        return {"counts": run.network.counts, "checks": run.checks}
