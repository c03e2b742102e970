"""Run a showcase from nothing: start everything, tell the story, check every figure, serve."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import cyclopts
from cyclopts import Parameter
from rich.console import Console

from groschen.commands._processes import LISTEN_FD, AddressUnusable, listening, settings_with
from groschen.demo import report
from groschen.demo.eticket import tell_eticket
from groschen.demo.expected import Expected
from groschen.demo.files import write_files
from groschen.demo.installation import Doorway, await_end, installed
from groschen.demo.numbers import EticketNumbers, read_numbers
from groschen.demo.progress import Phases
from groschen.demo.proof import add_verified, prove
from groschen.demo.receiver import card_maker
from groschen.demo.tools import verify

if TYPE_CHECKING:
    from collections.abc import Iterator

    from groschen.demo.eticket import Told
    from groschen.demo.installation import Installation
    from groschen.kit.config import Settings

FILES: Final = "showcase"
command = cyclopts.App(name="demo", help=__doc__)


@Parameter(name="*")
@dataclass(frozen=True, slots=True)
class Run:
    """How a showcase is run.

    Parameters
    ----------
    serve
        Go on serving console and API at the end, until Ctrl-C.
    seed
        Chooses who buys and which tickets something happens to; the same seed, the same figures.
    json
        Write figures and checks to this file.
    data
        Folder of the embedded PostgreSQL; per user if left out.
    files
        Folder for a ticket, its key, the payout file and line files; in the data folder if left
        out.
    port
        Port to listen on; 8000, or any free one if that is taken.
    """

    serve: bool = True
    seed: int = 1
    json: Path | None = None
    data: Path | None = None
    files: Path | None = None
    port: int | None = None


@command.default
def all_showcases(run: Run | None = None) -> int:
    """Run the showcases with their own numbers; status 1 if a check does not hold."""
    run = run or Run()
    return _eticket(EticketNumbers(seed=run.seed), run)


@command.command
def eticket(
    *,
    tickets: int = 10_000,
    fare: str = "12.90",
    legs: str = "8.4,21.7,3.9",
    commission: str = "6",
    psp_fee: str = "0.43",
    cancel_fee: str = "2.00",
    chargeback_fee: str = "15",
    run: Annotated[Run | None, Parameter(name="*")] = None,
) -> int:
    """One ticket from price to the operators' bank lines, with anybody's numbers.

    Parameters
    ----------
    tickets
        How many are sold, 3 to 1,000,000.
    fare
        Gross, in EUR.
    legs
        Kilometres with each operator, 2 to 20, with commas between them.
    commission
        The alliance's commission in percent; 19 % VAT comes on top.
    psp_fee
        What the payment provider takes for each ticket, in EUR.
    cancel_fee
        What the alliance keeps of a refund, gross, in EUR.
    chargeback_fee
        What the payment provider takes for each chargeback, in EUR.
    """
    run = run or Run()
    numbers = read_numbers(
        tickets=tickets,
        fare=fare,
        legs=legs,
        commission=commission,
        psp_fee=psp_fee,
        cancel_fee=cancel_fee,
        chargeback_fee=chargeback_fee,
        seed=run.seed,
    )
    return _eticket(numbers, run)


def _eticket(numbers: EticketNumbers, run: Run) -> int:
    console = Console()
    settings = settings_with(port=run.port, data_dir=run.data)
    with card_maker() as cards, _doorway(settings, run) as doorway, Phases(console) as phases:
        with installed(settings, doorway, phases) as installation:
            told = asyncio.run(tell_eticket(installation, numbers, phases, cards))
            with phases.phase("proving", "Checking every figure"):
                checks = prove(told, Expected(numbers))
                files = write_files(run.files or installation.folder / FILES, told)
                add_verified(checks, verify(installation, files))
            phases.stop()
            if run.json is not None:
                report.write_json(run.json, numbers, told, checks, phases)
            report.show_story(console, numbers, told)
            report.show_checks(console, checks)
            report.show_timings(console, numbers, phases)
            console.print(f"A ticket, the payout file and line files are in {files.folder}")
            if run.serve:
                _serve(console, installation, told)
    return 1 if checks.failed else 0


@contextmanager
def _doorway(settings: Settings, run: Run) -> Iterator[Doorway]:
    """Listen on the port; one that is taken and was not asked for gives way to a free one."""
    try:
        listener = listening(settings)
        socket = listener.__enter__()
    except AddressUnusable:
        if run.port is not None:
            raise
        listener = listening(settings.model_copy(update={"port": 0}))
        socket = listener.__enter__()
    try:
        yield Doorway(socket, LISTEN_FD)
    finally:
        listener.__exit__(None, None, None)


def _serve(console: Console, installation: Installation, told: Told) -> None:
    url = installation.base_url
    console.print(f"Console and API: {url}")
    console.print(f"Sign in once as the alliance: {url}{told.alliance.link_path}", soft_wrap=True)
    if told.platform.first_start is not None:
        console.print(
            f"Sign in once as the administrator: {url}{told.platform.link_path}", soft_wrap=True
        )
    console.print("Ctrl-C ends it.")
    await_end(installation)
