"""What both levels of a reseller chain compute: the price of a quantity, and the share of it."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groschen.core.errors import GroschenError
from groschen.core.fields import Fields
from groschen.core.ledger import UsageFunding, Used, usage_booked
from groschen.core.meters import QuantityTooLarge
from groschen.core.money import Money
from groschen.core.prices import FactIncomplete, parse_price
from groschen.core.prices.model import QuantityPrice
from groschen.core.shares import Excess, ShareBase, evaluate, parse_terms
from groschen.core.shares.price import PriceShare
from groschen.core.totals import StateClass
from groschen.core.usage import QuantityRule, UsageFact
from groschen.kit.ids import new_id

AT = datetime(2027, 1, 1, tzinfo=UTC)
TIERS: dict[str, Any] = {
    "kind": "graduated",
    "params": {
        "currency": "EUR",
        "tiers": [{"up_to": "5", "unit_price": "0.3"}, {"unit_price": "0.0333"}],
    },
}
ROUTES: dict[str, Any] = {
    "kind": "first_free",
    "params": {"currency": "EUR", "free_events": 1, "unit_price": "1"},
}
quantities = st.decimals(-(10**6), 10**6, places=12)


def priced(spec: dict[str, Any]) -> QuantityPrice:
    price = parse_price(spec)
    assert isinstance(price, QuantityPrice)
    return price


RULE = QuantityRule(priced(TIERS))


def fact(name: str, quantity: Decimal) -> UsageFact:
    return RULE.fact("level", name, AT, quantity)


def test_a_quantity_is_a_total_like_any_other() -> None:
    state = RULE.fold(RULE.empty(), fact("a", Decimal("7.35")))
    assert RULE.quantity(state) == Decimal("7.35")
    assert RULE.amount(state) == Money(Decimal("1.578255"), "EUR")
    assert [line.label for line in RULE.lines(state)] == ["tier 1", "tier 2"]
    assert [step.name for step in RULE.steps(state)]
    assert RULE.unfold(state, fact("a", Decimal("7.35"))) == RULE.empty()
    assert (RULE.state_class, RULE.currency) == (StateClass.ADDITIVE, "EUR")
    assert RULE.rule_hash != RULE.price.rule_hash


def test_a_quantity_is_checked() -> None:
    RULE.check(fact("a", Decimal(1)))
    with pytest.raises(FactIncomplete):
        RULE.check(UsageFact("level", "a", "x", "", AT, {}))
    with pytest.raises(QuantityTooLarge):
        RULE.fold(RULE.empty(), fact("a", Decimal(10) ** 16))


def shared(price: dict[str, Any]) -> Any:
    return parse_terms(
        {
            "currency": "EUR",
            "seller_role": "principal",
            "rules": [
                {"id": "energy", "kind": "price", "params": {"price": price}, "beneficiary": "s"}
            ],
            "settlement": {"period": "month"},
        }
    )


@given(quantities, st.decimals(0, 10**6, places=12))
def test_both_levels_come_to_the_same_amount(quantity: Decimal, net: Decimal) -> None:
    line = ShareBase(Money(net, "EUR"), Money(net, "EUR"), quantity)
    split = evaluate(shared(TIERS), line, "energy", Excess.BEAR)
    above = RULE.amount(RULE.fold(RULE.empty(), fact("a", quantity)))
    assert [part.amount for part in split.parts] == [above.amount]


def test_a_price_share_is_written_back_as_it_was_read() -> None:
    params = {"price": RULE.price.to_spec()}
    share = PriceShare.from_params(Fields(params, "params"), "EUR")
    assert share.to_params() == params
    (part,) = share.portions("s", Fraction(1), ShareBase(*(Money.zero("EUR"),) * 2, Decimal(2)))
    assert part.factors["quantity"] == "2"


@pytest.mark.parametrize(
    ("price", "field"),
    [
        (ROUTES, "params.price.kind"),
        ({"kind": "flat", "params": {"currency": "EUR", "amount": "1"}}, "params.price.kind"),
        (
            TIERS | {"params": {**TIERS["params"], "currency": "USD"}},
            "params.price.params.currency",
        ),
        ({"kind": "none", "params": {}}, "params.price.kind"),
        ({"kind": "per_unit", "params": {"currency": "EUR"}}, "params.price.params.unit_price"),
        ("cheap", "params.price"),
    ],
)
def test_a_price_share_refuses_what_no_quantity_prices(price: object, field: str) -> None:
    with pytest.raises(GroschenError) as refusal:
        PriceShare.from_params(Fields({"price": price}, "params"), "EUR")
    assert refusal.value.field == field


def test_what_a_reseller_uses_is_claimed_of_it() -> None:
    reseller = new_id()
    funding = UsageFunding(reseller, claim=Decimal("2.378"))
    journal = usage_booked("EUR", funding, [Used("REV_WHOLESALE", Decimal("2.378"))], "DE-19")
    assert [(one.account, one.amount, one.party_id) for one in journal.entries] == [
        ("PARTNER_CLAIM", Decimal("2.378"), reseller),
        ("REV_WHOLESALE", Decimal("-2.378"), None),
    ]
