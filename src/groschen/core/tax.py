"""Value added tax: dated rates, and a price taken apart into net and tax.

A rate is a factor: 0.19 means 19 percent. ``split_gross`` and ``split_net`` are the document
form, rounded to the digits of the currency; the ``_exact`` forms keep the twelve decimals of
the ledger and are for postings that are not documents. In each, net plus tax is the gross.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import NamedTuple

from groschen.core.errors import GroschenError, Kind, invariant
from groschen.core.money import Money, canonical, multiply, round12, round_currency, subtract


class TaxRateUnknown(GroschenError):
    """No rate of this country and category is known for the day."""

    code = "tax_rate_unknown"
    kind = Kind.UNPROCESSABLE


class TaxCategory(StrEnum):
    """Which of a country's rates applies to a product."""

    STANDARD = "standard"
    REDUCED = "reduced"


@dataclass(frozen=True, slots=True)
class TaxRate:
    """One rate of one country from ``valid_from`` up to, not including, ``valid_until``."""

    country: str
    category: TaxCategory
    rate: Decimal
    valid_from: date
    valid_until: date | None

    def applies_on(self, day: date) -> bool:
        """Whether the rate is in force on ``day``."""
        return self.valid_from <= day and (self.valid_until is None or day < self.valid_until)

    @property
    def key(self) -> str:
        """The tax key that postings of this rate carry, such as DE-19."""
        return tax_key(self.country, self.rate)


@dataclass(frozen=True, slots=True)
class TaxTable:
    """All known rates; for each country and category at most one applies on a day."""

    rates: tuple[TaxRate, ...]

    @classmethod
    def of(cls, rates: Iterable[TaxRate]) -> TaxTable:
        """A table of ``rates`` in any order."""
        return cls(tuple(rates))

    def rate_on(self, country: str, category: TaxCategory, day: date) -> TaxRate:
        """The rate in force on the day of supply; raises ``TaxRateUnknown``."""
        found = [
            rate
            for rate in self.rates
            if rate.country == country and rate.category is category and rate.applies_on(day)
        ]
        if not found:
            raise TaxRateUnknown(
                f"no {category} rate of {country} is known for {day.isoformat()}",
                field="tax_category",
                hint="add a dated rate that covers this day",
            )
        invariant(len(found) == 1, f"two {category} rates of {country} apply on {day}")
        return found[0]


def german_rates() -> tuple[TaxRate, ...]:
    """The German rates since 2007: 19 and 7 percent, 16 and 5 in the second half of 2020.

    Paragraphs 12 (1), 12 (2) and 28 (1) to (3) UStG.
    """
    relief_starts, relief_ends = date(2020, 7, 1), date(2021, 1, 1)
    history = (
        (date(2007, 1, 1), relief_starts, "0.19", "0.07"),
        (relief_starts, relief_ends, "0.16", "0.05"),
        (relief_ends, None, "0.19", "0.07"),
    )
    return tuple(
        TaxRate("DE", category, Decimal(rate), valid_from, valid_until)
        for valid_from, valid_until, standard, reduced in history
        for category, rate in (
            (TaxCategory.STANDARD, standard),
            (TaxCategory.REDUCED, reduced),
        )
    )


def tax_key(country: str, rate: Decimal) -> str:
    """What marks a posting of tax: country and percentage, such as DE-19 or FR-5.5."""
    return f"{country}-{canonical(multiply(rate, Decimal(100))):f}"


class TaxSplit(NamedTuple):
    """A price taken apart; ``net + tax`` is the gross, exactly."""

    net: Money
    tax: Money


def tax_within(gross: Decimal, rate: Decimal) -> Fraction:
    """The tax contained in ``gross``, exactly: gross x rate / (1 + rate)."""
    factor = Fraction(rate)
    return Fraction(gross) * factor / (1 + factor)


def split_gross(gross: Money, rate: Decimal) -> TaxSplit:
    """Net and tax of a gross price on a document; the tax is rounded, the net is the rest."""
    tax = round_currency(tax_within(gross.amount, rate), gross.currency)
    return TaxSplit(Money(subtract(gross.amount, tax), gross.currency), Money(tax, gross.currency))


def split_net(net: Money, rate: Decimal) -> TaxSplit:
    """Net and tax of a net price on a document; the tax is rounded, the net stays."""
    tax = round_currency(multiply(net.amount, rate), net.currency)
    return TaxSplit(net, Money(tax, net.currency))


def split_gross_exact(gross: Money, rate: Decimal) -> TaxSplit:
    """Net and tax of a gross amount at twelve decimals, for postings without a document."""
    tax = round12(tax_within(gross.amount, rate))
    return TaxSplit(Money(subtract(gross.amount, tax), gross.currency), Money(tax, gross.currency))


def split_net_exact(net: Money, rate: Decimal) -> TaxSplit:
    """Net and tax of a net amount at twelve decimals, for postings without a document."""
    return TaxSplit(net, Money(round12(multiply(net.amount, rate)), net.currency))
