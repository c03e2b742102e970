"""A whole run, from its founding to its report."""

from __future__ import annotations

import logging
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

import httpx2

from groschen.app import wire
from groschen.kit import clock
from groschen.kit.db import Database
from groschen.kit.seal import install, seal_from
from groschen.simulation.client import ANSWER_SECONDS, Network
from groschen.simulation.counts import Counts
from groschen.simulation.faults import SimulationFault
from groschen.simulation.kills import planned
from groschen.simulation.record import Record
from groschen.simulation.report import Fault, Report
from groschen.simulation.run import Run

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from groschen.simulation.installation import Installation
    from groschen.simulation.plan import Plan

CONNECTIONS: Final = 32


async def simulate(plan: Plan, installation: Installation, tell: Callable[[str], None]) -> Report:
    """Run a plan to its end or to its first fault; several runs may use one installation.

    ``tell`` receives a line before each step. What is no fault of the product is raised.
    """
    started = clock.monotonic_ns()
    log = installation.folder / f"seed-{plan.seed}.jsonl"
    counts = Counts()
    async with _opened(plan, installation, Record.at(log), counts) as run:
        faults, steps_done = await _tell_story(run, tell)
    milliseconds = (clock.monotonic_ns() - started) // clock.NANOSECONDS_PER_MILLISECOND
    return Report(plan, steps_done, counts, milliseconds, log, tuple(faults))


async def _tell_story(run: Run, tell: Callable[[str], None]) -> tuple[list[Fault], int]:
    """Return what did not hold, and how many steps were taken."""
    plan = run.plan
    kills = planned(plan, run.installation)
    steps_done = 0
    try:
        tell(f"seed {plan.seed}: founding {plan.tenants} tenants")
        await run.found()
        for number in range(1, plan.steps + 1):
            killed = "".join(f", {kill.part} dies" for kill in kills.get(number, ()))
            tell(f"seed {plan.seed}: step {number} of {plan.steps}{killed}")
            await run.step(number, kills.get(number, []))
            steps_done = number
        tell(f"seed {plan.seed}: undoing everything")
        await run.unwind()
        await run.count_stored()
    except* SimulationFault as group:
        found = _faults(group, run.record.step)
    else:
        found = []
    return found, steps_done


def _faults(group: BaseExceptionGroup[SimulationFault], step: int) -> list[Fault]:
    found: list[Fault] = []
    for one in group.exceptions:
        if isinstance(one, BaseExceptionGroup):
            found += _faults(one, step)
        else:
            found.append(Fault(step, one.code, one.detail, one.hint))
    return found


@asynccontextmanager
async def _opened(
    plan: Plan, installation: Installation, record: Record, counts: Counts
) -> AsyncIterator[Run]:
    """Connect a run to an installation."""
    wire()
    install(seal_from(installation.settings))
    logging.getLogger("psycopg.pool").setLevel(logging.CRITICAL)  # it is killed on purpose
    limits = httpx2.Limits(max_connections=CONNECTIONS)
    try:
        async with (
            httpx2.AsyncClient(timeout=ANSWER_SECONDS, trust_env=False, limits=limits) as http,
            Database(installation.settings) as database,
        ):
            network = Network(http, installation.address, record, counts)
            yield Run(plan, installation, network, database)
    finally:
        record.close()
