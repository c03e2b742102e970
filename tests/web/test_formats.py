"""Amounts and times read as people of each language write them, and are never rounded twice."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from groschen.core.money import Money
from groschen.web.ui.formats import formats
from groschen.web.ui.texts import Language

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("language", "amount", "currency", "spelled"),
    [
        ("de", "119789.39", "EUR", "119.789,39 €"),
        ("en", "119789.39", "EUR", "€119,789.39"),
        ("de", "12.9", "EUR", "12,90 €"),
        ("de", "0.005", "EUR", "0,01 €"),
        ("de", "0.015", "EUR", "0,02 €"),
        ("de", "-0.005", "EUR", "−0,01 €"),
        ("de", "-0.004", "EUR", "0,00 €"),
        ("en", "-1234.5", "EUR", "−€1,234.50"),
        ("de", "1234.5", "JPY", "1.235 ¥"),
        ("de", "1.0005", "KWD", "1,001 KWD"),
        ("de", "3.455", "RSD", "3,46 RSD"),
    ],
)
def test_money_is_rounded_by_core_to_the_digits_of_its_currency(
    language: Language, amount: str, currency: str, spelled: str
) -> None:
    text = formats(language).money(Money(Decimal(amount), currency))
    assert text.replace("\N{NO-BREAK SPACE}", " ") == spelled


def test_exact_money_drops_nothing() -> None:
    exact = formats("de").exact(Money(Decimal("-31870.588235294118"), "EUR"))
    assert (exact.visible, exact.below) == ("−31.870,58", "8235294118")


def test_exact_money_always_shows_twelve_decimals() -> None:
    exact = formats("en").exact(Money(Decimal("12.9"), "EUR"))
    assert (exact.visible, exact.below) == ("12.90", "0000000000")


def test_numbers_and_rates_keep_their_decimals() -> None:
    german = formats("de")
    assert german.number(Decimal("1234.123456789012")) == "1.234,123456789012"
    assert german.number(10_000) == "10.000"
    assert german.percent(Decimal("0.065")).replace("\N{NO-BREAK SPACE}", " ") == "6,5 %"


def test_times_are_spelled_in_the_zone_they_carry() -> None:
    moment = datetime(2026, 11, 30, 17, 42, tzinfo=BERLIN)
    assert formats("de").instant(moment) == "30.11.2026, 17:42"
    assert formats("en").instant(moment) == "30 Nov 2026, 17:42"
    assert formats("de").long_date(date(2026, 11, 30)) == "Montag, 30. November 2026"
