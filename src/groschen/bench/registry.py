"""Which benchmarks there are."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, ClassVar, Final, TypeAlias

from groschen.core.errors import GroschenError, Kind, invariant

if TYPE_CHECKING:
    from groschen.bench.figures import Figure
    from groschen.bench.ground import Ground

Benchmark: TypeAlias = Callable[["Ground"], Awaitable["list[Figure]"]]
_BENCHMARKS: Final[dict[str, Benchmark]] = {}


class BenchmarkUnknown(GroschenError):
    """There is no benchmark of this name."""

    code: ClassVar[str] = "benchmark_unknown"
    kind: ClassVar[Kind] = Kind.INVALID


def benchmark(name: str) -> Callable[[Benchmark], Benchmark]:
    """Register ``async def run(ground) -> list[Figure]`` as ``groschen bench <name>``."""

    def register(run: Benchmark) -> Benchmark:
        invariant(name not in _BENCHMARKS, f"two benchmarks are called {name}")
        _BENCHMARKS[name] = run
        return run

    return register


def benchmark_named(name: str) -> Benchmark:
    """Return a registered benchmark; raises ``BenchmarkUnknown``."""
    found = _BENCHMARKS.get(name)
    if found is None:
        raise BenchmarkUnknown(
            f"there is no benchmark {name!r}",
            field="name",
            hint=f"choose one of: {', '.join(sorted(_BENCHMARKS))}",
        )
    return found
