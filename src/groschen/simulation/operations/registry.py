"""The registry of operations and what each of them is given."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from groschen.simulation.business import Business
    from groschen.simulation.chance import Chance
    from groschen.simulation.outside import Outside


@dataclass(frozen=True, slots=True)
class Turn:
    """One operation's chance, in one tenant."""

    chance: Chance
    business: Business
    outside: Outside


Run: TypeAlias = Callable[[Turn], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Operation:
    """``run`` is drawn as often as ``weight`` says; ``once`` at most one a step and tenant."""

    name: str
    run: Run
    weight: int
    once: bool


OPERATIONS: Final[dict[str, Operation]] = {}


def operation(*, weight: int, once: bool = False) -> Callable[[Run], Run]:
    """Register an operation under the name of its function."""

    def register(run: Run) -> Run:
        name = getattr(run, "__name__", "")
        OPERATIONS[name] = Operation(name, run, weight, once)
        return run

    return register
