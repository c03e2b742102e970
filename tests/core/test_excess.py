"""Sharing what was supplied already: rules limited to components, shares beyond the line."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groschen.core.money import Money, add_all
from groschen.core.shares import (
    Excess,
    ShareBase,
    SharesExceedBase,
    Split,
    evaluate,
    parse_terms,
)

AMOUNTS = st.integers(-(10**6), 10**6).map(lambda cents: Decimal(cents).scaleb(-4))
QUANTITIES = st.integers(-1000, 1000).map(lambda tenths: Decimal(tenths).scaleb(-1))


def terms(rules: list[dict[str, Any]], role: str) -> dict[str, Any]:
    return {
        "currency": "EUR",
        "seller_role": role,
        "rules": rules,
        "settlement": {"min_payout": "0"},
    }


def per_unit(name: str, price: str, **more: Any) -> dict[str, Any]:
    params = {"unit_price": price}
    rule = {"id": name, "kind": "per_unit", "params": params, "base": "net", "beneficiary": name}
    return rule | more


REST: dict[str, Any] = {"id": "rest", "kind": "residual", "beneficiary": "rest"}
ENERGY = per_unit("grid", "0.095", components=["energy"])
METERING = per_unit("metering", "0.046", components=["base"])


def split(
    rules: list[dict[str, Any]],
    amount: str | Decimal,
    quantity: str | Decimal,
    component: str | None = None,
    role: str = "principal",
) -> Split:
    money = Money(Decimal(amount), "EUR")
    line = ShareBase(money, money, Decimal(quantity))
    return evaluate(parse_terms(terms(rules, role)), line, component, Excess.BEAR)


def given_by(shared: Split) -> dict[str, Decimal]:
    return {part.rule_id: part.amount for part in shared.parts}


@pytest.mark.parametrize(
    ("component", "expected"),
    [
        ("energy", {"grid": Decimal("0.19")}),
        ("base", {"metering": Decimal("0.092")}),
        ("other", {}),
        (None, {"grid": Decimal("0.19"), "metering": Decimal("0.092")}),
    ],
)
def test_a_rule_shares_in_its_components(
    component: str | None, expected: dict[str, Decimal]
) -> None:
    assert given_by(split([ENERGY, METERING], "5", "2", component)) == expected


def test_a_commission_is_limited_to_its_components_too() -> None:
    commission = {
        "id": "fee",
        "kind": "percent",
        "params": {"rate": "0.1"},
        "deducted_from": "statement",
        "vat_rate": "0.19",
        "components": ["energy"],
    }
    rules = [per_unit("grid", "0.095"), commission]
    assert [part.amount for part in split(rules, "5", "2", "energy").commissions] == [
        Decimal("0.019")
    ]
    assert split(rules, "5", "2", "base").commissions == ()


def test_two_residuals_are_possible_where_they_cannot_meet() -> None:
    energy = REST | {"id": "energy_rest", "components": ["energy"]}
    base = REST | {"id": "base_rest", "components": ["base"]}
    assert given_by(split([energy, base], "5", "1", "base")) == {"base_rest": Decimal(5)}


def test_a_principal_bears_what_its_revenue_does_not_cover() -> None:
    shared = split([per_unit("supplier", "0.28")], "1.00", "7.35")
    assert given_by(shared) == {"supplier": Decimal("2.058")}
    assert shared.retained == Decimal("-1.058")


def test_a_principal_pays_for_what_it_gave_away() -> None:
    shared = split([per_unit("supplier", "0.28"), REST], "0", "7.35")
    assert given_by(shared) == {"supplier": Decimal("2.058"), "rest": Decimal(0)}
    assert shared.retained == Decimal("-2.058")


def test_an_agent_gives_no_more_than_there_is_and_says_what_was_asked() -> None:
    rules = [per_unit("first", "0.10"), per_unit("second", "0.10")]
    shared = split(rules, "1.50", "10", role="agent")
    assert given_by(shared) == {"first": Decimal(1), "second": Decimal("0.5")}
    assert shared.parts[1].factors["asked"] == "1"
    assert "asked" not in shared.parts[0].factors
    assert shared.retained == 0


def test_a_sale_is_refused_all_the_same() -> None:
    line = ShareBase(Money(Decimal(1), "EUR"), Money(Decimal(1), "EUR"), Decimal("7.35"))
    with pytest.raises(SharesExceedBase):
        evaluate(parse_terms(terms([per_unit("supplier", "0.28")], "principal")), line)


@given(AMOUNTS, QUANTITIES, st.sampled_from(["agent", "principal"]))
def test_parts_and_retained_are_the_base_whatever_it_is(
    amount: Decimal, quantity: Decimal, role: str
) -> None:
    rules = [per_unit("one", "0.05"), per_unit("two", "0.333333333333"), REST]
    shared = split(rules, amount, quantity, role=role)
    assert add_all((*(part.amount for part in shared.parts), shared.retained)) == amount
    if role == "agent":
        assert all(part.amount * amount >= 0 for part in shared.parts)
        assert shared.retained * amount >= 0


@pytest.mark.parametrize("components", [[], ["a", "a"], [""], [1], "energy"])
def test_components_of_a_rule_must_be_a_list_of_names(components: object) -> None:
    rules = [per_unit("grid", "0.095", components=components)]
    with pytest.raises(Exception, match="list of different component ids") as refusal:
        parse_terms(terms(rules, "principal"))
    assert getattr(refusal.value, "field", None) == "rules.0.components"


def test_components_are_kept_with_the_terms_and_only_where_given() -> None:
    agreed = parse_terms(terms([ENERGY, per_unit("any", "0.01")], "principal"))
    stored = agreed.to_json()
    assert parse_terms(stored) == agreed
    rules: Any = stored["rules"]
    assert rules[0]["components"] == ["energy"]
    assert "components" not in rules[1]
