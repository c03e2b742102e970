"""The IoT story over the real server and worker, with few devices and messages."""

from __future__ import annotations

import ast
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from groschen.demo import iot
from groschen.demo.checks import Checks
from groschen.demo.invoicing import verify_offline
from groschen.demo.iot.expected import Expected
from groschen.demo.iot.numbers import PUNCTUAL, IotNumbers, make_plot, read_iot
from groschen.demo.iot.proof import prove
from groschen.demo.numbers import NumberUnusable

if TYPE_CHECKING:
    from collections.abc import Callable

    from groschen.demo.iot.telling import Told

FEW = IotNumbers(devices=5, events=500, seed=2)


def test_every_figure_is_as_computed_from_the_messages_alone(
    tell_data: Callable[[IotNumbers], Told],
) -> None:
    told, checks = tell_data(FEW), Checks()
    prove(told, checks)
    assert checks.failed == []
    assert len(checks.made) == len({check.name for check in checks.made}) > 60
    assert {one.invoice["type"] for one in told.second} == {"380", "381"}
    assert verify_offline(told.documents) == (True, False)

    assert _failed(replace(told, second=told.second[1:]))
    assert _failed(replace(told, repeated=told.sent))


def _failed(told: Told) -> int:
    checks = Checks()
    prove(told, checks)
    return len(checks.failed)


@pytest.mark.parametrize("seed", range(3))
def test_the_showcases_own_numbers_correct_and_credit(seed: int) -> None:
    plot = make_plot(IotNumbers(seed=seed))
    expected = Expected(plot)
    assert len(plot.all) == 100_000
    assert sum(expected.devices) == 200
    assert expected.second[PUNCTUAL].net < 0
    assert any(one.net > 0 for one in expected.second)
    assert any(amounts["minimum"] for amounts in expected.amounts)
    assert expected.statements[2].opening < 0 < expected.statements[2].payout
    assert sum(expected.ledger().values()) == 0


def test_what_must_come_out_is_computed_without_the_product() -> None:
    file = Path(iot.__file__).with_name("expected.py")
    imported = {
        node.module or ""
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.ImportFrom)
    }
    own = {"groschen.demo.exact", "groschen.demo.iot.numbers"}
    assert {name for name in imported if name.startswith("groschen")} <= own


@pytest.mark.parametrize(
    ("devices", "events", "option"),
    [("1", "500", "devices"), ("2", "499", "events"), ("2", "1e6", "events")],
)
def test_numbers_that_cannot_be_are_refused_by_the_name_of_their_option(
    devices: str, events: str, option: str
) -> None:
    with pytest.raises(NumberUnusable) as refused:
        read_iot(devices, events, 1)
    assert refused.value.field == option
    assert f"--{option}" in refused.value.detail
