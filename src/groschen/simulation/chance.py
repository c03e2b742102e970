"""Chance that repeats: every step and operation draws from its own seeded source."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Choice = TypeVar("Choice")


class Chance:
    """Draws that are the same for the same seed and path, whatever else was drawn before."""

    def __init__(self, *path: object) -> None:
        self._path = path
        self._random = Random("/".join(map(str, path)))  # noqa: S311 - it must repeat

    def below(self, name: object) -> Chance:
        """A source of its own for a part of what is drawn here."""
        return Chance(*self._path, name)

    def whole(self, lowest: int, highest: int) -> int:
        """A whole number, both ends included."""
        return self._random.randint(lowest, highest)

    def one_in(self, times: int) -> bool:
        """True once in so many times."""
        return self._random.randrange(times) == 0

    def pick(self, choices: Sequence[Choice]) -> Choice:
        """One of them."""
        return self._random.choice(choices)

    def weighted(self, choices: Mapping[Choice, int]) -> Choice:
        """One of the keys, as often as its value says."""
        return self._random.choices(list(choices), list(choices.values()))[0]

    def some(self, choices: Sequence[Choice], most: int) -> list[Choice]:
        """Up to ``most`` different ones, in random order."""
        return self._random.sample(choices, min(most, len(choices)))

    def shuffled(self, things: Sequence[Choice]) -> list[Choice]:
        """All of them in another order."""
        return self._random.sample(things, len(things))

    def decimal(self, lowest: int, highest: int, decimals: int) -> str:
        """A decimal between two numbers that count its last places: (125, 125, 2) is 1.25."""
        digits = f"{self.whole(lowest, highest):0{decimals + 1}d}"
        return f"{digits[:-decimals]}.{digits[-decimals:]}"

    def seconds(self, most_milliseconds: int) -> float:
        """A pause up to so many milliseconds, in seconds."""
        return self.whole(0, most_milliseconds) / 1000
