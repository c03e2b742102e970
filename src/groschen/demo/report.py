"""What happened, in plain words and tables, and the JSON for machines."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Final

from rich.box import SIMPLE
from rich.table import Table

from groschen.demo.exact import text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rich.console import Console

    from groschen.demo.checks import Checks
    from groschen.demo.progress import Phases
    from groschen.demo.story import Books, Story

SET_UP: Final = "GROSCHEN_SETUP_SECONDS"
MILLISECONDS: Final = 1000
BESIDE: Final = "selling"
"""A phase that runs beside another one, so that its time is counted there."""


def as_json(showcase: str, stories: Mapping[str, Story], checks: Checks, phases: Phases) -> str:
    """Return figures and checks; everything that differs between two runs is in ``timings``.

    The figures of the first story stand at the top, those of further ones below ``also``.
    """
    first, *others = stories.items()
    content = {
        "showcase": showcase,
        **_figures(first[1]),
        "also": {name.rstrip(": "): _figures(story) for name, story in others},
        "checks": checks.to_json(),
        "timings": phases.timings() | _all_rates(stories, phases),
    }
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def _figures(story: Story) -> dict[str, object]:
    return {"options": story.options, "figures": story.figures}


def _all_rates(stories: Mapping[str, Story], phases: Phases) -> dict[str, str]:
    return {
        prefix + name: rate
        for prefix, story in stories.items()
        for name, rate in _rates(prefix, story, phases).items()
    }


def _rates(prefix: str, story: Story, phases: Phases) -> dict[str, str]:
    return {name: rate.text(phases, prefix) for name, rate in story.rates.items()}


def show_story(console: Console, story: Story) -> None:
    """Say what happened."""
    if story.shown:
        console.rule(story.title)
    for shown in story.shown:
        console.print(shown)


def show_books(console: Console, books: Iterable[Books]) -> None:
    """Say how the books of every tenant close."""
    table = Table(title="How the books close, in EUR", title_justify="left", box=SIMPLE, padding=0)
    table.add_column("tenant", no_wrap=True)
    for heading in ("off", "ledgers", "stated", "paid out", "invoices"):
        table.add_column(heading, justify="right", no_wrap=True)
    for one in books:
        table.add_row(
            one.tenant,
            text(one.difference),
            "equal" if one.verified else "[red]NOT EQUAL[/red]",
            text(one.stated),
            text(one.paid),
            f"{one.invoices} of {one.documents}" if one.documents else "",
        )
    table.caption = (
        "What the trial balance is off, sub-ledgers and ledger, invoices verified offline"
    )
    console.print(table)


def show_checks(console: Console, checks: Checks) -> None:
    """Say how many checks hold, and show those that do not."""
    if not checks.failed:
        console.print(f"[green]All {len(checks.made)} checks hold.[/green]")
        return
    table = Table("check", "expected", "actual", title="These checks do not hold")
    for check in checks.failed:
        table.add_row(check.name, check.expected, check.actual)
    console.print(table)
    console.print(f"[red]{len(checks.failed)} of {len(checks.made)} checks do not hold.[/red]")


def show_timings(console: Console, stories: Mapping[str, Story], phases: Phases) -> None:
    """Say how long it took, download and installation apart."""
    spent = phases.milliseconds.items()
    total = sum(taken for name, taken in spent if not name.endswith(BESIDE))
    console.print(f"From starting PostgreSQL to the last figure it took {total // MILLISECONDS} s.")
    for prefix, story in stories.items():
        if story.shown:
            console.print(story.speed.format_map(_rates(prefix, story, phases)))
    if SET_UP in os.environ:
        console.print(f"Download and installation before that took {os.environ[SET_UP]} s.")
