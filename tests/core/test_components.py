from __future__ import annotations

import json
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from groschen.core.components import (
    Component,
    ComponentKind,
    Timing,
    check_components,
    maximum_amount,
    minimum_amount,
    parse_component,
    recurring_amount,
    recurring_steps,
)
from groschen.core.errors import GroschenError, InvariantBroken
from groschen.core.fields import Fields
from groschen.core.money import Money
from groschen.core.period import Cadence

PRICE = {"kind": "per_unit", "params": {"currency": "EUR", "unit_price": "5.00"}}
ROUTES = {
    "kind": "route_table",
    "params": {
        "currency": "EUR",
        "routes": {"R": {"fare": "1.00", "legs": [{"operator": "op", "weight": "1"}]}},
    },
}
FIRST_FREE = {
    "kind": "first_free",
    "params": {"currency": "EUR", "unit_price": "0.05", "free_events": 3},
}
SPECS: dict[str, dict[str, Any]] = {
    "one_time": {"id": "setup", "price": PRICE},
    "recurring": {
        "id": "base", "kind": "recurring", "price": PRICE, "every": "month", "timing": "advance",
    },
    "usage": {
        "id": "energy", "kind": "usage", "price": FIRST_FREE, "meter": "energy", "every": "month",
        "revenue_account": "REV_ENERGY", "label": "Energy",
    },
    "prepaid_package": {
        "id": "pack", "kind": "prepaid_package", "price": PRICE,
        "credit": {"amount": "20.00", "valid_days": 30},
    },
    "minimum": {
        "id": "least", "kind": "minimum", "every": "month", "of": ["base", "energy", "most"],
        "amount": "10.00",
    },
    "maximum": {
        "id": "most", "kind": "maximum", "every": "month", "of": ["energy"], "amount": "50.00",
    },
}  # fmt: skip


def parse(spec: dict[str, Any]) -> Component:
    return parse_component(Fields(spec, "components.0"), "EUR")


def eur(amount: str) -> Money:
    return Money(Decimal(amount), "EUR")


@pytest.mark.parametrize("kind", ComponentKind)
def test_the_stored_form_gives_the_same_component(kind: ComponentKind) -> None:
    component = parse(SPECS[kind])
    assert component.kind is kind
    assert component.to_json() == SPECS[kind]
    assert parse(json.loads(json.dumps(component.to_json()))) == component


def test_a_component_without_kind_is_charged_once() -> None:
    component = parse(SPECS["one_time"])
    assert component.kind is ComponentKind.ONE_TIME
    assert parse(SPECS["one_time"] | {"kind": "one_time"}).to_json() == SPECS["one_time"]


def test_a_recurring_component_is_charged_in_advance_unless_it_says_otherwise() -> None:
    spec = {name: value for name, value in SPECS["recurring"].items() if name != "timing"}
    assert parse(spec).timing is Timing.ADVANCE
    assert parse(spec | {"timing": "arrears"}).timing is Timing.ARREARS


def test_a_package_may_be_valid_for_ever() -> None:
    component = parse(SPECS["prepaid_package"] | {"credit": {"amount": "20"}})
    assert component.credit is not None
    assert component.credit.valid_days is None
    assert parse(component.to_json()) == component


def test_a_one_time_price_may_be_a_table_of_routes() -> None:
    assert parse({"id": "fare", "price": ROUTES}).priced.kind == "route_table"


@pytest.mark.parametrize(
    ("kind", "changed", "field"),
    [
        ("one_time", {"kind": "free"}, "kind"),
        ("one_time", {"id": "Setup"}, "id"),
        ("one_time", {"price": None}, "price"),
        ("one_time", {"price": 5}, "price"),
        ("one_time", {"price": {"kind": "magic", "params": {}}}, "price.kind"),
        ("one_time", {"price": PRICE | {"params": {"currency": "EUR"}}}, "price.params.unit_price"),
        ("one_time", {"price": FIRST_FREE}, "price.kind"),
        ("one_time", {"every": "month"}, "every"),
        ("one_time", {"meter": "m"}, "meter"),
        ("one_time", {"label": "x" * 201}, "label"),
        ("one_time", {"label": 7}, "label"),
        ("one_time", {"revenue_account": ""}, "revenue_account"),
        ("recurring", {"every": None}, "every"),
        ("recurring", {"every": "hour"}, "every"),
        ("recurring", {"timing": "later"}, "timing"),
        ("recurring", {"price": ROUTES}, "price.kind"),
        ("recurring", {"credit": {"amount": "1"}}, "credit"),
        ("usage", {"meter": None}, "meter"),
        ("usage", {"timing": "advance"}, "timing"),
        ("prepaid_package", {"price": ROUTES}, "price.kind"),
        ("prepaid_package", {"credit": None}, "credit"),
        ("prepaid_package", {"credit": {"amount": "0"}}, "credit.amount"),
        ("prepaid_package", {"credit": {"amount": "1", "valid_days": 0}}, "credit.valid_days"),
        ("prepaid_package", {"credit": {"amount": "1", "valid_days": True}}, "credit.valid_days"),
        ("prepaid_package", {"credit": {"amount": "1", "days": 3}}, "credit.days"),
        ("minimum", {"amount": "0"}, "amount"),
        ("minimum", {"amount": None}, "amount"),
        ("minimum", {"price": PRICE}, "price"),
        ("minimum", {"of": []}, "of"),
        ("minimum", {"of": "base"}, "of"),
        ("minimum", {"of": ["base", "base"]}, "of.1"),
        ("maximum", {"of": ["base", 1]}, "of.1"),
        ("maximum", {"every": None}, "every"),
    ],
)
def test_a_bad_component_is_refused_with_the_path_of_its_field(
    kind: str, changed: dict[str, Any], field: str
) -> None:
    with pytest.raises(GroschenError) as refusal:
        parse(SPECS[kind] | changed)
    assert refusal.value.field == f"components.0.{field}"
    assert refusal.value.hint


def test_a_price_is_in_the_currency_of_the_plan() -> None:
    with pytest.raises(GroschenError) as refusal:
        parse_component(Fields(SPECS["one_time"], "components.0"), "CHF")
    assert refusal.value.code == "currency_mismatch"
    assert refusal.value.field == "components.0.price.params.currency"


def parsed(*kinds: str, **changed: dict[str, Any]) -> list[Component]:
    return [parse(SPECS[kind] | changed.get(kind, {})) for kind in kinds]


def test_minimum_and_maximum_count_components_of_their_own_windows() -> None:
    check_components(parsed("minimum", "recurring", "usage", "maximum", "one_time"))
    check_components([])


@pytest.mark.parametrize(
    ("components", "field"),
    [
        (parsed("usage", "usage"), "1.id"),
        (parsed("maximum"), "0.of.0"),
        (parsed("recurring", "maximum", "usage", maximum={"of": ["base", "gone"]}), "1.of.1"),
        (parsed("maximum", "minimum", "usage", "recurring", maximum={"of": ["least"]}), "0.of.0"),
        (parsed("minimum", minimum={"of": ["least"]}), "0.of.0"),
        (parsed("usage", "maximum", usage={"every": "day"}), "1.of.0"),
        (parsed("one_time", "maximum", maximum={"of": ["setup"]}), "1.of.0"),
        (parsed("prepaid_package", "minimum", minimum={"of": ["pack"]}), "1.of.0"),
    ],
)
def test_what_cannot_be_counted_is_refused(components: list[Component], field: str) -> None:
    with pytest.raises(GroschenError) as refusal:
        check_components(components)
    assert refusal.value.field == f"components.{field}"
    assert refusal.value.hint


@pytest.mark.parametrize(
    ("price", "quantity", "part", "amount"),
    [
        ("5.00", "3", Fraction(1), "15"),
        ("5.00", "1", Fraction(14, 28), "2.5"),
        ("5.00", "1", Fraction(17, 31), "2.741935483871"),
        ("200.00", "1", Fraction(29, 30), "193.333333333333"),
        ("5.00", "1", Fraction(0), "0"),
    ],
)
def test_a_recurring_window_costs_its_part(
    price: str, quantity: str, part: Fraction, amount: str
) -> None:
    spec = {"kind": "per_unit", "params": {"currency": "EUR", "unit_price": price}}
    component = parse(SPECS["recurring"] | {"price": spec})
    assert recurring_amount(component, Decimal(quantity), part) == eur(amount)


def test_the_proof_of_a_recurring_window_shows_its_part() -> None:
    component = parse(SPECS["recurring"])
    [whole] = recurring_steps(component, Decimal(3), Fraction(1))
    assert (whole.formula, whole.result) == ("3 x 5.00", "15.00")
    *_, part = recurring_steps(component, Decimal(3), Fraction(14, 28))
    assert (part.name, part.formula, part.result) == (
        "part of the window",
        "15.00 x 1/2",
        "7.50",
    )


def test_a_component_is_pinned_by_its_stored_form() -> None:
    specs = [SPECS["one_time"], SPECS["minimum"], SPECS["minimum"] | {"amount": "11.00"}]
    assert len({parse(spec).rule_hash for spec in specs}) == 3
    assert parse(SPECS["one_time"]).rule_hash == parse(SPECS["one_time"]).rule_hash


@pytest.mark.parametrize(
    ("amount", "part", "used", "missing"),
    [
        ("1000", Fraction(1), "700", "300"),
        ("1000", Fraction(1), "1000", "0"),
        ("1000", Fraction(1), "1400", "0"),
        ("1000", Fraction(1), "0", "1000"),
        ("1000", Fraction(1), "-5", "1005"),
        ("1000", Fraction(1, 3), "333", "0.333333333333"),
    ],
)
def test_a_minimum_charges_what_is_missing(
    amount: str, part: Fraction, used: str, missing: str
) -> None:
    component = parse(SPECS["minimum"] | {"amount": amount})
    assert minimum_amount(component, part, eur(used)) == eur(missing)


@pytest.mark.parametrize(("used", "discount"), [("49.99", "0"), ("50", "0"), ("62.5", "-12.5")])
def test_a_maximum_gives_back_what_is_above(used: str, discount: str) -> None:
    assert maximum_amount(parse(SPECS["maximum"]), eur(used)) == eur(discount)


def test_only_derived_components_have_an_amount_and_only_others_a_price() -> None:
    with pytest.raises(InvariantBroken):
        maximum_amount(parse(SPECS["usage"]), eur("1"))
    with pytest.raises(InvariantBroken):
        recurring_amount(parse(SPECS["minimum"]), Decimal(1), Fraction(1))


def test_cadences_are_stored_by_their_names() -> None:
    assert parse(SPECS["usage"]).every is Cadence.MONTH
