"""What a run shall be: how long, how wide, how cruel."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Plan:
    """``seed`` decides every choice, ``steps`` how many steps are taken.

    A step sends ``operations`` at once, at most ``clients`` of them side by side. On average one
    step in ``server_kill_every`` (and so on) kills a process with SIGKILL; 0 never kills, and a
    kind that kills does so at least once. ``folder`` is where the database and the logs are.
    """

    seed: int
    steps: int
    folder: Path
    tenants: int = 3
    operations: int = 12
    clients: int = 6
    servers: int = 2
    workers: int = 2
    server_kill_every: int = 3
    worker_kill_every: int = 3
    database_kill_every: int = 12
    replays: int = 6


@dataclass(slots=True)
class Counts:
    """What was done, for the report."""

    operations: dict[str, int] = field(default_factory=dict[str, int])
    kills: dict[str, int] = field(default_factory=dict[str, int])
    answers: dict[str, int] = field(default_factory=dict[str, int])
    requests: int = 0
    resent: int = 0
    replayed: int = 0
    checks: int = 0
    callbacks: int = 0

    def operation(self, name: str) -> None:
        """Count one operation."""
        self.operations[name] = self.operations.get(name, 0) + 1

    def kill(self, part: str) -> None:
        """Count one kill."""
        self.kills[part] = self.kills.get(part, 0) + 1

    def answer(self, status: int) -> None:
        """Count one final answer."""
        name = str(status)
        self.answers[name] = self.answers.get(name, 0) + 1
