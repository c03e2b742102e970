"""Benchmarks: each figure stands beside the physical limit that was measured in the same run.

A module of this package that registers by ``@benchmark("name")`` is ``groschen bench name``. It
gets a ``Ground``: a database of its own and a tenant in it, and returns its figures.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING

from groschen.bench.registry import Benchmark, BenchmarkUnknown, benchmark, benchmark_named

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Benchmark", "BenchmarkUnknown", "benchmark", "benchmark_named", "load"]


def load() -> Iterator[str]:
    """Import every module of the package, so that its benchmarks are known."""
    for module in iter_modules(__path__):
        import_module(f"{__name__}.{module.name}")
        yield module.name
