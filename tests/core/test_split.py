from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groschen.core.money import CurrencyMismatch, Money, add, add_all, round12, subtract
from groschen.core.prices import Leg
from groschen.core.shares import SELLER, ShareBase, SharesExceedBase, Split, evaluate, parse_terms
from groschen.core.tax import split_gross

CENTS = st.integers(-(10**7), 10**7).map(lambda cents: Decimal(cents).scaleb(-2))
RATES = st.integers(0, 300_000).map(lambda millionths: str(Decimal(millionths).scaleb(-6)))
WEIGHTS = st.integers(0, 100_000).map(lambda thousandths: Decimal(thousandths).scaleb(-3))
LEGS = st.lists(WEIGHTS, min_size=1, max_size=6).filter(any)
BASES = st.sampled_from(["gross", "net", "left"])


def terms(rules: list[dict[str, Any]], role: str = "agent") -> dict[str, Any]:
    return {
        "currency": "EUR",
        "seller_role": role,
        "rules": rules,
        "settlement": {"min_payout": "10.00"},
    }


def percent(name: str, rate: str, base: str, beneficiary: str) -> dict[str, Any]:
    return {
        "id": name,
        "kind": "percent",
        "params": {"rate": rate},
        "base": base,
        "beneficiary": beneficiary,
    }


def line_of(gross: Decimal, weights: list[Decimal]) -> ShareBase:
    legs = tuple(Leg(f"op-{index}", weight) for index, weight in enumerate(weights))
    price = Money(gross, "EUR")
    return ShareBase(price, split_gross(price, Decimal("0.07")).net, Decimal(1), legs)


def shared(rules: list[dict[str, Any]], line: ShareBase, role: str = "agent") -> Split:
    return evaluate(parse_terms(terms(rules, role)), line)


@given(CENTS, LEGS, st.lists(st.tuples(RATES, BASES), max_size=3))
def test_parts_and_retained_are_the_base(
    gross: Decimal, weights: list[Decimal], rates: list[tuple[str, str]]
) -> None:
    rules = [percent(f"p{i}", rate, base, "one") for i, (rate, base) in enumerate(rates)]
    rules.append({"id": "legs", "kind": "apportion", "params": {"weights": "legs"}, "base": "left"})
    split = shared(rules, line_of(gross, weights))
    assert add(add_all(part.amount for part in split.parts), split.retained) == gross == split.base
    assert split.retained == 0
    assert all(part.amount * gross >= 0 for part in split.parts)


@given(CENTS, RATES, RATES)
def test_a_principal_shares_the_net_and_retains_the_rest(
    gross: Decimal, first: str, second: str
) -> None:
    rules = [percent("a", first, "net", "one"), percent("b", second, "left", "two")]
    line = line_of(gross, [Decimal(1)])
    split = shared(rules, line, "principal")
    assert split.base == line.net.amount
    assert add(add_all(part.amount for part in split.parts), split.retained) == split.base


@given(CENTS, LEGS)
def test_turning_the_line_around_turns_every_part_around(
    gross: Decimal, weights: list[Decimal]
) -> None:
    rules = [
        percent("sales", "0.05", "gross", "agency"),
        {"id": "legs", "kind": "apportion", "params": {"weights": "legs"}, "base": "left"},
    ]
    forward = shared(rules, line_of(gross, weights))
    backward = shared(rules, line_of(subtract(Decimal(0), gross), weights))
    turned = [subtract(Decimal(0), part.amount) for part in backward.parts]
    assert [part.amount for part in forward.parts] == turned


@given(CENTS, RATES, RATES)
def test_a_commission_is_the_rounded_rate_of_the_share(
    gross: Decimal, rate: str, vat_rate: str
) -> None:
    rules: list[dict[str, Any]] = [
        {"id": "rest", "kind": "residual", "beneficiary": "op-a"},
        {
            "id": "commission",
            "kind": "percent",
            "params": {"rate": rate},
            "deducted_from": "statement",
            "vat_rate": vat_rate,
        },
    ]
    (commission,) = shared(rules, line_of(gross, [Decimal(1)])).commissions
    assert commission.amount == round12(gross * Decimal(rate))
    assert commission.vat_amount == round12(commission.amount * Decimal(vat_rate))


def test_what_the_seller_keeps_is_retained_and_its_own_parts() -> None:
    rules = [
        percent("own", "0.1", "gross", SELLER),
        percent("op", "0.7", "gross", "op-a"),
        {
            "id": "commission",
            "kind": "percent",
            "params": {"rate": "0.5"},
            "deducted_from": "statement",
            "vat_rate": "0.19",
        },
    ]
    split = shared(rules, line_of(Decimal(10), [Decimal(1)]))
    assert split.retained == 2
    assert split.kept == 3
    assert [part.beneficiary for part in split.partner_parts] == ["op-a"]
    assert [part.beneficiary for part in split.commissions] == ["op-a"]


def test_a_statement_rule_of_one_rule_leaves_the_others_alone() -> None:
    rules = [
        percent("a", "0.5", "gross", "one"),
        percent("b", "0.5", "gross", "two"),
        {
            "id": "commission",
            "kind": "percent",
            "params": {"rate": "0.5"},
            "deducted_from": "statement",
            "of": "b",
            "vat_rate": "0.19",
        },
    ]
    (commission,) = shared(rules, line_of(Decimal(10), [Decimal(1)])).commissions
    assert (commission.of_rule_id, commission.beneficiary) == ("b", "two")


def test_factors_say_how_a_part_came_about() -> None:
    rules = [{"id": "fare", "kind": "apportion", "params": {"weights": "legs"}, "base": "gross"}]
    split = shared(rules, line_of(Decimal(10), [Decimal("8.4"), Decimal("3.6")]))
    assert split.parts[0].factors == {
        "base": "gross",
        "value": "10.00",
        "rate": "1",
        "weight": "8.4",
        "weights": "12",
    }


def test_too_much_names_the_rule_and_the_figures() -> None:
    rules = [percent("a", "0.6", "gross", "one"), percent("b", "0.6", "gross", "two")]
    with pytest.raises(SharesExceedBase) as refusal:
        shared(rules, line_of(Decimal(10), [Decimal(1)]))
    assert refusal.value.field == "rules"
    assert refusal.value.facts == {"rule_id": "b", "shares": Decimal(12), "base": Decimal(10)}


@pytest.mark.parametrize(("gross", "net"), [("CHF", "EUR"), ("EUR", "CHF"), ("CHF", "CHF")])
def test_a_line_of_another_currency_is_refused(gross: str, net: str) -> None:
    line = ShareBase(Money(Decimal(2), gross), Money(Decimal(1), net))
    with pytest.raises(CurrencyMismatch) as refusal:
        shared([percent("a", "0.5", "gross", "one")], line)
    assert refusal.value.field == "currency"
