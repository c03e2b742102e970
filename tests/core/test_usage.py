from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groschen.core.canonical import EventHash
from groschen.core.errors import GroschenError
from groschen.core.meters import QuantityTooLarge, UsageFact, parse_meter
from groschen.core.money import Money, round12
from groschen.core.prices import FactIncomplete, parse_price
from groschen.core.rating import prove, rate_usage
from groschen.core.totals import StateClass, state_from_json, state_to_json
from groschen.core.usage import FixedRule, MeterUnfit, UsageRule
from support.usage_facts import NOON, used

TIERS = [
    {"up_to": "100", "unit_price": "1"},
    {"up_to": "200", "unit_price": "0.5", "flat_fee": "2"},
    {"unit_price": "0.1"},
]
PRICES: dict[str, dict[str, Any]] = {
    "flat": {"amount": "9.90"},
    "per_unit": {"unit_price": "0.32"},
    "graduated": {"tiers": TIERS},
    "volume": {"tiers": TIERS},
    "package": {"package_size": "10", "package_price": "3", "free_units": "5"},
    "first_free": {"unit_price": "0.05", "free_events": 3},
    "route_table": {
        "routes": {
            name: {"fare": fare, "legs": [{"operator": "op", "weight": "1"}]}
            for name, fare in (("A", "1.20"), ("B", "2.30"))
        }
    },
}
EACH_EVENT = ("flat", "first_free", "route_table")
AGGREGATIONS = ("count", "sum", "max", "min", "latest", "unique")


def rule(price: str, aggregation: str = "sum") -> UsageRule:
    meter = {"id": "m", "event_type": "used", "aggregation": aggregation}
    value = {} if aggregation == "count" else {"value": "kwh"}
    spec = {"kind": price, "params": {"currency": "EUR"} | PRICES[price]}
    return UsageRule(parse_meter(meter | value), parse_price(spec))


PAIRS = st.sampled_from(
    [
        (price, aggregation)
        for price in PRICES
        for aggregation in AGGREGATIONS
        if aggregation in ("count", "sum") or price not in EACH_EVENT
    ]
)
VALUES = st.lists(st.decimals(-1000, 1000, places=3), max_size=10)


def facts_of(values: list[Decimal]) -> list[UsageFact]:
    """Events that come in another order than they happened."""
    return [
        used(
            index,
            minute=-index if index % 2 else index // 3,
            kwh=f"{value:f}",
            route="AB"[index % 2],
        )
        for index, value in enumerate(values)
    ]


@pytest.mark.parametrize("price", EACH_EVENT)
@pytest.mark.parametrize("aggregation", ["max", "min", "latest", "unique"])
def test_a_price_of_each_event_needs_a_count_or_a_sum(price: str, aggregation: str) -> None:
    with pytest.raises(MeterUnfit) as refusal:
        rule(price, aggregation)
    assert refusal.value.field == "meter"


@pytest.mark.parametrize(
    ("price", "aggregation", "state_class"),
    [
        ("per_unit", "sum", "S"),
        ("graduated", "count", "S"),
        ("graduated", "max", "M"),
        ("volume", "unique", "M"),
        ("route_table", "sum", "S"),
        ("first_free", "sum", "E"),
        ("first_free", "count", "E"),
    ],
)
def test_the_state_class_follows_meter_and_price(
    price: str, aggregation: str, state_class: str
) -> None:
    assert rule(price, aggregation).state_class == StateClass(state_class)


def test_a_usage_rule_is_pinned_by_meter_and_price() -> None:
    rules = [rule(price, kind) for price in ("per_unit", "volume") for kind in ("sum", "max")]
    assert len({each.rule_hash for each in rules}) == 4
    assert rule("volume").rule_hash == rule("volume").rule_hash
    assert rule("volume").currency == "EUR"


@given(VALUES, PAIRS, st.data())
def test_any_order_and_batching_costs_the_same(
    values: list[Decimal], pair: tuple[str, str], data: st.DataObject
) -> None:
    made = rule(*pair)
    facts = facts_of(values)
    at_once = made.fold_many(made.empty(), facts)
    shuffled = data.draw(st.permutations(facts))
    cut = data.draw(st.integers(0, len(facts)))
    stored = json.dumps(state_to_json(made.fold_many(made.empty(), shuffled[:cut])))
    later = made.fold_many(state_from_json(json.loads(stored)), shuffled[cut:])
    assert later == at_once
    assert made.lines(later) == made.lines(at_once)


@given(VALUES, PAIRS)
def test_what_is_booked_in_steps_is_the_amount(
    values: list[Decimal], pair: tuple[str, str]
) -> None:
    made = rule(*pair)
    state, booked = made.empty(), made.amount(made.empty())
    for fact in facts_of(values):
        after = made.fold(state, fact)
        booked += made.amount(after) - made.amount(state)
        state = after
    assert booked == made.amount(made.fold_many({}, facts_of(values)))
    assert booked.amount == round12(booked.amount)


@given(VALUES, PAIRS, st.data())
def test_a_void_leaves_what_was_without_the_event(
    values: list[Decimal], pair: tuple[str, str], data: st.DataObject
) -> None:
    made = rule(*pair)
    facts = facts_of([*values, Decimal(4)])
    taken = data.draw(st.sampled_from(facts))
    without = made.unfold(made.fold_many({}, facts), taken)
    others = made.fold_many({}, [fact for fact in facts if fact is not taken])
    if without is None:
        assert made.state_class in (StateClass.EXTREMAL, StateClass.ORDERED)
    else:
        assert without == others
        assert made.fold(without, taken) == made.fold_many({}, facts)


@given(st.decimals(0, 10**6, places=6), st.decimals(0, 10**6, places=6))
def test_more_use_never_costs_less_where_tiers_are_filled(one: Decimal, other: Decimal) -> None:
    for price in ("graduated", "package", "per_unit"):
        made = rule(price)
        less, more = (made.amount({"sum": value}) for value in sorted((one, other)))
        assert less <= more


def test_a_volume_price_may_fall_when_use_rises() -> None:
    made = rule("volume")
    before = made.fold(made.empty(), used(kwh=100))
    after = made.fold(before, used(1, kwh="0.5"))
    assert made.amount(after) - made.amount(before) == Money(Decimal("-47.75"), "EUR")


def test_folding_does_not_change_the_state_it_is_given() -> None:
    for price in PRICES:
        made = rule(price)
        state = made.fold_many({}, facts_of([Decimal(1), Decimal(2)]))
        kept = dict(state)
        made.fold_many(state, [used(9, kwh=5, route="A")])
        made.unfold(state, used(0, kwh=1, route="A"))
        assert state == kept


def test_an_ordered_price_keeps_the_free_events_and_a_sum() -> None:
    made = rule("first_free")
    state = made.fold_many({}, [used(index, minute=-index, kwh=1) for index in range(100)])
    assert len(state) == 4
    assert state["paid"] == 97
    assert made.quantity(state) == 100
    assert made.unfold(state, used(0, kwh=1)) is None


@pytest.mark.parametrize("price", sorted(PRICES))
def test_an_unfit_event_is_refused_before_it_is_folded(price: str) -> None:
    made = rule(price)
    made.check(used(kwh=1, route="A"))
    with pytest.raises(FactIncomplete) as refusal:
        made.check(used(route="A"))
    assert refusal.value.field == "data.kwh"


def test_the_price_refuses_what_it_cannot_rate() -> None:
    with pytest.raises(GroschenError) as refusal:
        rule("route_table").check(used(kwh=1, route="X"))
    assert refusal.value.code == "route_unknown"


@pytest.mark.parametrize("price", ["per_unit", "flat", "route_table", "first_free"])
def test_a_total_beyond_sixteen_digits_refuses_the_event(price: str) -> None:
    made = rule(price)
    full = made.fold_many({}, [used(index, kwh="9999999999", route="A") for index in range(4)])
    cell = max(full, key=lambda name: full[name])
    almost = {**full, cell: Decimal(9999999999999999)}
    with pytest.raises(QuantityTooLarge):
        made.fold(almost, used(7, kwh=10, route="A"))


def test_an_amount_beyond_sixteen_digits_is_refused() -> None:
    dear = {"kind": "per_unit", "params": {"currency": "EUR", "unit_price": "1000000"}}
    made = UsageRule(rule("per_unit").meter, parse_price(dear))
    with pytest.raises(QuantityTooLarge):
        made.amount({"sum": Decimal(10) ** 11})


def test_the_proof_shows_the_quantity_and_every_tier() -> None:
    made = rule("graduated")
    rated = rate_usage(made, [used(1, kwh="150"), used(2, kwh="100")])
    assert rated.amount == Money(Decimal(157), "EUR")
    assert [(line.label, line.above, line.up_to) for line in rated.lines] == [
        ("tier 1", Decimal(0), Decimal(100)),
        ("tier 2", Decimal(100), Decimal(200)),
        ("tier 2 fee", Decimal(100), Decimal(200)),
        ("tier 3", Decimal(200), None),
    ]
    assert rated.proof.to_json()["steps"] == [
        {"name": "quantity", "formula": "sum of kwh", "result": "250"},
        {"name": "tier 1", "formula": "100 x 1.00", "result": "100.00"},
        {"name": "tier 2", "formula": "100 x 0.50", "result": "50.00"},
        {"name": "tier 2 fee", "formula": "1 x 2.00", "result": "2.00"},
        {"name": "tier 3", "formula": "50 x 0.10", "result": "5.00"},
    ]
    assert rated.proof.rule_hash == made.rule_hash
    assert rated.proof.facts.count == 2


def test_a_stored_total_proves_the_same_as_its_events() -> None:
    made = rule("route_table")
    facts = facts_of([Decimal(1), Decimal(2), Decimal(3)])
    rated = rate_usage(made, facts)
    counted = EventHash()
    for fact in reversed(facts):
        counted = counted.plus(fact.to_json())
    assert prove(made, rated.state, counted) == rated.proof
    assert rated.proof.steps[0].formula == "sum of kwh"


def test_the_proof_counts_events_and_started_packages() -> None:
    made = rule("package", "count")
    steps = rate_usage(made, [used(index) for index in range(16)]).proof.steps
    assert [(step.name, step.formula, step.result) for step in steps] == [
        ("quantity", "count of events", "16"),
        ("packages started", "(16 - 5) / 10, rounded up, at least 0", "2"),
        ("packages", "2 x 3.00", "6.00"),
    ]


def test_one_changed_event_changes_the_proof() -> None:
    made = rule("per_unit")
    hashes = {rate_usage(made, [used(kwh=value)]).proof.facts.hex for value in (1, "1.0", "2")}
    assert len(hashes) == 3


FIXED = FixedRule("hash", "EUR", "base fee")


def eur(amount: str) -> Money:
    return Money(Decimal(amount), "EUR")


def test_a_fixed_charge_is_a_total_like_any_other() -> None:
    fact = FIXED.fact("charges", "base:315", NOON, eur("193.333333333333"), Decimal(2))
    FIXED.check(fact)
    state = FIXED.fold(FIXED.empty(), fact)
    assert FIXED.amount(state) == eur("193.333333333333")
    assert FIXED.quantity(state) == 2
    [line] = FIXED.lines(state)
    assert (line.label, line.quantity) == ("base fee", Decimal(1))
    assert line.amount == eur("193.333333333333")
    [step] = FIXED.steps(state)
    assert step.formula == "1 x 193.333333333333"
    assert FIXED.unfold(state, fact) == FIXED.empty()
    assert (FIXED.rule_hash, FIXED.state_class) == ("hash", StateClass.ADDITIVE)


def test_fixed_charges_add_up_and_may_fall() -> None:
    amounts = [eur("10"), eur("-4"), eur("-6")]
    facts = [FIXED.fact("charges", str(index), NOON, each) for index, each in enumerate(amounts)]
    state = FIXED.fold_many({}, facts)
    assert FIXED.amount(state) == eur("0")
    assert not FIXED.lines(state)
    assert not FIXED.steps(state)
    assert FIXED.quantity(state) == 3


@pytest.mark.parametrize("data", [{}, {"amount": "1"}, {"amount": Decimal(1), "quantity": 1}])
def test_a_fixed_charge_needs_decimals(data: dict[str, object]) -> None:
    with pytest.raises(FactIncomplete):
        FIXED.check(UsageFact("charges", "1", "fixed", "", NOON, data))


def test_a_fixed_charge_has_its_limit_too() -> None:
    with pytest.raises(QuantityTooLarge):
        FIXED.check(FIXED.fact("charges", "1", NOON, Money(Decimal(10) ** 16, "EUR")))
