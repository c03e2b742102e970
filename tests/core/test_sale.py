from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groschen.core.ledger import PartyAmount, Revenue, balanced, sale_agent, sale_principal
from groschen.core.money import Money
from groschen.core.prices import FactIncomplete, parse_price
from groschen.core.sale import Basis, SaleTerms, SoldLine, TaxTerms, sell
from groschen.core.shares import SELLER, parse_terms
from groschen.core.totals import NO_WINDOW

LEGS = [{"operator": "op-a", "weight": "8.4"}, {"operator": "op-b", "weight": "3.6"}]
REDUCED, STANDARD = TaxTerms(Decimal("0.07"), "DE-7"), TaxTerms(Decimal("0.19"), "DE-19")


def agreement(role: str, rate: str = "1") -> dict[str, Any]:
    fare = {
        "id": "fare",
        "kind": "apportion",
        "params": {"rate": rate, "weights": "legs"},
        "base": "gross" if role == "agent" else "net",
    }
    return {
        "currency": "EUR",
        "seller_role": role,
        "rules": [fare],
        "settlement": {"min_payout": "10.00"},
    }


def terms_of(fare: str, agreed: dict[str, Any] | None) -> SaleTerms:
    routes = {"R": {"fare": fare, "legs": LEGS}}
    params = {"currency": "EUR", "routes": routes}
    return SaleTerms(
        price=parse_price({"kind": "route_table", "params": params}),
        basis=Basis.GROSS,
        tax=REDUCED,
        service_tax=STANDARD,
        revenue_account="REV_TRANSPORT",
        agreement=None if agreed is None else parse_terms(agreed),
    )


def sold(terms: SaleTerms, quantity: str = "1") -> SoldLine:
    return sell(terms, {"quantity": Decimal(quantity), "route": "R"})


def eur(amount: str) -> Money:
    return Money(Decimal(amount), "EUR")


def test_a_gross_price_contains_the_tax() -> None:
    line = sold(terms_of("12.90", agreement("agent")))
    assert (line.gross, line.net, line.tax) == (eur("12.90"), eur("12.06"), eur("0.84"))


def test_a_net_price_gets_the_tax_on_top() -> None:
    line = sold(replace(terms_of("12.06", agreement("agent")), basis=Basis.NET))
    assert (line.gross, line.net, line.tax) == (eur("12.90"), eur("12.06"), eur("0.84"))


def test_the_whole_line_is_rounded_once_not_each_ticket() -> None:
    line = sold(terms_of("0.333", agreement("agent")), quantity="3")
    assert line.rated.amount == eur("0.999")
    assert line.gross == eur("1.00")


def test_an_agent_shares_the_gross_and_keeps_commission_with_its_own_tax() -> None:
    line = sold(terms_of("10.00", agreement("agent", rate="0.9")))
    assert line.split is not None
    assert line.split.base == Decimal(10)
    assert (line.own.account, line.own.tax_key) == ("REV_COMMISSION", "DE-19")
    assert line.own.net + line.own.tax == Decimal(1)
    assert line.own.tax == Decimal("0.159663865546")


def test_a_principal_shares_the_net_and_all_revenue_is_its_own() -> None:
    line = sold(terms_of("12.90", agreement("principal", rate="0.94")))
    assert line.split is not None
    assert line.split.base == Decimal("12.06")
    assert (line.own.account, line.own.tax_key) == ("REV_TRANSPORT", "DE-7")
    assert (line.own.net, line.own.tax) == (Decimal("12.06"), Decimal("0.84"))


def test_without_agreement_all_of_it_is_the_sellers() -> None:
    line = sold(terms_of("12.90", None))
    assert line.split is None
    assert (line.own.net, line.own.tax) == (Decimal("12.06"), Decimal("0.84"))


def test_a_fact_without_quantity_is_refused() -> None:
    with pytest.raises(FactIncomplete):
        sell(terms_of("12.90", None), {"route": "R"})


@given(
    st.integers(0, 10**6).map(lambda cents: f"{Decimal(cents).scaleb(-2):f}"),
    st.sampled_from(["agent", "principal"]),
    st.integers(0, 1000).map(lambda part: f"{Decimal(part).scaleb(-3):f}"),
)
def test_every_sold_line_makes_a_balanced_journal(fare: str, role: str, rate: str) -> None:
    line = sold(terms_of(fare, agreement(role, rate)))
    assert line.split is not None
    assert line.net + line.tax == line.gross
    own = Revenue(line.own.account, line.own.net, line.own.tax, line.own.tax_key)
    shares = [
        PartyAmount(NO_WINDOW, part.amount)
        for part in line.split.parts
        if part.beneficiary != SELLER
    ]
    if role == "agent":
        journal = sale_agent("EUR", NO_WINDOW, line.gross.amount, shares, [own])
    else:
        journal = sale_principal("EUR", NO_WINDOW, [own], shares)
    assert balanced(journal)
