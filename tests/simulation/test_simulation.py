"""A short simulation: three seeds, every sort of process killed, everything undone at the end.

Long campaigns are run by hand: ``groschen simulate --seed 1 --steps 200 --runs 20``.
"""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from groschen.simulation.installation import Installation
from groschen.simulation.plan import Plan
from groschen.simulation.story import simulate

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(600)]

STEPS = 2
PLANS = (
    Plan(seed=1, steps=STEPS, tenants=2),
    Plan(seed=2, steps=STEPS, tenants=2, worker_kill_every=0, database_kill_every=0),
    Plan(seed=3, steps=STEPS, tenants=2, server_kill_every=0, database_kill_every=0),
)
PLAIN = "every account is back where it began"
PREDICTED = "the model predicts what each sale releases to each partner"


@pytest.fixture
def folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="groschen-simulation-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


async def test_business_goes_on_while_processes_die(folder: Path) -> None:
    kills: Counter[str] = Counter()
    async with Installation(folder, servers=2, workers=2, tell=print) as installation:
        for plan in PLANS:
            report = await simulate(plan, installation, print)
            assert report.faults == (), "\n".join(report.lines())
            assert report.steps_done == STEPS
            assert report.counts.checks[PLAIN] == 1
            assert report.counts.checks[PREDICTED] == (STEPS + 1) * plan.tenants
            kills += report.counts.kills
    assert set(kills) == {"server", "worker", "database"}
