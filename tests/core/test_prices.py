from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groschen.core.errors import GroschenError, InvariantBroken
from groschen.core.money import Money, add_all, round12
from groschen.core.prices import Fact, FactIncomplete, PriceKindUnknown, parse_price, price_model
from groschen.core.prices.per_unit import PerUnitPrice
from groschen.core.prices.route_table import RouteUnknown
from groschen.core.rating import rate
from groschen.core.totals import StateClass

LEG = {"operator": "op-a", "weight": "1"}
OPEN_TIER: dict[str, object] = {"unit_price": "1"}


def tiers(
    *entries: Mapping[str, object], kind: str = "graduated", **params: object
) -> dict[str, object]:
    return {"kind": kind, "params": {"currency": "EUR", "tiers": list(entries), **params}}


def package(**params: object) -> dict[str, object]:
    whole = {"currency": "EUR", "package_size": "10", "package_price": "3"}
    return {"kind": "package", "params": whole | params}


def first_free(**params: object) -> dict[str, object]:
    whole = {"currency": "EUR", "unit_price": "0.05", "free_events": 3}
    return {"kind": "first_free", "params": whole | params}


QUANTITIES = st.decimals(-(10**6), 10**6, places=6)


def routes(**routes: object) -> dict[str, object]:
    return {"kind": "route_table", "params": {"currency": "EUR", "routes": routes}}


def per_unit(unit_price: str = "0.10") -> dict[str, object]:
    return {"kind": "per_unit", "params": {"currency": "EUR", "unit_price": unit_price}}


@pytest.mark.parametrize(
    ("spec", "code", "field"),
    [
        ({"params": {}}, "field_missing", "kind"),
        ({"kind": "magic", "params": {}}, "price_kind_unknown", "kind"),
        ({"kind": "flat"}, "field_missing", "params"),
        ({"kind": "flat", "params": {"amount": "1"}}, "field_missing", "params.currency"),
        ({**per_unit(), "extra": 1}, "field_unknown", "extra"),
        (per_unit("-0.10"), "amount_invalid", "params.unit_price"),
        (per_unit("0.1000000000001"), "amount_invalid", "params.unit_price"),
        (
            {"kind": "flat", "params": {"currency": "EUR", "amount": 9.9}},
            "field_invalid",
            "params.amount",
        ),
        (
            {"kind": "flat", "params": {"currency": "QQQ", "amount": "1"}},
            "currency_unknown",
            "params.currency",
        ),
        (
            {"kind": "flat", "params": {"currency": "EUR", "amount": "1", "tax": "7"}},
            "field_unknown",
            "params.tax",
        ),
        (routes(), "field_invalid", "params.routes"),
        (routes(R={"fare": "1.00"}), "field_missing", "params.routes.R.legs"),
        (routes(R={"fare": "1.00", "legs": []}), "field_invalid", "params.routes.R.legs"),
        (routes(R={"fare": "-1.00", "legs": [LEG]}), "amount_invalid", "params.routes.R.fare"),
        (
            routes(R={"fare": "1.00", "legs": [{"weight": "1"}]}),
            "field_missing",
            "params.routes.R.legs.0.operator",
        ),
        (
            routes(R={"fare": "1.00", "legs": [LEG, LEG]}),
            "field_invalid",
            "params.routes.R.legs.1.operator",
        ),
        (
            routes(R={"fare": "1.00", "legs": [{**LEG, "weight": "-1"}]}),
            "amount_invalid",
            "params.routes.R.legs.0.weight",
        ),
        (
            routes(R={"fare": "1.00", "legs": [{**LEG, "weight": "0"}]}),
            "weights_all_zero",
            "params.routes.R.legs",
        ),
        (
            routes(R={"fare": "1.00", "legs": [LEG], "via": "X"}),
            "field_unknown",
            "params.routes.R.via",
        ),
        (
            routes(R={"fare": "1.00", "legs": [{**LEG, "km": "3"}]}),
            "field_unknown",
            "params.routes.R.legs.0.km",
        ),
        (tiers(), "field_invalid", "params.tiers"),
        (tiers({"up_to": "5"}, OPEN_TIER), "field_missing", "params.tiers.0.unit_price"),
        (tiers({**OPEN_TIER, "up_to": "5"}), "field_invalid", "params.tiers.0.up_to"),
        (tiers(OPEN_TIER, OPEN_TIER), "field_invalid", "params.tiers.0.up_to"),
        (tiers({**OPEN_TIER, "up_to": "0"}, OPEN_TIER), "field_invalid", "params.tiers.0.up_to"),
        (
            tiers({**OPEN_TIER, "up_to": "5"}, {**OPEN_TIER, "up_to": "5"}, OPEN_TIER),
            "field_invalid",
            "params.tiers.1.up_to",
        ),
        (
            tiers({**OPEN_TIER, "up_to": "-5"}, OPEN_TIER, kind="volume"),
            "amount_invalid",
            "params.tiers.0.up_to",
        ),
        (tiers({**OPEN_TIER, "cap": "5"}), "field_unknown", "params.tiers.0.cap"),
        (tiers({**OPEN_TIER, "flat_fee": "-5"}), "amount_invalid", "params.tiers.0.flat_fee"),
        (tiers(*[OPEN_TIER] * 101), "field_invalid", "params.tiers"),
        (tiers(OPEN_TIER, flat_when_zero="no"), "field_invalid", "params.flat_when_zero"),
        (tiers(OPEN_TIER, kind="volume", cap="1"), "field_unknown", "params.cap"),
        (package(package_size="0"), "field_invalid", "params.package_size"),
        (package(package_size="-1"), "amount_invalid", "params.package_size"),
        (package(package_price=3), "field_invalid", "params.package_price"),
        (package(free_units="-1"), "amount_invalid", "params.free_units"),
        (first_free(free_events=0), "field_invalid", "params.free_events"),
        (first_free(free_events="3"), "field_invalid", "params.free_events"),
        (first_free(free_events=1001), "field_invalid", "params.free_events"),
    ],
)
def test_a_bad_price_is_refused_with_the_path_of_its_field(
    spec: Any, code: str, field: str
) -> None:
    with pytest.raises(GroschenError) as refusal:
        parse_price(spec)
    assert (refusal.value.code, refusal.value.field) == (code, field)
    assert refusal.value.hint


def test_an_unknown_model_lists_the_known_ones() -> None:
    with pytest.raises(PriceKindUnknown) as refusal:
        parse_price({"kind": "magic", "params": {}})
    assert refusal.value.hint == (
        "use one of: first_free, flat, graduated, package, per_unit, route_table, volume"
    )


def test_a_name_of_a_model_is_taken_once() -> None:
    with pytest.raises(InvariantBroken):

        @price_model("flat", state=StateClass.ADDITIVE)
        @dataclass(frozen=True, slots=True)
        class _Again(PerUnitPrice):
            """A second model of the same name."""


@pytest.mark.parametrize(
    "fact", [{}, {"quantity": 1}, {"quantity": "1"}, {"quantity": Decimal("NaN")}]
)
def test_a_fact_without_quantity_is_refused(fact: Fact) -> None:
    with pytest.raises(FactIncomplete) as refusal:
        rate(parse_price(per_unit()), [fact])
    assert refusal.value.field == "quantity"


def test_an_unknown_route_names_the_known_ones() -> None:
    price = parse_price(routes(A={"fare": "1.00", "legs": [LEG]}))
    with pytest.raises(RouteUnknown) as refusal:
        rate(price, [{"quantity": Decimal(1), "route": "B"}])
    assert refusal.value.field == "route"
    assert refusal.value.hint is not None
    assert refusal.value.hint.startswith("choose one of: A; or publish")
    with pytest.raises(RouteUnknown):
        price.legs_for({"quantity": Decimal(1), "route": "B"})


def test_a_long_table_is_not_listed_in_full() -> None:
    table = {f"R{index:02}": {"fare": "1.00", "legs": [LEG]} for index in range(11)}
    with pytest.raises(RouteUnknown, match="no route 'X'") as refusal:
        rate(parse_price(routes(**table)), [{"quantity": Decimal(1), "route": "X"}])
    assert "R09, ...;" in str(refusal.value.hint)
    assert "R10" not in str(refusal.value.hint)


def test_a_fact_without_route_is_refused() -> None:
    price = parse_price(routes(A={"fare": "1.00", "legs": [LEG]}))
    with pytest.raises(FactIncomplete) as refusal:
        rate(price, [{"quantity": Decimal(1)}])
    assert refusal.value.field == "route"


def test_prices_without_legs_have_none() -> None:
    assert parse_price(per_unit()).legs_for({"quantity": Decimal(1)}) == ()


def test_another_price_has_another_rule_hash() -> None:
    hashes = {parse_price(per_unit(price)).rule_hash for price in ("0.10", "0.100", "0.11")}
    assert len(hashes) == 2


def test_the_proof_shows_rule_facts_steps_and_rounding() -> None:
    price = parse_price(per_unit("0.32"))
    proof = rate(price, [{"quantity": Decimal("7.35")}]).proof.to_json()
    assert proof["rule_hash"] == price.rule_hash
    assert proof["steps"] == [{"name": "units", "formula": "7.35 x 0.32", "result": "2.352"}]
    assert proof["rounding"] == "twelve decimals, half up on the absolute value"
    inputs = proof["inputs"]
    assert isinstance(inputs, dict)
    assert inputs["count"] == 1


@given(st.lists(QUANTITIES, max_size=8), st.decimals(0, 1000, places=6))
def test_facts_one_by_one_or_at_once_cost_the_same(
    quantities: list[Decimal], unit_price: Decimal
) -> None:
    price = PerUnitPrice(Money(unit_price, "EUR"))
    state = price.empty()
    booked = Money.zero("EUR")
    for quantity in quantities:
        before = price.amount(state)
        state = price.fold(state, {"quantity": quantity})
        booked += price.amount(state) - before
    at_once = rate(price, [{"quantity": add_all(quantities)}]).amount
    assert booked == at_once
    assert at_once.amount == round12(at_once.amount)


def test_a_fact_without_place_in_the_order_is_refused() -> None:
    with pytest.raises(FactIncomplete) as refusal:
        rate(parse_price(first_free()), [{"quantity": Decimal(1)}])
    assert refusal.value.field == "occurred_at"


@pytest.mark.parametrize(
    ("spec", "amount"),
    [
        (tiers({**OPEN_TIER, "up_to": "100"}, {"unit_price": "0.5"}), "150"),
        (tiers({**OPEN_TIER, "up_to": "100"}, {"unit_price": "0.5"}, kind="volume"), "100"),
        (package(), "60"),
    ],
)
def test_what_is_left_out_is_nothing(spec: dict[str, object], amount: str) -> None:
    rated = rate(parse_price(spec), [{"quantity": Decimal(200)}])
    assert rated.amount == Money(Decimal(amount), "EUR")


def test_a_hundred_tiers_are_possible() -> None:
    entries = [{**OPEN_TIER, "up_to": str(bound)} for bound in range(1, 100)]
    price = parse_price(tiers(*entries, OPEN_TIER))
    assert rate(price, [{"quantity": Decimal(1000)}]).amount == Money(Decimal(1000), "EUR")
