from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groschen.core.errors import InvariantBroken
from groschen.core.money import add, add_all, multiply, round_currency, subtract
from groschen.core.shares import CommissionSum, StatementFigures, StatementInput
from groschen.core.shares.statement import statement

EXACT = st.integers(-(10**18), 10**18).map(lambda units: Decimal(units).scaleb(-12))
CENTS = st.integers(-(10**8), 10**8).map(lambda cents: Decimal(cents).scaleb(-2))
VAT_RATES = st.sampled_from([Decimal("0.19"), Decimal("0.07"), Decimal(0)])
SUMS = st.builds(CommissionSum, vat_rate=VAT_RATES, exact=EXACT)
INPUTS = st.builds(
    StatementInput,
    currency=st.just("EUR"),
    opening=CENTS,
    carried_in=EXACT.map(lambda amount: subtract(amount, round_currency(amount, "EUR"))),
    shares_exact=EXACT,
    commissions=st.lists(SUMS, max_size=3).map(tuple),
    min_payout=CENTS.map(lambda amount: amount.copy_abs()),
    supply_vat_rate=VAT_RATES,
    returned_payouts=CENTS.map(lambda amount: amount.copy_abs()),
)


def month(shares: str, commission: str = "0", **changes: Any) -> StatementInput:
    data = StatementInput(
        currency="EUR",
        opening=Decimal(0),
        carried_in=Decimal(0),
        shares_exact=Decimal(shares),
        commissions=(CommissionSum(Decimal("0.19"), Decimal(commission)),),
        min_payout=Decimal(10),
    )
    return replace(data, **changes)


@pytest.mark.parametrize(
    ("shares", "commission", "share", "charged", "vat", "payout"),
    [
        ("31870.58823529", "1912.23529412", "31870.59", "1912.24", "363.33", "29595.02"),
        ("82332.35294118", "4939.94117647", "82332.35", "4939.94", "938.59", "76453.82"),
        ("14797.05882353", "887.82352941", "14797.06", "887.82", "168.69", "13740.55"),
    ],
)
def test_the_month_of_ten_thousand_tickets(
    shares: str, commission: str, share: str, charged: str, vat: str, payout: str
) -> None:
    figures = statement(month(shares, commission))
    assert figures.share_cents == Decimal(share)
    assert figures.commission == Decimal(charged)
    assert figures.vat == Decimal(vat)
    assert figures.payout == figures.net == Decimal(payout)
    assert figures.carried_out == Decimal(shares) - Decimal(share)


def test_a_month_of_reversals_closes_negative_and_pays_nothing() -> None:
    figures = statement(month("-3.187058823529", "-0.191223529412"))
    assert figures.share_cents == Decimal("-3.19")
    assert figures.carried_out == Decimal("0.002941176471")
    assert (figures.commission, figures.vat) == (Decimal("-0.19"), Decimal("-0.04"))
    assert figures.payout == 0
    assert figures.closing == Decimal("-2.96")


@pytest.mark.parametrize(
    ("min_payout", "shares", "payout", "closing"),
    [
        ("10.00", "9.99", "0", "9.99"),
        ("10.00", "10.00", "10.00", "0"),
        ("0", "0.004", "0", "0"),
        ("0", "0.005", "0.01", "0"),
        ("0", "-1", "0", "-1"),
    ],
)
def test_a_total_below_the_minimum_is_carried(
    min_payout: str, shares: str, payout: str, closing: str
) -> None:
    figures = statement(month(shares, min_payout=Decimal(min_payout)))
    assert (figures.payout, figures.closing) == (Decimal(payout), Decimal(closing))


def test_the_smallest_coin_is_that_of_the_currency() -> None:
    assert statement(month("1", currency="JPY", min_payout=Decimal(0))).payout == 1


def test_a_payout_the_bank_returned_is_paid_again() -> None:
    figures = statement(month("0", returned_payouts=Decimal("120.00")))
    assert figures.net == 0
    assert figures.payout == Decimal(120)


def test_what_a_partner_bills_a_principal_is_on_top() -> None:
    figures = statement(month("71.34", supply_vat_rate=Decimal("0.19")))
    assert figures.supply_vat == Decimal("13.55")
    assert figures.payout == Decimal("84.89")


def test_an_opening_that_is_not_in_cents_is_a_bug() -> None:
    with pytest.raises(InvariantBroken):
        statement(month("1", opening=Decimal("0.001")))


@given(INPUTS)
def test_every_figure_follows_from_the_others(data: StatementInput) -> None:
    figures = statement(data)
    assert add(figures.share_exact, figures.carried_in) == add(
        figures.share_cents, figures.carried_out
    )
    assert figures.net == subtract(
        add(figures.share_cents, figures.supply_vat), figures.commission, figures.vat
    )
    assert figures.total_due == add(data.opening, data.returned_payouts, figures.net)
    assert figures.total_due == add(figures.payout, figures.closing)
    assert figures.payout == 0 or figures.payout >= max(data.min_payout, Decimal("0.01"))
    for group in figures.groups:
        assert group.vat == round_currency(multiply(group.commission, group.vat_rate), "EUR")


@given(INPUTS)
def test_the_residue_stays_below_a_cent(data: StatementInput) -> None:
    assert abs(statement(data).carried_out) <= Decimal("0.005")


@given(INPUTS, st.lists(EXACT, min_size=1, max_size=12))
def test_each_statement_opens_where_the_one_before_closed_and_nothing_is_lost(
    first: StatementInput, months: list[Decimal]
) -> None:
    data = replace(first, carried_in=Decimal(0), opening=Decimal(0))
    chain: list[StatementFigures] = []
    for shares in months:
        data = replace(data, shares_exact=shares)
        chain.append(statement(data))
        data = replace(data, opening=chain[-1].closing, carried_in=chain[-1].carried_out)
    stated = add_all(figures.share_cents for figures in chain)
    assert add(stated, chain[-1].carried_out) == add_all(months)
    moved = add_all(add(figures.net, figures.returned_payouts) for figures in chain)
    assert moved == add(chain[-1].closing, add_all(figures.payout for figures in chain))
