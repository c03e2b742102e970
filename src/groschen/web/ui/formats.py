"""How amounts, numbers and times read in a language. Rounding is core's; this only spells."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from babel import Locale
from babel.dates import format_date, format_time
from babel.numbers import NumberPattern, format_decimal, format_percent, parse_pattern

from groschen.core.currencies import currency_digits
from groschen.core.money import DECIMALS, Money, round_currency
from groschen.web.ui.texts import Language

MINUS = "\N{MINUS SIGN}"
LOCALES: dict[Language, str] = {"de": "de_DE", "en": "en_GB"}


@dataclass(frozen=True, slots=True)
class ExactMoney:
    """A spelled amount in two pieces: down to the cent, and what lies below it."""

    visible: str
    below: str


@dataclass(frozen=True, slots=True)
class Formats:
    """Spells values for readers of one locale. Times are spelled in the zone they carry."""

    locale: Locale

    def money(self, value: Money) -> str:
        """``value`` rounded to the currency's digits by core, with the currency sign."""
        amount = round_currency(value.amount, value.currency)
        pattern = self._pattern(value.currency)
        spelled: str = pattern.apply(
            amount, self.locale, currency=value.currency, currency_digits=False
        )
        return spelled.replace("-", MINUS)

    def unit_price(self, value: Money) -> str:
        """``value`` with all digits it has, at least the currency's, with the currency sign."""
        pattern = self._pattern(value.currency)
        pattern.frac_prec = (currency_digits(value.currency), DECIMALS)
        spelled: str = pattern.apply(
            value.amount,
            self.locale,
            currency=value.currency,
            currency_digits=False,
            decimal_quantization=False,
        )
        return spelled.replace("-", MINUS)

    def exact(self, value: Money) -> ExactMoney:
        """``value`` with all twelve decimals, nothing rounded, without a currency sign."""
        pattern = f"#,##0.{'0' * DECIMALS}"
        spelled = format_decimal(value.amount, pattern, self.locale, decimal_quantization=False)
        cut = currency_digits(value.currency) - DECIMALS
        return ExactMoney(spelled[:cut].replace("-", MINUS), spelled[cut:])

    def number(self, value: Decimal | int) -> str:
        return format_decimal(value, locale=self.locale, decimal_quantization=False)

    def percent(self, rate: Decimal) -> str:
        """``rate`` 0.06 reads 6 %; no digit is dropped."""
        return format_percent(rate, locale=self.locale, decimal_quantization=False)

    def date(self, value: dt.date) -> str:
        return format_date(value, "medium", locale=self.locale)

    def long_date(self, value: dt.date) -> str:
        return format_date(value, "full", locale=self.locale)

    def day(self, value: dt.date) -> str:
        """Day and month only, for the axis of a chart."""
        return format_date(
            value, "d. MMM" if self.locale.language == "de" else "d MMM", self.locale
        )

    def step(self, start: dt.datetime, grain: str) -> str:
        """When a step of a series starts: its time, its day, or its month."""
        if grain == "quarter_hour":
            return self.time(start)
        if grain == "month":
            return format_date(start, "MMMM y", self.locale)
        return self.day(start)

    def instant(self, value: dt.datetime) -> str:
        """Date and time to the minute, in the zone ``value`` carries."""
        return f"{self.date(value)}, {self.time(value)}"

    def time(self, value: dt.datetime) -> str:
        return format_time(value, "short", value.tzinfo, self.locale)

    def spelled(self, facts: Mapping[str, object]) -> dict[str, str]:
        """The facts of a refusal as a reader's text takes them.

        Numbers beside a ``currency`` are amounts in it.
        """
        currency = facts.get("currency")
        known = currency if isinstance(currency, str) else None
        return {name: self._fact(value, known) for name, value in facts.items()}

    def _fact(self, value: object, currency: str | None) -> str:
        match value:
            case Decimal():
                return (
                    self.number(value) if currency is None else self.money(Money(value, currency))
                )
            case dt.datetime():
                return self.instant(value)
            case dt.date():
                return self.date(value)
            case _:
                return str(value)

    def _pattern(self, currency: str) -> NumberPattern:
        """The locale's currency pattern with the digits core gives ``currency``."""
        pattern = parse_pattern(self.locale.currency_formats["standard"].pattern)
        digits = currency_digits(currency)
        pattern.frac_prec = (digits, digits)
        return pattern


@cache
def formats(language: Language) -> Formats:
    return Formats(Locale.parse(LOCALES[language]))
