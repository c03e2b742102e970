"""Every aggregation against its cases in ``tests/golden/meters/<kind>.json``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest

from golden.printed import FOLDER
from groschen.core.meters import Meter, UsageFact, aggregation_kinds, parse_meter
from groschen.core.totals import State, state_from_json, state_to_json

Case = Mapping[str, Any]
DATA: dict[str, Case] = {
    path.stem: json.loads(path.read_text()) for path in (FOLDER / "meters").glob("*.json")
}
CASES = [
    pytest.param(kind, case, id=f"{kind}: {case['rule']}")
    for kind, data in sorted(DATA.items())
    for case in data["cases"]
]


def meter_of(kind: str) -> Meter:
    spec = {"id": "m", "event_type": "used", "aggregation": kind, "value": DATA[kind]["value"]}
    return parse_meter(spec)


def facts_of(kind: str, case: Case) -> list[UsageFact]:
    return [
        UsageFact(
            source="meter",
            id=f"{index:03}",
            type="used",
            subject="s",
            occurred_at=datetime.fromisoformat(f"2026-03-01T{fact['at']}Z"),
            properties={DATA[kind]["value"] or "anything": fact.get("value")},
        )
        for index, fact in enumerate(case["facts"])
    ]


def folded(meter: Meter, facts: list[UsageFact]) -> State:
    return meter.folding.fold_many({}, facts, meter.value or "")


def test_every_aggregation_has_cases() -> None:
    assert set(aggregation_kinds()) == DATA.keys()


@pytest.mark.parametrize("kind", sorted(DATA))
def test_state_class_is_the_declared_one(kind: str) -> None:
    assert meter_of(kind).folding.state_class == DATA[kind]["state_class"]


@pytest.mark.parametrize(("kind", "case"), CASES)
def test_quantity_in_any_order_of_the_facts(kind: str, case: Case) -> None:
    meter = meter_of(kind)
    for order in permutations(facts_of(kind, case)):
        state = folded(meter, list(order))
        assert meter.folding.quantity(state) == Decimal(case["quantity"])
        one_by_one: State = {}
        for fact in order:
            one_by_one = meter.folding.fold_many(one_by_one, (fact,), meter.value or "")
        assert one_by_one == state


@pytest.mark.parametrize(("kind", "case"), CASES)
def test_a_stored_state_is_the_same_state(kind: str, case: Case) -> None:
    state = folded(meter_of(kind), facts_of(kind, case))
    assert state_from_json(json.loads(json.dumps(state_to_json(state)))) == state
