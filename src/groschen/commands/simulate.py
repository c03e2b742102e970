"""Let random business happen on real processes that are killed, and check every cent."""

from __future__ import annotations

import asyncio
import json
import shutil
import signal
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import uvloop
from cyclopts import Parameter

from groschen.kit.postgres.server import tell_on_stderr
from groschen.simulation.installation import Installation
from groschen.simulation.plan import Plan
from groschen.simulation.story import simulate

if TYPE_CHECKING:
    from groschen.simulation.report import Report


def command(
    plan: Annotated[Plan, Parameter(name="*")],
    *,
    runs: int = 1,
    as_json: Annotated[bool, Parameter(name="--json", negative="")] = False,
    data: Path | None = None,
) -> int:
    """Simulate on a database and processes of its own; status 1 when something did not hold.

    Parameters
    ----------
    runs
        So many runs one after another, with this seed and the next ones.
    as_json
        Print the reports as JSON.
    data
        Folder for database and logs; by default one that is removed if everything held.
    """
    folder = data or Path(tempfile.mkdtemp(prefix="groschen-simulation-"))
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o711)  # the database's own user has to enter it
    plans = [replace(plan, seed=plan.seed + run) for run in range(runs)]
    try:
        reports = uvloop.run(_run_all(plans, folder))
    except asyncio.CancelledError:
        sys.stderr.write(f"stopped; the logs are in {folder}\n")
        return 1
    held = len(reports) == runs and not any(report.faults for report in reports)
    if as_json:
        shown = [report.to_json() for report in reports]
        sys.stdout.write(json.dumps({"held": held, "runs": shown}, indent=2) + "\n")
    else:
        for report in reports:
            sys.stdout.write("\n".join(report.lines()) + "\n")
    if held and data is None:
        shutil.rmtree(folder)
    return 0 if held else 1


async def _run_all(plans: list[Plan], folder: Path) -> list[Report]:
    """Run the plans one after another, up to the first fault, in one installation."""
    task = asyncio.current_task()
    if task is not None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    reports: list[Report] = []
    async with Installation(folder, plans[0].servers, plans[0].workers, tell_on_stderr) as up:
        for plan in plans:
            reports.append(await simulate(plan, up, tell_on_stderr))
            if reports[-1].faults:
                break
    return reports
