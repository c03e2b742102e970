"""Figures: medians beside their limits, and whether the targets are met."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from groschen.bench import BenchmarkUnknown, benchmark_named, load
from groschen.bench.figures import Figure, Run, machine, percentile
from groschen.bench.ground import ground

if TYPE_CHECKING:
    from groschen.kit.config import Settings


def test_a_figure_is_the_median_of_its_runs() -> None:
    runs = [Run(100, 1, [0.001, 0.003]), Run(100, 2, [0.002]), Run(100, 4, [])]
    limits = [Run(200, 1, [])]
    figure = Figure.of_rates("x", runs, limits, unit="x/s", target=40, target_ratio=0.25)
    assert figure.to_json() == {
        "name": "x",
        "value": 50.0,
        "unit": "x/s",
        "limit": 200.0,
        "ratio": 0.25,
        "target": 40,
        "target_ratio": 0.25,
        "met": True,
        "p50": 2.0,
        "p99": 2.98,
        "runs": [100.0, 50.0, 25.0],
    }


@pytest.mark.parametrize(
    ("value", "limit", "met"), [(40, 100, True), (39, 50, False), (60, 200, False)]
)
def test_value_and_ratio_both_have_to_be_met(value: float, limit: float, *, met: bool) -> None:
    figure = Figure("x", value, "x/s", limit=limit, target=40, target_ratio=0.4)
    assert figure.met is met


def test_a_latency_is_met_from_above() -> None:
    assert Figure("x", 9, "ms", target=10, lower_is_better=True).met
    assert not Figure("x", 11, "ms", target=10, lower_is_better=True).met
    assert Figure("x", 11, "ms").met
    assert not Figure("x", 11, "ms", target_ratio=0.5).met


def test_a_percentile_of_little_is_what_there_is() -> None:
    assert percentile([], 99) is None
    assert percentile([7], 99) == 7


def test_the_machine_is_told() -> None:
    assert machine("18.6").keys() >= {"cores", "memory_mib", "processor", "postgresql"}


def test_a_benchmark_is_found_by_name() -> None:
    assert "ledger" in list(load())
    with pytest.raises(BenchmarkUnknown) as caught:
        benchmark_named("warp")
    assert "ledger" in (caught.value.hint or "")


async def test_the_ledger_is_measured_twice_in_one_database(settings: Settings) -> None:
    list(load())
    for _ in range(2):
        async with ground(settings, 0.01) as prepared:
            figures = await benchmark_named("ledger")(prepared)
        assert [figure.name for figure in figures] == [
            "ledger_transfers_batch",
            "ledger_transfers_single",
        ]
        for figure in figures:
            assert figure.value > 0
            assert figure.limit is not None
            assert figure.limit > 0
