"""Run a showcase from nothing: start everything, tell the story, check every figure, serve."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import cyclopts
from cyclopts import Parameter
from rich.console import Console

from groschen.demo import report
from groschen.demo.checks import Checks
from groschen.demo.electricity.numbers import ElectricityNumbers, read_electricity
from groschen.demo.electricity.story import electricity as tell_power
from groschen.demo.eticket_story import eticket as tell_tickets
from groschen.demo.files import require_writable
from groschen.demo.installation import Doorway, await_end, installed
from groschen.demo.iot.numbers import IotNumbers, read_iot
from groschen.demo.iot.story import iot as tell_data
from groschen.demo.numbers import THIRDS, EticketNumbers, read_numbers
from groschen.demo.progress import Phases
from groschen.demo.story import Stage, Story, Teller
from groschen.kit.config import load_settings
from groschen.kit.listening import LISTEN_FD, AddressUnusable, listening

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

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
    own = EticketNumbers(seed=run.seed)
    thirds = replace(THIRDS, seed=run.seed)
    tellers: dict[str, Teller] = {
        "": partial(tell_tickets, numbers=own),
        "thirds: ": partial(tell_tickets, numbers=thirds, is_shown=False),
        "electricity: ": partial(tell_power, numbers=ElectricityNumbers(seed=run.seed)),
        "iot: ": partial(tell_data, numbers=IotNumbers(seed=run.seed)),
    }
    return _run("eticket", tellers, run)


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
    return _run("eticket", {"": partial(tell_tickets, numbers=numbers)}, run)


@command.command
def electricity(
    *,
    households: str = "50",
    days: str = "30",
    run: Annotated[Run | None, Parameter(name="*")] = None,
) -> int:
    """A month of prepaid households: balances that fall with every reading.

    Parameters
    ----------
    households
        How many, 4 to 2,000.
    days
        How many days from 5 March 2027 on, 3 to 31.
    """
    run = run or Run()
    numbers = read_electricity(households, days, run.seed)
    return _run("electricity", {"": partial(tell_power, numbers=numbers)}, run)


@command.command
def iot(
    *,
    devices: str = "200",
    events: str = "100000",
    run: Annotated[Run | None, Parameter(name="*")] = None,
) -> int:
    """A month of messages from devices: invoices to companies, corrections, a marketplace.

    Parameters
    ----------
    devices
        How many, 2 to 10,000.
    events
        How many messages they send, 500 to 5,000,000.
    """
    run = run or Run()
    numbers = read_iot(devices, events, run.seed)
    return _run("iot", {"": partial(tell_data, numbers=numbers)}, run)


def _run(showcase: str, tellers: Mapping[str, Teller], run: Run) -> int:
    """Tell stories in a running installation; their names go in front of their checks."""
    console = Console()
    settings = load_settings(port=run.port, data_dir=run.data)
    if run.json is not None:
        require_writable(run.json)
    with (
        _doorway(settings, run) as doorway,
        Phases(console) as phases,
        installed(settings, doorway, phases) as installation,
        ExitStack() as stack,
    ):
        checks, told = Checks(), dict[str, Story]()
        for name, tell in tellers.items():
            phases.story = checks.story = name
            told[name] = tell(Stage(installation, phases, checks, stack))
        phases.story = ""
        first = next(iter(told.values()))
        if run.serve and first.epilogue is not None:
            first.epilogue()
        phases.stop()
        if run.json is not None:
            content = report.as_json(showcase, told, checks, phases)
            run.json.write_text(content, encoding="utf-8")
        _show(console, told, checks, phases)
        _write(console, first, run.files or installation.folder / FILES)
        if run.serve:
            _serve(console, installation, told.values())
    return 1 if checks.failed else 0


def _show(console: Console, told: Mapping[str, Story], checks: Checks, phases: Phases) -> None:
    for story in told.values():
        report.show_story(console, story)
    report.show_books(console, [books for story in told.values() for books in story.books])
    report.show_checks(console, checks)
    report.show_timings(console, told, phases)


def _write(console: Console, story: Story, folder: Path) -> None:
    if story.write is not None:
        story.write(folder)
        console.print(f"A ticket, the payout file and line files are in {folder}")


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


def _serve(console: Console, installation: Installation, told: Iterable[Story]) -> None:
    url = installation.base_url
    console.print(f"Console and API: {url}")
    doors = {whom: path for story in told if story.shown for whom, path in story.doors.items()}
    for whom, path in doors.items():
        console.print(f"Sign in once as {whom}: {url + path}", soft_wrap=True)
    console.print("Ctrl-C ends it.")
    await_end(installation)
