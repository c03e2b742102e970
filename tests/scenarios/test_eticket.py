"""The eTicket story over the real server and worker, with other figures than the showcase's own."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from groschen import demo
from groschen.demo.checks import Checks
from groschen.demo.exact import text
from groschen.demo.expected import Expected
from groschen.demo.numbers import EticketNumbers, NumberUnusable, read_numbers
from groschen.demo.proof import prove

if TYPE_CHECKING:
    from collections.abc import Callable

    from groschen.demo.eticket import Told

THIRDS = EticketNumbers(tickets=30, fare=Decimal("10.00"), legs=(Decimal(1),) * 3)
SEVEN = EticketNumbers(
    tickets=31,
    fare=Decimal("27.83"),
    legs=tuple(Decimal(leg) for leg in ["1.1", "22.75", "0.3", "7", "13.37", "4.4", "0.05"]),
    commission=Decimal("7.35"),
    psp_fee=Decimal("0.29"),
    cancel_fee=Decimal("3.50"),
    chargeback_fee=Decimal("7.77"),
    seed=7,
)
NOBODY_EARNS = EticketNumbers(
    tickets=12,
    fare=Decimal("4.40"),
    legs=(Decimal("2.5"), Decimal(0), Decimal("9.9")),
    commission=Decimal(0),
    psp_fee=Decimal(0),
    cancel_fee=Decimal(0),
    chargeback_fee=Decimal(0),
)
ALMOST_NOTHING_IS_PAID = EticketNumbers(
    tickets=3, fare=Decimal("0.35"), legs=(Decimal(1), Decimal(99)), cancel_fee=Decimal("0.01")
)
EVERYTHING_IS_COMMISSION = EticketNumbers(
    tickets=20, fare=Decimal("99.99"), legs=(Decimal(3), Decimal(4)), commission=Decimal(100)
)


@pytest.mark.parametrize(
    "numbers",
    [THIRDS, SEVEN, NOBODY_EARNS, ALMOST_NOTHING_IS_PAID, EVERYTHING_IS_COMMISSION],
    ids=["thirds", "seven legs", "nobody earns", "almost nothing", "all commission"],
)
def test_every_figure_is_as_computed_from_the_numbers_alone(
    tell: Callable[[EticketNumbers], Told], numbers: EticketNumbers
) -> None:
    told, checks, expected = tell(numbers), Checks(), Expected(numbers)
    prove(told, expected, checks)
    assert checks.failed == []
    assert len(checks.made) == len({check.name for check in checks.made}) > 80

    _a_changed_figure_is_found(told, expected)


def _a_changed_figure_is_found(told: Told, expected: Expected) -> None:
    """The proof can fail: a cent more in one statement, one ticket less, a cent in the ledger."""
    partner, statement = next(iter(told.months[0].statements.items()))
    wrong = {**statement, "share": {"amount": "0.01", "currency": "EUR"}}
    month = replace(told.months[0], statements={**told.months[0].statements, partner: wrong})
    assert _failed(replace(told, months=(month, *told.months[1:])), expected)
    assert _failed(replace(told, completed=told.completed - 1), expected)
    rows = [*told.evidence.trial_balance["data"]]
    rows[0] = {**rows[0], "balance": "0.01"}
    balance = {**told.evidence.trial_balance, "data": rows}
    evidence = replace(told.evidence, trial_balance=balance)
    assert _failed(replace(told, evidence=evidence), expected)


def _failed(told: Told, expected: Expected) -> list[Any]:
    checks = Checks()
    prove(told, expected, checks)
    return checks.failed


def test_the_showcases_own_numbers_come_to_the_printed_figures() -> None:
    """The figures of the worked example, block A4 to A9 over 10,000 tickets."""
    expected = Expected(EticketNumbers())
    firsts = [partner.statements[0] for partner in expected.partners]
    assert [text(one.payout) for one in firsts if one] == ["29595.02", "76453.82", "13740.55"]
    assert text(expected.payout_total) == "119789.39"
    assert [text(one.share, 6) for one in expected.partners] == ["3.187059", "8.233235", "1.479706"]
    assert [text(one.net) for one in expected.provider_payouts] == ["124700.00", "-53.80"]
    assert sum(expected.ledger().values()) == 0


@pytest.mark.parametrize("module", ["expected", "exact"])
def test_what_must_come_out_is_computed_without_the_product(module: str) -> None:
    file = Path(demo.__file__).with_name(f"{module}.py")
    imported = {
        node.module or ""
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.ImportFrom)
    }
    own = {"groschen.demo.exact", "groschen.demo.numbers"}
    assert {name for name in imported if name.startswith("groschen")} <= own


def test_the_command_repeats_itself_byte_for_byte(tmp_path: Path) -> None:
    written = [_run_command(tmp_path, number) for number in range(2)]
    first, second = written
    assert first.pop("timings") != second.pop("timings")
    assert json.dumps(first) == json.dumps(second)
    assert all(check["ok"] for check in first["checks"])
    assert first["options"]["fare"] == "7.77"
    assert all(isinstance(value, str) for value in _leaves(first["figures"]))
    files = {file.name for file in (tmp_path / "files").iterdir()}
    assert {"ticket.txt", "ticket.svg", "ticket-key.pem", "payout-pain.001.xml"} <= files


def _run_command(folder: Path, number: int) -> dict[str, Any]:
    """Run the showcase as anybody would, twice over the same data folder."""
    file = folder / f"figures-{number}.json"
    given = "--tickets 12 --fare 7.77 --legs 1,2,3.5 --commission 5.5 --no-serve --seed 5"
    places = ["--data", folder / "data", "--json", file, "--files", folder / "files"]
    done = subprocess.run(
        [sys.executable, "-m", "groschen", "demo", "eticket", *given.split(), *map(str, places)],
        check=False,
        capture_output=True,
        text=True,
        timeout=280,
        env={**os.environ, "GROSCHEN_PORT": "0"},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "checks hold" in done.stdout
    found: dict[str, Any] = json.loads(file.read_text())
    return found


def _leaves(value: object) -> list[object]:
    if isinstance(value, dict):
        return [leaf for one in value.values() for leaf in _leaves(one)]
    if isinstance(value, list):
        return [leaf for one in value for leaf in _leaves(one)]
    return [value]


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("tickets", "2"),
        ("tickets", "2.5"),
        ("tickets", "many"),
        ("fare", "0"),
        ("fare", "12.905"),
        ("fare", "-1"),
        ("fare", "1.0000000000001"),
        ("fare", "twelve"),
        ("legs", "5"),
        ("legs", "0,0,0"),
        ("legs", "1,-1"),
        ("legs", ",".join(["1"] * 21)),
        ("commission", "100.01"),
        ("cancel_fee", "12.90"),
        ("psp_fee", "NaN"),
        ("chargeback_fee", "1e3"),
    ],
)
def test_numbers_that_cannot_be_are_refused_by_the_name_of_their_option(
    option: str, value: str
) -> None:
    given: dict[str, Any] = {
        "tickets": "10",
        "fare": "12.90",
        "legs": "1,2",
        "commission": "6",
        "psp_fee": "0.43",
        "cancel_fee": "2.00",
        "chargeback_fee": "15",
        "seed": 1,
    }
    with pytest.raises(NumberUnusable) as refused:
        read_numbers(**{**given, option: value})
    name = option.replace("_", "-")
    assert refused.value.field == name
    assert f"--{name}" in refused.value.detail
    assert read_numbers(**given).fare == Decimal("12.90")


@pytest.mark.parametrize(
    ("value", "places", "shown"),
    [
        ("1/3", 12, "0.333333333333"),
        ("-1/8", 2, "-0.13"),
        ("-1/1000", 2, "0.00"),
        ("7", 12, "7.00"),
    ],
)
def test_fractions_are_written_as_plain_decimals(value: str, places: int, shown: str) -> None:
    assert text(Fraction(value), places) == shown
