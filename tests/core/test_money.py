from __future__ import annotations

from decimal import Decimal, Inexact, localcontext
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groschen.core.currencies import CURRENCIES, CurrencyUnknown, currency_digits
from groschen.core.errors import InvariantBroken
from groschen.core.money import (
    EXACT,
    AmountInvalid,
    CurrencyMismatch,
    Money,
    WeightNegative,
    WeightsAllZero,
    add,
    add_all,
    amount_text,
    canonical,
    multiply,
    parse_amount,
    round12,
    round_currency,
    split_exact,
    subtract,
)

AMOUNTS = st.decimals(-(10**15), 10**15, places=12)
CENTS = st.integers(-(10**9), 10**9).map(lambda cents: Decimal(cents).scaleb(-2))
WEIGHTS = st.lists(st.fractions(0, 10**6, max_denominator=10**6), min_size=1, max_size=8)


def eur(amount: str) -> Money:
    return Money(Decimal(amount), "EUR")


@pytest.mark.parametrize(
    ("exact", "rounded"),
    [
        ("0.0000000000005", "0.000000000001"),
        ("-0.0000000000005", "-0.000000000001"),
        ("0.00000000000049999", "0"),
        ("-0.00000000000049999", "0"),
        ("12.90", "12.9"),
        ("100", "100"),
        ("1234567890123456.1234567890125", "1234567890123456.123456789013"),
    ],
)
def test_twelve_decimals_round_half_up_on_the_absolute_value(exact: str, rounded: str) -> None:
    assert f"{round12(Decimal(exact)):f}" == rounded
    assert round12(Fraction(exact)) == Decimal(rounded)


def test_a_third_is_rounded_at_the_twelfth_decimal() -> None:
    assert round12(Fraction(1, 3)) == Decimal("0.333333333333")
    assert round12(Fraction(-2, 3)) == Decimal("-0.666666666667")


@pytest.mark.parametrize(
    ("exact", "currency", "shown"),
    [
        ("1.005", "EUR", "1.01"),
        ("-1.005", "EUR", "-1.01"),
        ("-0.004", "EUR", "0.00"),
        ("12.9", "EUR", "12.90"),
        ("0.5", "JPY", "1"),
        ("2.0005", "KWD", "2.001"),
    ],
)
def test_documents_round_to_the_digits_of_their_currency(
    exact: str, currency: str, shown: str
) -> None:
    assert str(round_currency(Decimal(exact), currency)) == shown
    assert str(round_currency(Fraction(exact), currency)) == shown


@given(st.fractions(-(10**6), 10**6))
def test_decimal_and_fraction_round_alike(value: Fraction) -> None:
    rounded = round12(value)
    assert abs(Fraction(rounded) - value) * 2 <= Fraction(1, 10**12)


def test_computing_refuses_to_round() -> None:
    with pytest.raises(Inexact):
        EXACT.divide(Decimal(1), Decimal(3))


@given(AMOUNTS, AMOUNTS)
def test_sums_are_exact_whatever_the_surrounding_context(a: Decimal, b: Decimal) -> None:
    with localcontext() as context:
        context.prec = 3
        total = add(a, b)
        rest = subtract(a, b)
    assert Fraction(total) == Fraction(a) + Fraction(b)
    assert Fraction(rest) == Fraction(a) - Fraction(b)


@given(AMOUNTS, AMOUNTS)
def test_products_are_exact(a: Decimal, b: Decimal) -> None:
    assert Fraction(multiply(a, b)) == Fraction(a) * Fraction(b)


def test_an_empty_sum_is_zero() -> None:
    assert add() == add_all([]) == 0


@pytest.mark.parametrize(
    ("value", "text"),
    [("1E+2", "100"), ("1.500", "1.5"), ("-0.00", "0"), ("0.10", "0.1"), ("-7", "-7")],
)
def test_canonical_form_is_plain(value: str, text: str) -> None:
    assert str(canonical(Decimal(value))) == text


@given(AMOUNTS, WEIGHTS)
def test_parts_of_a_split_add_up_and_none_is_off_by_a_unit(
    total: Decimal, weights: list[Fraction]
) -> None:
    if not any(weights):
        weights.append(Fraction(1))
    parts = split_exact(total, weights)
    assert add_all(parts) == total
    for part, weight in zip(parts, weights, strict=True):
        exact = Fraction(total) * weight / sum(weights)
        assert abs(Fraction(part) - exact) < Fraction(1, 10**12)


@given(CENTS, WEIGHTS)
def test_equal_weights_differ_by_one_unit_and_the_earlier_has_more(
    total: Decimal, weights: list[Fraction]
) -> None:
    parts = split_exact(total, [1 for _ in weights])
    sizes = [part.copy_abs() for part in parts]
    assert sizes == sorted(sizes, reverse=True)
    assert max(sizes) - min(sizes) <= Decimal("1e-12")


def test_the_largest_remainder_gets_the_last_unit() -> None:
    assert split_exact(Decimal(1), [1, 1, 1]) == (
        Decimal("0.333333333334"),
        Decimal("0.333333333333"),
        Decimal("0.333333333333"),
    )
    assert split_exact(Decimal("-0.000000000002"), [Decimal("0.2"), Fraction(4, 5)]) == (
        Decimal(0),
        Decimal("-0.000000000002"),
    )


def test_a_weight_of_zero_gets_nothing() -> None:
    assert split_exact(Decimal("0.000000000001"), [0, 1, 0]) == (
        Decimal(0),
        Decimal("1e-12"),
        Decimal(0),
    )


@pytest.mark.parametrize("weights", [[], [0], [Decimal(0), Fraction(0)]])
def test_weights_of_zero_cannot_divide(weights: list[Decimal | Fraction | int]) -> None:
    with pytest.raises(WeightsAllZero) as refusal:
        split_exact(Decimal(1), weights)
    assert (refusal.value.field, refusal.value.code) == ("weights", "weights_all_zero")


def test_a_negative_weight_cannot_divide() -> None:
    with pytest.raises(WeightNegative):
        split_exact(Decimal(1), [2, -1])


def test_a_split_of_thirteen_decimals_is_a_bug() -> None:
    with pytest.raises(InvariantBroken):
        split_exact(Decimal("0.0000000000001"), [1])


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12.90", "12.9"),
        ("-0.5", "-0.5"),
        ("0", "0"),
        ("007", "7"),
        ("9999999999999999.999999999999", "9999999999999999.999999999999"),
        ("0.000000000001", "1E-12"),
    ],
)
def test_plain_numbers_are_read(text: str, value: str) -> None:
    assert parse_amount(text, "amount") == Decimal(value)


@pytest.mark.parametrize(
    "text",
    [
        "", "-", ".", ".5", "5.", "1e3", "1E-2", "NaN", "Infinity", "-Infinity", "+1", "--1",
        " 1", "1 ", "1_000", "1,5", "1.000,00", "0x10", "\u0661\u0662", "\u00bd", "1.2.3",
        "0.0000000000001", "10000000000000000", "-10000000000000000", "1" * 61,
    ],
)  # fmt: skip
def test_what_cannot_be_stored_exactly_is_refused(text: str) -> None:
    with pytest.raises(AmountInvalid) as refusal:
        parse_amount(text, "price.amount")
    assert refusal.value.field == "price.amount"
    assert refusal.value.hint


def test_thirteen_decimals_are_named_in_the_refusal() -> None:
    with pytest.raises(AmountInvalid, match="13 decimals, 12 are possible"):
        parse_amount("1.0000000000001", "amount")


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        ("12.9", "EUR", "12.90"),
        ("12.905", "EUR", "12.905"),
        ("-3", "EUR", "-3.00"),
        ("1E+3", "JPY", "1000"),
        ("3.187058823529", "EUR", "3.187058823529"),
        ("0", "KWD", "0.000"),
    ],
)
def test_amounts_are_written_with_the_digits_of_their_currency(
    amount: str, currency: str, text: str
) -> None:
    assert amount_text(Decimal(amount), currency) == text
    assert str(Money(Decimal(amount), currency)) == f"{text} {currency}"


def test_money_of_one_currency_computes() -> None:
    assert eur("12.90") + eur("0.10") == eur("13")
    assert eur("12.90") - eur("13.00") == -eur("0.10")
    assert eur("12.90") * 3 == eur("38.70")
    assert eur("12.90") * Decimal("0.5") == eur("6.45")
    assert eur("1.005").rounded() == eur("1.01")
    assert Money.zero("EUR") == eur("0.00")


def test_money_of_one_currency_compares() -> None:
    assert eur("1") < eur("2") <= eur("2.00")
    assert eur("2") > eur("1") >= eur("1")
    assert not eur("1") > eur("1")
    assert hash(eur("1.0")) == hash(eur("1.00"))


def test_two_currencies_never_meet() -> None:
    euro, franc = eur("1"), Money(Decimal(1), "CHF")
    assert euro != franc
    for meet in (
        lambda: euro + franc,
        lambda: euro - franc,
        lambda: euro < franc,
        lambda: euro <= franc,
        lambda: euro > franc,
        lambda: euro >= franc,
    ):
        with pytest.raises(CurrencyMismatch) as refusal:
            meet()
        assert refusal.value.facts == {"expected": "EUR", "actual": "CHF"}


def test_currencies_have_their_iso_digits() -> None:
    assert {code: currency_digits(code) for code in ("EUR", "JPY", "KWD", "HUF")} == {
        "EUR": 2,
        "JPY": 0,
        "KWD": 3,
        "HUF": 2,
    }
    assert len(CURRENCIES) > 150


@pytest.mark.parametrize("code", ["", "eur", "EURO", "QQQ"])
def test_an_unknown_currency_is_refused(code: str) -> None:
    with pytest.raises(CurrencyUnknown):
        currency_digits(code)
