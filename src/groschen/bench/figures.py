"""What a benchmark measures: figures, the machine they were measured on, and their JSON."""

from __future__ import annotations

import os
import platform
import time
from dataclasses import dataclass, field
from statistics import median, quantiles
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Run:
    """One run: how many things in how many seconds, and how long each call took."""

    done: int
    seconds: float
    call_seconds: Sequence[float]

    @property
    def rate(self) -> float:
        """Things a second."""
        return self.done / self.seconds


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure. ``value`` and ``limit`` are medians of the runs, in ``unit``.

    ``limit`` is what the same hardware does at most, measured in the same run; ``target`` and
    ``target_ratio`` are what we ask of ``value`` and of value / limit. ``p50`` and ``p99`` are
    the milliseconds of one call. ``lower_is_better`` turns the comparisons around.
    """

    name: str
    value: float
    unit: str
    limit: float | None = None
    target: float | None = None
    target_ratio: float | None = None
    p50: float | None = None
    p99: float | None = None
    runs: Sequence[float] = ()
    lower_is_better: bool = False
    notes: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of_rates(
        cls,
        name: str,
        runs: Sequence[Run],
        limits: Sequence[Run],
        *,
        unit: str,
        target: float | None = None,
        target_ratio: float | None = None,
        notes: dict[str, Any] | None = None,
    ) -> Figure:
        """Return the median rate of ``runs`` beside that of ``limits``."""
        calls = [1000 * seconds for run in runs for seconds in run.call_seconds]
        return cls(
            name,
            median(run.rate for run in runs),
            unit,
            limit=median(run.rate for run in limits) if limits else None,
            target=target,
            target_ratio=target_ratio,
            p50=median(calls) if calls else None,
            p99=percentile(calls, 99),
            runs=[run.rate for run in runs],
            notes=notes or {},
        )

    @property
    def ratio(self) -> float | None:
        """Value / limit."""
        return self.value / self.limit if self.limit else None

    @property
    def met(self) -> bool:
        """Whether value and ratio are what we ask for."""
        return self._enough(self.value, self.target) and self._enough(self.ratio, self.target_ratio)

    def _enough(self, measured: float | None, asked: float | None) -> bool:
        if asked is None or measured is None:
            return asked is None
        return measured <= asked if self.lower_is_better else measured >= asked

    def to_json(self) -> dict[str, Any]:
        """The figure as the JSON answer shows it."""
        return {
            "name": self.name,
            "value": _short(self.value),
            "unit": self.unit,
            "limit": _short(self.limit),
            "ratio": _short(self.ratio),
            "target": _short(self.target),
            "target_ratio": _short(self.target_ratio),
            "met": self.met,
            "p50": _short(self.p50),
            "p99": _short(self.p99),
            "runs": [_short(run) for run in self.runs],
            **({"notes": self.notes} if self.notes else {}),
        }


def percentile(values: Sequence[float], percent: int) -> float | None:
    """Return the value below which ``percent`` of the values lie; None without values."""
    if len(values) < 2:
        return values[0] if values else None
    return quantiles(values, n=100, method="inclusive")[percent - 1]


def _short(value: float | None) -> float | None:
    """Five significant digits are more than a measurement has."""
    return None if value is None else float(f"{value:.5g}")


class Stopwatch:
    """Measures a run of calls."""

    def __init__(self) -> None:
        self._calls: list[float] = []
        self._started = time.perf_counter()

    def lap(self, started: float) -> None:
        """Note a call that began at ``started`` (``time.perf_counter``)."""
        self._calls.append(time.perf_counter() - started)

    def run(self, done: int) -> Run:
        """Return the run that ends now."""
        return Run(done, time.perf_counter() - self._started, self._calls)


def machine(server_version: str) -> dict[str, Any]:
    """Say what the figures were measured on."""
    return {
        "cores": len(os.sched_getaffinity(0))
        if hasattr(os, "sched_getaffinity")
        else os.cpu_count(),
        "memory_mib": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20,
        "processor": processor(),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "postgresql": server_version,
    }


def processor() -> str:
    """Return the processor's name where the system tells it."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:  # noqa: PTH123
            for line in lines:
                name, _, value = line.partition(":")
                if name.strip() == "model name":
                    return value.strip()
    except OSError:
        return platform.processor()
    return platform.processor()
