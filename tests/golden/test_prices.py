"""Every price model against its cases in ``tests/golden/prices/<kind>.json``."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest

from golden.printed import FOLDER
from groschen.core.prices import AdditivePrice, Fact, PriceModel, parse_price, price_kinds
from groschen.core.rating import rate

Case = Mapping[str, Any]
DATA: dict[str, Case] = {
    path.stem: json.loads(path.read_text()) for path in (FOLDER / "prices").glob("*.json")
}
CASES = [
    pytest.param(kind, case, id=f"{kind}: {case['rule']}")
    for kind, data in sorted(DATA.items())
    for case in data["cases"]
]


def price_of(kind: str, case: Case) -> PriceModel:
    return parse_price({"kind": kind, "params": case["params"]})


READ: Mapping[str, Callable[[str], object]] = {
    "quantity": Decimal,
    "occurred_at": datetime.fromisoformat,
}


def facts_of(case: Case) -> list[Fact]:
    return [
        {name: READ.get(name, str)(value) for name, value in fact.items()} for fact in case["facts"]
    ]


def lines_of(case: Case) -> Iterator[tuple[str, Decimal, Decimal, Decimal]]:
    for line in case["lines"]:
        quantity, price, amount = line["quantity"], line["unit_price"], line["amount"]
        yield line["label"], Decimal(quantity), Decimal(price), Decimal(amount)


def test_every_price_model_has_cases() -> None:
    assert set(price_kinds()) == DATA.keys()


@pytest.mark.parametrize("kind", sorted(DATA))
def test_state_class_is_the_declared_one(kind: str) -> None:
    assert price_of(kind, DATA[kind]["cases"][0]).state_class == DATA[kind]["state_class"]


@pytest.mark.parametrize(("kind", "case"), CASES)
def test_amount_and_lines(kind: str, case: Case) -> None:
    rated = rate(price_of(kind, case), facts_of(case))
    assert rated.amount.amount == Decimal(case["amount"])
    assert rated.amount.currency == case["params"]["currency"]
    lines = [
        (line.label, line.quantity, line.unit_price.amount, line.amount.amount)
        for line in rated.lines
    ]
    assert lines == list(lines_of(case))


@pytest.mark.parametrize(("kind", "case"), CASES)
def test_order_of_the_facts_changes_neither_amount_nor_proof(kind: str, case: Case) -> None:
    price = price_of(kind, case)
    rated = {
        json.dumps(rate(price, order).proof.to_json()) for order in permutations(facts_of(case))
    }
    assert len(rated) == 1


@pytest.mark.parametrize(("kind", "case"), CASES)
def test_stored_form_gives_the_same_price(kind: str, case: Case) -> None:
    price = price_of(kind, case)
    again = parse_price(json.loads(json.dumps(price.to_spec())))
    assert again == price
    assert again.rule_hash == price.rule_hash
    assert price.to_params() == case["params"]


@pytest.mark.parametrize(("kind", "case"), CASES)
def test_voiding_every_fact_leaves_an_empty_state(kind: str, case: Case) -> None:
    price = price_of(kind, case)
    if not isinstance(price, AdditivePrice):
        return
    state = price.empty()
    for fact in facts_of(case):
        state = price.fold(state, fact)
    for fact in facts_of(case):
        state = price.unfold(state, fact)
    assert state == price.empty()


@pytest.mark.parametrize(("kind", "case"), CASES)
def test_legs_of_the_first_fact(kind: str, case: Case) -> None:
    facts = facts_of(case)
    if facts:
        legs = price_of(kind, case).legs_for(facts[0])
        expected = {name: Decimal(weight) for name, weight in case.get("legs", {}).items()}
        assert {leg.operator: leg.weight for leg in legs} == expected
