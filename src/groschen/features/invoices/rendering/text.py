"""Figures and days as people of a language write them. Nothing is rounded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_decimal, get_currency_symbol

from groschen.core.currencies import currency_digits
from groschen.core.errors import invariant
from groschen.core.money import canonical
from groschen.features.invoices.rendering.words import STEPS, WORDS, Language

LOCALES: Final[dict[Language, Locale]] = {"de": Locale("de", "DE"), "en": Locale("en", "GB")}
DAYS: Final[dict[Language, str]] = {"de": "dd.MM.yyyy", "en": "d MMM yyyy"}
GROUP: Final = 4


@dataclass(frozen=True, slots=True)
class Text:
    """Writes for one language and currency."""

    language: Language
    currency: str

    @property
    def locale(self) -> Locale:
        """The locale of the language."""
        return LOCALES[self.language]

    def word(self, name: str) -> str:
        """A fixed text."""
        return WORDS[self.language][name]

    def step(self, label: str) -> str:
        """What people call a step of a price; its own name if it is not a common one."""
        return STEPS[self.language].get(label, label)

    def day(self, stored: str) -> str:
        """A day, such as 31.01.2027 or 31 Jan 2027."""
        return format_date(date.fromisoformat(stored), DAYS[self.language], locale=self.locale)

    def days(self, first: str, last: str) -> str:
        """A span of days, its first and its last."""
        if first == last:
            return self.day(first)
        return f"{self.day(first)} – {self.day(last)}"

    def number(self, value: Decimal | str, least: int = 0) -> str:
        """A number with all its decimals, ``least`` of them in any case."""
        plain = canonical(Decimal(value))
        exponent = plain.as_tuple().exponent
        decimals = max(least, -exponent if isinstance(exponent, int) else 0)
        pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
        return format_decimal(plain, pattern, locale=self.locale)

    def plain(self, amount: Decimal | str) -> str:
        """An amount without its currency, with at least the currency's digits."""
        return self.number(amount, currency_digits(self.currency))

    def money(self, amount: Decimal | str) -> str:
        """An amount with its currency, as the language places it."""
        symbol = get_currency_symbol(self.currency, locale=self.locale)
        figure = self.plain(amount)
        if self.language == "de" or len(symbol) > 1:
            return f"{figure}\N{NO-BREAK SPACE}{symbol}"
        if figure.startswith("-"):
            return f"-{symbol}{figure[1:]}"
        return f"{symbol}{figure}"

    def percent(self, value: Decimal) -> str:
        """A percentage."""
        gap = "\N{NO-BREAK SPACE}" if self.language == "de" else ""
        return f"{self.number(value)}{gap}%"

    def iban(self, stored: str | None) -> str | None:
        """An IBAN in groups of four."""
        if stored is None:
            return None
        invariant(bool(stored), "an IBAN is stored empty")
        return "\N{NO-BREAK SPACE}".join(
            stored[start : start + GROUP] for start in range(0, len(stored), GROUP)
        )
