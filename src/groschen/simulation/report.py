"""What a run tells at its end: what was done, and on a fault how to see it again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from groschen.simulation.counts import Counts
    from groschen.simulation.plan import Plan


@dataclass(frozen=True, slots=True)
class Fault:
    """What did not hold, in which step; step 0 is the founding, the last one the undoing."""

    step: int
    code: str
    detail: str
    hint: str | None

    def to_json(self) -> dict[str, Any]:
        """The fault as the command prints it."""
        return {"step": self.step, "code": self.code, "detail": self.detail, "hint": self.hint}


@dataclass(frozen=True, slots=True)
class Report:
    """A run that ended: ``faults`` is empty if everything held. ``log`` has every request."""

    plan: Plan
    steps_done: int
    counts: Counts
    milliseconds: int
    log: Path
    faults: tuple[Fault, ...]

    @property
    def replay(self) -> str:
        """The command that makes the same choices again; only the timing differs."""
        plan = self.plan
        return (
            f"groschen simulate --seed {plan.seed} --steps {plan.steps} --tenants {plan.tenants}"
            f" --operations {plan.operations} --clients {plan.clients}"
            f" --servers {plan.servers} --workers {plan.workers}"
            f" --server-kill-every {plan.server_kill_every}"
            f" --worker-kill-every {plan.worker_kill_every}"
            f" --database-kill-every {plan.database_kill_every} --replays {plan.replays}"
            f"{' --patient' if plan.patient else ''}"
        )

    def to_json(self) -> dict[str, Any]:
        """The report as JSON."""
        counts = self.counts
        return {
            "seed": self.plan.seed,
            "steps": self.plan.steps,
            "steps_done": self.steps_done,
            "milliseconds": self.milliseconds,
            "operations": dict(sorted(counts.operations.items())),
            "kills": dict(sorted(counts.kills.items())),
            "requests": counts.requests,
            "resent": counts.resent,
            "replayed": counts.replayed,
            "answers": dict(sorted(counts.answers.items())),
            "stored": dict(sorted(counts.stored.items())),
            "checks": dict(sorted(counts.checks.items())),
            "faults": [fault.to_json() for fault in self.faults],
            "log": str(self.log),
            "replay": self.replay,
        }

    def lines(self) -> list[str]:
        """The report for people."""
        counts = self.counts
        seconds = f"{self.milliseconds // 1000}.{self.milliseconds % 1000 // 100}"
        told = [
            f"seed {self.plan.seed}: {self.steps_done} of {self.plan.steps} steps in {seconds} s",
            f"operations  {_shown(counts.operations)}",
            f"kills       {_shown(counts.kills) or 'none'}",
            f"requests    {counts.requests}, {counts.resent} of them again for want of an answer",
            f"repeated    {counts.replayed} answered commands",
            f"answers     {_shown(counts.answers)}",
            f"stored      {_shown(counts.stored)}",
            f"checks      {counts.checks.total()} of {len(counts.checks)} sorts",
        ]
        if not self.faults:
            return [*told, "everything held"]
        for fault in self.faults:
            told += [f"FAULT in step {fault.step} ({fault.code}): {fault.detail}"]
            told += [f"      {fault.hint}"] if fault.hint else []
        return [*told, f"log         {self.log}", f"again       {self.replay}"]


def _shown(counted: dict[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counted.items()))
