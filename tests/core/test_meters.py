from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groschen.core.errors import GroschenError, InvariantBroken
from groschen.core.meters import Aggregation, Meter, QuantityTooLarge, ValueTooLong, parse_meter
from groschen.core.meters.aggregation import aggregation
from groschen.core.meters.sum import Sum
from groschen.core.meters.unique import MOST_VALUES
from groschen.core.prices import FactIncomplete
from groschen.core.totals import StateClass
from support.usage_facts import used

SPEC: dict[str, Any] = {
    "id": "energy",
    "event_type": "used",
    "aggregation": "sum",
    "value": "kwh",
    "filters": [
        {"property": "tariff", "operator": "in", "value": ["day", "night"]},
        {"property": "phase", "operator": "eq", "value": 1},
        {"property": "site", "operator": "exists"},
    ],
    "group_by": ["tariff", "site"],
}


def meter(**changed: object) -> Meter:
    return parse_meter(
        {"id": "m", "event_type": "used", "aggregation": "sum", "value": "kwh"} | changed
    )


def folding(kind: str) -> Aggregation:
    value = None if kind == "count" else "kwh"
    return meter(aggregation=kind, value=value).folding


def test_the_stored_form_gives_the_same_meter() -> None:
    read = parse_meter(SPEC)
    assert read.to_json() == SPEC
    again = parse_meter(json.loads(json.dumps(read.to_json())))
    assert (again, again.hash) == (read, read.hash)


def test_another_meter_has_another_hash() -> None:
    specs = [SPEC, SPEC | {"value": "wh"}, SPEC | {"filters": []}, SPEC | {"group_by": []}]
    assert len({parse_meter(spec).hash for spec in specs}) == len(specs)


def test_a_count_reads_no_property() -> None:
    counted = parse_meter({"id": "calls", "event_type": "call", "aggregation": "count"})
    assert (counted.value, counted.filters, counted.group_by) == (None, (), ())
    assert parse_meter(counted.to_json()) == counted


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"aggregation": "median"}, "aggregation"),
        ({"aggregation": None}, "aggregation"),
        ({"aggregation": "count"}, "value"),
        ({"value": None}, "value"),
        ({"value": " "}, "value"),
        ({"id": ""}, "id"),
        ({"event_type": None}, "event_type"),
        ({"unit": "kWh"}, "unit"),
        ({"filters": {}}, "filters"),
        ({"filters": [{"property": "a", "operator": "exists"}] * 21}, "filters"),
        ({"filters": [{"property": "a", "operator": "like", "value": "x"}]}, "filters.0.operator"),
        ({"filters": [{"operator": "exists"}]}, "filters.0.property"),
        ({"filters": [{"property": "a", "operator": "exists", "value": 1}]}, "filters.0.value"),
        ({"filters": [{"property": "a", "operator": "eq"}]}, "filters.0.value"),
        ({"filters": [{"property": "a", "operator": "eq", "value": 1.5}]}, "filters.0.value"),
        ({"filters": [{"property": "a", "operator": "in", "value": "x"}]}, "filters.0.value"),
        ({"filters": [{"property": "a", "operator": "in", "value": []}]}, "filters.0.value"),
        ({"filters": [{"property": "a", "operator": "in", "value": [1, []]}]}, "filters.0.value.1"),
        (
            {"filters": [{"property": "a", "operator": "in", "value": [1] * 1001}]},
            "filters.0.value",
        ),
        ({"group_by": "site"}, "group_by"),
        ({"group_by": ["a", "b", "c", "d", "e"]}, "group_by"),
        ({"group_by": ["a", "a"]}, "group_by.1"),
        ({"group_by": [1]}, "group_by.0"),
        ({"group_by": ["a", " "]}, "group_by.1"),
    ],
)
def test_a_bad_meter_is_refused_with_the_path_of_its_field(
    changed: dict[str, object], field: str
) -> None:
    with pytest.raises(GroschenError) as refusal:
        parse_meter(SPEC | changed, path="meter")
    assert refusal.value.field == f"meter.{field}"
    assert refusal.value.hint


def test_a_name_of_an_aggregation_is_taken_once() -> None:
    with pytest.raises(InvariantBroken):
        aggregation("sum", state=StateClass.ADDITIVE)(Sum)


@pytest.mark.parametrize(
    ("properties", "counts"),
    [
        ({"tariff": "day", "phase": 1, "site": "x"}, True),
        ({"tariff": "night", "phase": Decimal("1.0"), "site": False}, True),
        ({"tariff": "dusk", "phase": 1, "site": "x"}, False),
        ({"tariff": "day", "phase": "1", "site": "x"}, False),
        ({"tariff": "day", "phase": True, "site": "x"}, False),
        ({"tariff": ["day"], "phase": 1, "site": "x"}, False),
        ({"phase": 1, "site": "x"}, False),
        ({"tariff": "day", "phase": 1}, False),
        ({"tariff": "day", "phase": 1, "site": None}, False),
    ],
)
def test_filters_say_which_events_count(properties: dict[str, object], *, counts: bool) -> None:
    assert parse_meter(SPEC).matches("used", properties) is counts
    assert not parse_meter(SPEC).matches("returned", properties)


def test_a_group_has_one_spelling() -> None:
    grouped = meter(group_by=["site", "phase"])
    keys = {
        grouped.group_of(used(site="Süd", phase=phase)) for phase in (1, Decimal(1), Decimal("1.0"))
    }
    assert keys == {'{"phase":1,"site":"Süd"}'}
    assert grouped.group_of(used(phase=True, site='"')) == '{"phase":true,"site":"\\""}'
    assert meter().group_of(used(site="x")) == ""


@pytest.mark.parametrize(
    "value", [None, Decimal("1.5"), Decimal("NaN"), Decimal("Infinity"), ["a"], "x" * 256]
)
def test_a_group_needs_a_text_or_a_whole_number(value: object) -> None:
    with pytest.raises(FactIncomplete) as refusal:
        meter(group_by=["site"]).check(used(kwh=Decimal(1), site=value))
    assert refusal.value.field == "data.site"


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        [],
        "seven",
        "1e3",
        "",
        "9" * 80,
        Decimal("NaN"),
        Decimal("Infinity"),
        Decimal("sNaN"),
    ],
)
@pytest.mark.parametrize("kind", ["sum", "max", "min", "latest"])
def test_a_fact_without_a_number_is_refused(kind: str, value: object) -> None:
    with pytest.raises(FactIncomplete) as refusal:
        meter(aggregation=kind).check(used(kwh=value))
    assert refusal.value.field == "data.kwh"
    assert refusal.value.hint == 'send a number such as "7.35"'


@pytest.mark.parametrize("kind", ["count", "unique"])
def test_other_aggregations_take_any_value_they_can_tell_apart(kind: str) -> None:
    checked = meter(aggregation=kind, value=None if kind == "count" else "kwh")
    checked.check(used(kwh="seven"))


@pytest.mark.parametrize(
    "value", [Decimal("1E10"), -(10**10), "10000000000", Decimal("0.0000000000001"), 10**30]
)
def test_a_number_with_too_many_digits_is_refused(value: object) -> None:
    with pytest.raises(ValueTooLong) as refusal:
        meter().check(used(kwh=value))
    assert refusal.value.field == "data.kwh"


@pytest.mark.parametrize(
    "value", ["9999999999.999999999999", Decimal("0.10000000000000"), -9999999999]
)
def test_numbers_may_use_all_their_digits(value: object) -> None:
    meter().check(used(kwh=value))


def test_a_sum_beyond_sixteen_digits_is_refused() -> None:
    almost = {"sum": Decimal(9999999999999999)}
    with pytest.raises(QuantityTooLarge) as refusal:
        folding("sum").fold_many(almost, [used(kwh=1)], "kwh")
    assert refusal.value.field == "quantity"
    assert folding("sum").fold_many(almost, [used(kwh="0.9")], "kwh")


def test_too_many_different_values_are_refused() -> None:
    full = {str(number): Decimal(1) for number in range(MOST_VALUES)}
    with pytest.raises(QuantityTooLarge):
        folding("unique").fold_many(full, [used(kwh="new")], "kwh")
    assert len(folding("unique").fold_many(full, [used(kwh=7)], "kwh")) == MOST_VALUES


@pytest.mark.parametrize("kind", ["max", "min"])
def test_taking_out_the_winner_folds_again(kind: str) -> None:
    facts = [used(1, kwh=3), used(2, kwh=8), used(3, kwh=5)]
    state = folding(kind).fold_many({}, facts, "kwh")
    assert folding(kind).unfold(state, facts[2], "kwh") == state
    winner = facts[1] if kind == "max" else facts[0]
    assert folding(kind).unfold(state, winner, "kwh") is None


def test_taking_out_the_last_value_folds_again() -> None:
    facts = [used(1, kwh=3), used(2, kwh=8)]
    state = folding("latest").fold_many({}, facts, "kwh")
    assert folding("latest").unfold(state, facts[0], "kwh") == state
    assert folding("latest").unfold(state, facts[1], "kwh") is None


def test_a_void_before_its_event_leaves_nothing_when_the_event_comes() -> None:
    unique = folding("unique")
    early = unique.unfold({}, used(kwh="a"), "kwh")
    assert early is not None
    assert unique.quantity(early) == 0
    assert unique.fold_many(early, [used(kwh="a")], "kwh") == {}


VALUES = st.lists(st.decimals(-(10**6), 10**6, places=4), max_size=12)


@given(VALUES, st.data(), st.sampled_from(["count", "sum", "max", "min", "latest", "unique"]))
def test_any_order_and_batching_gives_the_same_state(
    values: list[Decimal], data: st.DataObject, kind: str
) -> None:
    texts = [f"{value:f}" for value in values]
    facts = [used(index, minute=index % 3, kwh=text) for index, text in enumerate(texts)]
    made = folding(kind)
    at_once = made.fold_many({}, facts, "kwh")
    shuffled = data.draw(st.permutations(facts))
    cut = data.draw(st.integers(0, len(facts)))
    batched = made.fold_many(made.fold_many({}, shuffled[:cut], "kwh"), shuffled[cut:], "kwh")
    assert batched == at_once
    assert made.quantity(batched) == made.quantity(at_once)


@given(VALUES, st.data(), st.sampled_from(["count", "sum", "unique", "max", "min", "latest"]))
def test_taking_a_fact_out_restores_or_asks_to_fold_again(
    values: list[Decimal], data: st.DataObject, kind: str
) -> None:
    facts = [used(index, kwh=f"{value:f}") for index, value in enumerate([*values, Decimal(5)])]
    taken = data.draw(st.sampled_from(facts))
    others = [fact for fact in facts if fact is not taken]
    made = folding(kind)
    without = made.unfold(made.fold_many({}, facts, "kwh"), taken, "kwh")
    if without is None:
        assert made.state_class is StateClass.EXTREMAL
        assert kind != "unique"
    else:
        assert without == made.fold_many({}, others, "kwh")
