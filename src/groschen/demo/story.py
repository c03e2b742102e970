"""A story that was told, in a form that all stories share: for people, and for machines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

from groschen.demo.exact import text

if TYPE_CHECKING:
    from contextlib import ExitStack

    from rich.console import RenderableType

    from groschen.demo.checks import Checks
    from groschen.demo.figures import Figures
    from groschen.demo.installation import Installation
    from groschen.demo.progress import Phases

MILLISECONDS: Final = 1000


@dataclass(frozen=True, slots=True)
class Stage:
    """What a story is told on; what it starts for ``stack`` goes on until all of it ends."""

    installation: Installation
    phases: Phases
    checks: Checks
    stack: ExitStack


@dataclass(frozen=True, slots=True)
class Rate:
    """How many of something one phase handled."""

    count: int
    phase: str

    def text(self, phases: Phases, prefix: str) -> str:
        """How many a second, with one decimal."""
        spent = max(phases.milliseconds[prefix + self.phase], 1)
        return text(Fraction(self.count * MILLISECONDS, spent), 1)


@dataclass(frozen=True, slots=True)
class Books:
    """What the closing table says of one tenant.

    ``difference`` is that of its trial balance, all currencies; ``verified`` what ``groschen
    ledger verify`` says; ``stated`` and ``paid`` are what statements pay and payout files
    transfer; ``invoices`` were verified offline of ``documents``.
    """

    tenant: str
    difference: Fraction
    verified: bool
    stated: Fraction
    paid: Fraction
    documents: int
    invoices: int


@dataclass(frozen=True, slots=True)
class Story:
    """One story: ``options`` and ``figures`` are the same whenever it is told the same way.

    ``speed`` is a sentence with the names of ``rates`` in braces. ``doors`` are paths that sign in
    once, by whom they are for; ``epilogue`` goes on with it before it is looked at; ``write``
    puts its files into a folder.
    """

    title: str
    options: dict[str, str]
    figures: Figures
    rates: dict[str, Rate]
    speed: str
    shown: tuple[RenderableType, ...]
    books: tuple[Books, ...]
    doors: dict[str, str] = field(default_factory=dict[str, str])
    epilogue: Callable[[], None] | None = None
    write: Callable[[Path], None] | None = None


Teller: TypeAlias = Callable[[Stage], Story]
