"""The electricity story over the real server and worker, with few households and days."""

from __future__ import annotations

import ast
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from groschen.demo import electricity
from groschen.demo.checks import Checks
from groschen.demo.electricity.expected import Expected
from groschen.demo.electricity.numbers import ElectricityNumbers, make_plot, read_electricity
from groschen.demo.electricity.proof import expected_blocks, prove
from groschen.demo.electricity.telling import public_holidays
from groschen.demo.exact import text
from groschen.demo.numbers import NumberUnusable

if TYPE_CHECKING:
    from collections.abc import Callable

    from groschen.demo.electricity.telling import Told

FEW = ElectricityNumbers(households=5, days=4, seed=3)


def test_every_figure_is_as_computed_from_the_plot_alone(
    tell_power: Callable[[ElectricityNumbers], Told],
) -> None:
    told, checks = tell_power(FEW), Checks()
    prove(told, checks)
    assert checks.failed == []
    assert len(checks.made) == len({check.name for check in checks.made}) > 80

    steps = (*told.steps[:-1], (told.steps[-1][0], told.steps[-1][1] + 1))
    assert _failed(replace(told, steps=steps))
    village = replace(told.village, planned=told.village.planned + 1)
    assert _failed(replace(told, village=village))


def _failed(told: Told) -> int:
    checks = Checks()
    prove(told, checks)
    return len(checks.failed)


def test_the_reference_household_comes_to_the_printed_figures() -> None:
    """The figures of the worked example, blocks B1, B3, B5, B6, B7, B10 and B11."""
    shown = {
        block: {account: text(figure, 6) for account, figure in accounts.items()}
        for block, accounts in expected_blocks().items()
    }
    assert shown == {
        "B1": {
            "BANK": "20.00",
            "PREPAID": "-20.00",
            "PREPAID_VAT": "3.193277",
            "TAX_OUT": "-3.193277",
        },
        "B3": {
            "PREPAID": "3.22728",
            "REV_ENERGY": "-2.352",
            "REV_BASE": "-0.36",
            "PREPAID_VAT": "-0.51528",
        },
        "B5": {"COST_OF_SHARES": "2.378", "SHARE_RELEASED": "-2.378"},
        "B6": {
            "PARTNER_CLAIM": "2.378",
            "REV_WHOLESALE": "-2.378",
            "COST_OF_SHARES": "0.76425",
            "SHARE_RELEASED": "-0.76425",
        },
        "B10": {
            "PREPAID": "0.40",
            "EMERGENCY_CREDIT": "2.82728",
            "REV_ENERGY": "-2.352",
            "REV_BASE": "-0.36",
            "PREPAID_VAT": "-0.063866",
            "TAX_OUT": "-0.451414",
        },
        "B11": {
            "BANK": "20.00",
            "EMERGENCY_CREDIT": "-2.82728",
            "PREPAID": "-17.17272",
            "PREPAID_VAT": "2.741863",
            "TAX_OUT": "-2.741863",
        },
    }


def test_thirty_reference_days_are_settled_as_printed() -> None:
    plot = make_plot(ElectricityNumbers())
    expected = Expected(plot.village, plot.days, public_holidays())
    assert text(expected.statement) == "71.34"
    assert text(expected.statement_vat) == "13.55"
    assert text(expected.margin / 30) == "0.334"
    assert sum(expected.ledger().values()) == 0


@pytest.mark.parametrize("seed", range(5))
def test_nobody_owes_anything_but_on_the_weekend(seed: int) -> None:
    plot = make_plot(ElectricityNumbers(households=20, days=31, seed=seed))
    expected = Expected(plot.town, plot.days, public_holidays())
    assert not any(life.purse.owed for life in expected.lives.values())
    assert not any(
        standing.overdraft for life in expected.lives.values() for standing in life.standings[3:]
    )


def test_what_must_come_out_is_computed_without_the_product() -> None:
    file = Path(electricity.__file__).with_name("expected.py")
    imported = {
        node.module or ""
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.ImportFrom)
    }
    own = {"groschen.demo.exact", "groschen.demo.electricity.numbers"}
    assert {name for name in imported if name.startswith("groschen")} <= own


@pytest.mark.parametrize(
    ("households", "days", "option"),
    [
        ("3", "30", "households"),
        ("50", "3", "days"),
        ("50", "32", "days"),
        ("x", "30", "households"),
    ],
)
def test_numbers_that_cannot_be_are_refused_by_the_name_of_their_option(
    households: str, days: str, option: str
) -> None:
    with pytest.raises(NumberUnusable) as refused:
        read_electricity(households, days, 1)
    assert refused.value.field == option
    assert f"--{option}" in refused.value.detail
