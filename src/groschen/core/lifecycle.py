"""States and the moves between them, as one table per kind of thing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from groschen.core.errors import GroschenError, Kind, invariant

StateT = TypeVar("StateT", bound=StrEnum)


class IllegalTransition(GroschenError):
    """A thing cannot go from the state it is in to the one asked for."""

    code = "illegal_transition"
    kind = Kind.CONFLICT


@dataclass(frozen=True, slots=True)
class Lifecycle(Generic[StateT]):
    """The allowed moves of one kind of thing; a state that leads nowhere is final.

    ``name`` says what it is in errors ("order"). Every state must have its row in ``moves``.
    """

    name: str
    moves: Mapping[StateT, frozenset[StateT]]

    def __post_init__(self) -> None:
        reachable = frozenset[StateT]().union(*self.moves.values())
        invariant(reachable <= self.moves.keys(), f"a state of {self.name} has no row")

    def may(self, before: StateT, after: StateT) -> bool:
        """Whether the move is allowed; staying is a move like any other."""
        return after in self.moves[before]

    def is_final(self, state: StateT) -> bool:
        """Whether nothing can happen any more."""
        return not self.moves[state]

    def check(self, before: StateT, after: StateT) -> None:
        """Raise ``IllegalTransition`` naming what would be allowed, unless the move is."""
        if self.may(before, after):
            return
        allowed = ", ".join(sorted(self.moves[before])) or "nothing, this state is final"
        raise IllegalTransition(
            f"{self.name} is {before} and cannot become {after}",
            field="state",
            hint=f"allowed from {before}: {allowed}",
            before=before.value,
            after=after.value,
        )
