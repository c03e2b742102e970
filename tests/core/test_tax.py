from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groschen.core.errors import InvariantBroken
from groschen.core.money import Money
from groschen.core.tax import (
    TaxCategory,
    TaxRate,
    TaxRateUnknown,
    TaxTable,
    german_rates,
    split_gross,
    split_gross_exact,
    split_net,
    split_net_exact,
    tax_key,
)

GERMANY = TaxTable.of(german_rates())
RATES = st.sampled_from([Decimal(rate) for rate in ("0", "0.05", "0.055", "0.07", "0.19", "0.27")])
CENTS = st.integers(-(10**9), 10**9).map(lambda cents: Money(Decimal(cents).scaleb(-2), "EUR"))


@pytest.mark.parametrize(
    ("day", "standard", "reduced"),
    [
        ("2007-01-01", "0.19", "0.07"),
        ("2020-06-30", "0.19", "0.07"),
        ("2020-07-01", "0.16", "0.05"),
        ("2020-12-31", "0.16", "0.05"),
        ("2021-01-01", "0.19", "0.07"),
        ("2026-11-22", "0.19", "0.07"),
    ],
)
def test_german_rates_by_date(day: str, standard: str, reduced: str) -> None:
    on = date.fromisoformat(day)
    assert GERMANY.rate_on("DE", TaxCategory.STANDARD, on).rate == Decimal(standard)
    assert GERMANY.rate_on("DE", TaxCategory.REDUCED, on).rate == Decimal(reduced)


@pytest.mark.parametrize(("country", "day"), [("DE", "2006-12-31"), ("FR", "2026-01-01")])
def test_an_unknown_rate_is_refused(country: str, day: str) -> None:
    with pytest.raises(TaxRateUnknown, match=day):
        GERMANY.rate_on(country, TaxCategory.STANDARD, date.fromisoformat(day))


def test_two_rates_for_one_day_are_a_bug() -> None:
    twice = TaxTable.of((*german_rates(), *german_rates()))
    with pytest.raises(InvariantBroken):
        twice.rate_on("DE", TaxCategory.REDUCED, date(2026, 1, 1))


@pytest.mark.parametrize(
    ("rate", "key"), [("0.19", "DE-19"), ("0.070", "DE-7"), ("0.055", "DE-5.5"), ("0", "DE-0")]
)
def test_tax_keys_name_country_and_percentage(rate: str, key: str) -> None:
    assert tax_key("DE", Decimal(rate)) == key
    entry = TaxRate("DE", TaxCategory.REDUCED, Decimal(rate), date(2026, 1, 1), None)
    assert entry.key == key


def test_a_document_rounds_the_tax_and_keeps_the_gross() -> None:
    net, tax = split_gross(Money(Decimal("12.90"), "EUR"), Decimal("0.07"))
    assert (net.amount, tax.amount) == (Decimal("12.06"), Decimal("0.84"))


def test_a_posting_without_document_keeps_twelve_decimals() -> None:
    net, tax = split_gross_exact(Money(Decimal("2.00"), "EUR"), Decimal("0.19"))
    assert (net.amount, tax.amount) == (Decimal("1.680672268908"), Decimal("0.319327731092"))


def test_tax_on_a_net_price() -> None:
    net = Money(Decimal("2.712"), "EUR")
    assert split_net(net, Decimal("0.19")).tax.amount == Decimal("0.52")
    assert split_net_exact(net, Decimal("0.19")).tax.amount == Decimal("0.51528")
    assert split_net(net, Decimal("0.19")).net == net


@given(CENTS, RATES)
def test_net_and_tax_are_the_gross(gross: Money, rate: Decimal) -> None:
    for split in (split_gross(gross, rate), split_gross_exact(gross, rate)):
        assert split.net + split.tax == gross


@given(CENTS, RATES)
def test_a_negative_price_is_split_like_its_absolute_value(gross: Money, rate: Decimal) -> None:
    assert split_gross(-gross, rate).tax == -split_gross(gross, rate).tax
    assert split_net_exact(-gross, rate).tax == -split_net_exact(gross, rate).tax
