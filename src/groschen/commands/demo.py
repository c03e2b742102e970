"""Run a showcase from nothing: start everything, tell the story, check every figure, serve."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import cyclopts
from cyclopts import Parameter
from rich.console import Console

from groschen.demo import report
from groschen.demo.checks import Checks
from groschen.demo.epilogue import live_on
from groschen.demo.eticket import tell_eticket
from groschen.demo.expected import Expected
from groschen.demo.files import require_writable, write_files
from groschen.demo.installation import Doorway, await_end, installed
from groschen.demo.numbers import THIRDS, EticketNumbers, read_numbers
from groschen.demo.progress import Phases
from groschen.demo.proof import add_verified, prove
from groschen.demo.receiver import card_maker
from groschen.demo.report import Story
from groschen.demo.tools import verify
from groschen.kit.config import load_settings
from groschen.kit.listening import LISTEN_FD, AddressUnusable, listening

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from groschen.demo.eticket import Told
    from groschen.demo.installation import Installation
    from groschen.demo.receiver import CardMaker
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
    own = EticketNumbers(seed=run.seed)
    return _run({"": own, "thirds: ": replace(THIRDS, seed=run.seed)}, run)


@command.command
def eticket(
    *,
    tickets: str = "10000",
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
    return _run({"": numbers}, run)


def _run(stories: Mapping[str, EticketNumbers], run: Run) -> int:
    """Tell the stories in a running installation; their names go in front of their checks."""
    console = Console()
    settings = load_settings(port=run.port, data_dir=run.data)
    if run.json is not None:
        require_writable(run.json)
    with (
        _doorway(settings, run) as doorway,
        Phases(console) as phases,
        installed(settings, doorway, phases) as installation,
        ExitStack() as makers,
    ):
        checks, told = Checks(), dict[str, Story]()
        for name, numbers in stories.items():
            phases.story = checks.story = name
            cards = makers.enter_context(card_maker())
            told[name] = _tell(installation, numbers, phases, cards, checks)
        first = next(iter(told.values()))
        phases.story = ""
        if run.serve:
            asyncio.run(live_on(installation, first.numbers, first.told, phases))
        phases.stop()
        files = write_files(run.files or installation.folder / FILES, first.told)
        if run.json is not None:
            content = report.as_json(first.numbers, told, checks, phases)
            run.json.write_text(content, encoding="utf-8")
        report.show_story(console, first)
        report.show_checks(console, checks)
        report.show_timings(console, first.numbers, phases)
        console.print(f"A ticket, the payout file and line files are in {files.folder}")
        if run.serve:
            _serve(console, installation, first.told)
    return 1 if checks.failed else 0


def _tell(
    installation: Installation,
    numbers: EticketNumbers,
    phases: Phases,
    cards: CardMaker,
    checks: Checks,
) -> Story:
    told = asyncio.run(tell_eticket(installation, numbers, phases, cards))
    with phases.phase("proving", "Checking every figure"):
        prove(told, Expected(numbers), checks)
        verified = verify(installation, told)
        add_verified(checks, verified)
    if not verified.ledger:
        phases.console.print(verified.report)
    return Story(numbers, told)


@contextmanager
def _doorway(settings: Settings, run: Run) -> Iterator[Doorway]:
    """Listen on the port; one that is taken and was not asked for gives way to a free one."""
    with ExitStack() as stack:
        try:
            socket = stack.enter_context(listening(settings))
        except AddressUnusable:
            if run.port is not None:
                raise
            any_port = settings.model_copy(update={"port": 0})
            socket = stack.enter_context(listening(any_port))
        yield Doorway(socket, LISTEN_FD)


def _serve(console: Console, installation: Installation, told: Told) -> None:
    url = installation.base_url
    console.print(f"Console and API: {url}")
    own = url + told.alliance.link_path
    console.print(f"Sign in once as the alliance: {own}", soft_wrap=True)
    if told.platform.link_path is not None:
        administrator = url + told.platform.link_path
        console.print(f"Sign in once as the administrator of all: {administrator}", soft_wrap=True)
    console.print("Ctrl-C ends it.")
    await_end(installation)
