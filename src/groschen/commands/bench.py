"""Measure how fast this machine books, sells and quotes, each figure beside its limit."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import uvloop
from cyclopts import Parameter
from rich.console import Console
from rich.table import Table

from groschen.bench import benchmark_named, load
from groschen.bench.figures import Figure, machine
from groschen.bench.ground import ground, own_settings, server_version

if TYPE_CHECKING:
    from groschen.bench.registry import Benchmark
    from groschen.kit.config import Settings


def command(
    name: str,
    *,
    as_json: Annotated[bool, Parameter(name="--json", negative="")] = False,
    data: Path | None = None,
    effort: float = 1.0,
) -> int:
    """Run one benchmark in a database of its own; status 1 when a target is missed.

    Parameters
    ----------
    name
        Which benchmark, such as ledger.
    as_json
        Print JSON instead of a table.
    data
        Folder for the database; by default one that is removed at the end.
    effort
        How much to measure: 1 is the normal length, 0.1 a tenth of it.
    """
    for _ in load():
        pass
    chosen = benchmark_named(name)
    with own_settings(data) as settings:
        figures = uvloop.run(_measure(chosen, settings, effort))
        owner = settings.owner_database_url
        facts = machine(server_version(owner.get_secret_value() if owner else ""))
    if as_json:
        answer = {"figures": [figure.to_json() for figure in figures], "machine": facts}
        sys.stdout.write(json.dumps(answer, indent=2) + "\n")
    else:
        _print(figures, facts)
    return 0 if all(figure.met for figure in figures) else 1


async def _measure(chosen: Benchmark, settings: Settings, effort: float) -> list[Figure]:
    async with ground(settings, effort) as prepared:
        return await chosen(prepared)


def _print(figures: list[Figure], facts: dict[str, Any]) -> None:
    table = Table("figure", "value", "unit", "limit", "ratio", "target", "p50 ms", "p99 ms", "met")
    for figure in figures:
        shown = figure.to_json()
        cells = [shown[key] for key in ("value", "unit", "limit", "ratio", "target", "p50", "p99")]
        table.add_row(
            figure.name,
            *("" if cell is None else str(cell) for cell in cells),
            "yes" if figure.met else "no",
        )
    console = Console()
    console.print(table)
    console.print(", ".join(f"{name} {value}" for name, value in facts.items()))
