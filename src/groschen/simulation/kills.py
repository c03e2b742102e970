"""Who is killed, in which step, and when in it: decided by the seed before the run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from groschen.simulation.chance import Chance

if TYPE_CHECKING:
    from groschen.simulation.installation import Installation
    from groschen.simulation.plan import Plan

AFTER_MILLISECONDS: Final = 900
DOWN_MILLISECONDS: Final = 600


@dataclass(frozen=True, slots=True)
class Kill:
    """SIGKILL for ``part`` so long after the step began; it is down for a while."""

    kind: str
    part: str
    after_seconds: float
    down_seconds: float


def planned(plan: Plan, installation: Installation) -> dict[int, list[Kill]]:
    """The kills by step. A kind that kills at all does so at least once."""
    kills: dict[int, list[Kill]] = {}
    kinds = {
        "server": (plan.server_kill_every, installation.names("server")),
        "worker": (plan.worker_kill_every, installation.names("worker")),
        "database": (plan.database_kill_every, ["database"]),
    }
    for kind, (every, parts) in kinds.items():
        if not every or not plan.steps:
            continue
        chance = Chance(plan.seed, "kills", kind)
        steps = [step for step in range(1, plan.steps + 1) if chance.one_in(every)]
        for step in steps or [chance.whole(1, plan.steps)]:
            kills.setdefault(step, []).append(_kill(chance, kind, parts))
    return kills


def _kill(chance: Chance, kind: str, parts: list[str]) -> Kill:
    return Kill(
        kind,
        chance.pick(parts),
        chance.seconds(AFTER_MILLISECONDS),
        chance.seconds(DOWN_MILLISECONDS),
    )
