"""What people see while a showcase runs: one bar per phase, and how long each took."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, Self

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from groschen.kit.clock import NANOSECONDS_PER_MILLISECOND, monotonic_ns

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

    from rich.console import Console

MILLISECONDS: Final = 1000


class Bar:
    """The bar of one phase."""

    def __init__(self, progress: Progress, title: str, total: int) -> None:
        self._progress = progress
        self._task = progress.add_task(title, total=total)
        self.total = total

    def to(self, done: int) -> None:
        """Set how many steps are done."""
        self._progress.update(self._task, completed=min(done, self.total))

    def add(self, steps: int) -> None:
        """Count more steps."""
        self._progress.advance(self._task, steps)

    def step(self) -> None:
        """Count one more step."""
        self._progress.advance(self._task)


class Phases:
    """Shows phases and measures them; ``milliseconds`` has one entry for each that ended.

    ``story`` is put in front of the names when one story follows another.
    """

    def __init__(self, console: Console) -> None:
        self.milliseconds: dict[str, int] = {}
        self.story = ""
        self.console = console
        self._progress = Progress(
            TextColumn("{task.description:<42}"),
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
        )

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Stop drawing the bars; what is printed from now on stands below them."""
        self._progress.stop()

    @contextmanager
    def phase(self, name: str, title: str, total: int = 1) -> Iterator[Bar]:
        """Show a phase of ``total`` steps and measure it as ``name``; at its end it is full."""
        bar, started = Bar(self._progress, title, total), monotonic_ns()
        yield bar
        bar.to(total)
        self.milliseconds[self.story + name] = (
            monotonic_ns() - started
        ) // NANOSECONDS_PER_MILLISECOND

    def timings(self) -> dict[str, str]:
        """Return the seconds of every phase as decimal strings."""
        return {
            name: f"{spent // MILLISECONDS}.{spent % MILLISECONDS:03d}"
            for name, spent in self.milliseconds.items()
        }
