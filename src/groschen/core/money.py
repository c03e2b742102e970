"""Amounts of money and the only places where they are rounded.

Everything computes in ``EXACT``, a context of 80 digits that refuses to round. Rounding is one
of the named functions below, always half up on the absolute value: 0.5 becomes 1 and -0.5
becomes -1. Sub-ledgers keep twelve decimals, documents the digits of their currency.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import (
    ROUND_HALF_UP,
    Context,
    Decimal,
    DivisionByZero,
    FloatOperation,
    Inexact,
    InvalidOperation,
    Overflow,
)
from fractions import Fraction
from math import lcm
from typing import Self

from groschen.core.currencies import currency_digits
from groschen.core.errors import GroschenError, Kind, invariant

EXACT = Context(
    prec=80, traps=[InvalidOperation, DivisionByZero, Overflow, Inexact, FloatOperation]
)
_ROUNDING = Context(
    prec=80, rounding=ROUND_HALF_UP, traps=[InvalidOperation, DivisionByZero, Overflow]
)

DECIMALS = 12
LIMIT = Decimal(10) ** 16
ZERO = Decimal(0)
_UNITS = 10**DECIMALS
_LONGEST_NUMBER = 60


class CurrencyMismatch(GroschenError):
    """Two currencies met in one sum, comparison or agreement."""

    code = "currency_mismatch"
    kind = Kind.UNPROCESSABLE


class AmountInvalid(GroschenError):
    """A text is not a decimal number that can be stored exactly."""

    code = "amount_invalid"
    kind = Kind.INVALID


class WeightsAllZero(GroschenError):
    """Nothing says how to divide an amount: every weight is zero."""

    code = "weights_all_zero"
    kind = Kind.UNPROCESSABLE


class WeightNegative(GroschenError):
    """A weight below zero cannot say how to divide an amount."""

    code = "weight_negative"
    kind = Kind.UNPROCESSABLE


def canonical(value: Decimal) -> Decimal:
    """The same number without trailing zeros, exponent form or negative zero."""
    if not value:
        return ZERO
    plain = value.normalize(EXACT)
    exponent = plain.as_tuple().exponent
    if isinstance(exponent, int) and exponent > 0:
        return plain.quantize(Decimal(1), context=EXACT)
    return plain


def _round(value: Decimal | Fraction, decimals: int) -> Decimal:
    if isinstance(value, Decimal):
        return value.quantize(Decimal(1).scaleb(-decimals), context=_ROUNDING)
    scaled = abs(value.numerator) * 10**decimals
    whole, rest = divmod(scaled, value.denominator)
    if 2 * rest >= value.denominator:
        whole += 1
    signed = -whole if value < 0 else whole
    return Decimal(signed).scaleb(-decimals, EXACT)


def round12(value: Decimal | Fraction) -> Decimal:
    """Round to the twelve decimals of the sub-ledgers, half up on the absolute value."""
    return canonical(_round(value, DECIMALS))


def round_currency(value: Decimal | Fraction, currency: str) -> Decimal:
    """Round to the digits people see (EUR 2, JPY 0), half up on the absolute value.

    The result keeps its trailing zeros, as a document shows it: 12.90, not 12.9.
    """
    rounded = _round(value, currency_digits(currency))
    return rounded or rounded.copy_abs()


def add(*amounts: Decimal) -> Decimal:
    """Sum amounts exactly; an empty sum is zero."""
    return add_all(amounts)


def add_all(amounts: Iterable[Decimal]) -> Decimal:
    """Sum amounts exactly; an empty sum is zero."""
    total = ZERO
    for amount in amounts:
        total = EXACT.add(total, amount)
    return canonical(total)


def subtract(amount: Decimal, *others: Decimal) -> Decimal:
    """``amount`` less all ``others``, exactly."""
    rest = amount
    for other in others:
        rest = EXACT.subtract(rest, other)
    return canonical(rest)


def multiply(left: Decimal, right: Decimal) -> Decimal:
    """The exact product; it may have more than twelve decimals."""
    return canonical(EXACT.multiply(left, right))


def split_exact(total: Decimal, weights: Sequence[Fraction | Decimal | int]) -> tuple[Decimal, ...]:
    """Divide ``total`` by ``weights`` so that the parts add up to it exactly.

    Parts have twelve decimals; what is left in the twelfth goes to the largest remainders, ties
    to the earlier weight. A negative total is divided like its absolute value. ``total`` may
    not have more than twelve decimals. Raises ``WeightsAllZero`` and ``WeightNegative``.
    """
    shares = _whole_weights(weights)
    units = _in_units(total)
    return tuple(_from_units(part) for part in _largest_remainder(units, shares))


def _whole_weights(weights: Sequence[Fraction | Decimal | int]) -> list[int]:
    fractions = [Fraction(weight) for weight in weights]
    if any(weight < 0 for weight in fractions):
        raise WeightNegative(
            "a weight is below zero", field="weights", hint="give weights of zero or more"
        )
    if not any(fractions):
        raise WeightsAllZero(
            "all weights are zero",
            field="weights",
            hint="give at least one recipient a weight above zero",
        )
    common = lcm(*(weight.denominator for weight in fractions))
    return [int(weight * common) for weight in fractions]


def _in_units(total: Decimal) -> int:
    scaled = Fraction(total) * _UNITS
    invariant(scaled.denominator == 1, "an amount to split has more than twelve decimals")
    return int(scaled)


def _from_units(units: int) -> Decimal:
    return canonical(Decimal(units).scaleb(-DECIMALS, EXACT))


def _largest_remainder(units: int, weights: Sequence[int]) -> list[int]:
    whole = sum(weights)
    sign = -1 if units < 0 else 1
    divided = [divmod(abs(units) * weight, whole) for weight in weights]
    parts = [part for part, _ in divided]
    missing = abs(units) - sum(parts)
    by_remainder = sorted(range(len(weights)), key=lambda index: (-divided[index][1], index))
    for index in by_remainder[:missing]:
        parts[index] += 1
    return [sign * part for part in parts]


def parse_amount(text: str, field: str) -> Decimal:
    """Read a decimal number such as ``12.90`` or ``-0.5``; ``field`` names it in the error.

    Refuses what could not be stored exactly: more than twelve decimals, 1e16 or more,
    exponents, NaN, infinity, signs other than a leading minus, spaces and separators.
    """
    digits = text.removeprefix("-")
    whole, point, decimals = digits.partition(".")
    plain = text.isascii() and whole.isdigit() and (decimals.isdigit() if point else True)
    if not plain or len(text) > _LONGEST_NUMBER:
        raise AmountInvalid(
            f"{text[:_LONGEST_NUMBER]!r} is not a plain decimal number",
            field=field,
            hint='write it as a string such as "12.90", without exponent or separators',
        )
    if len(decimals) > DECIMALS:
        raise AmountInvalid(
            f"{text} has {len(decimals)} decimals, {DECIMALS} are possible",
            field=field,
            hint=f"round it to at most {DECIMALS} decimals",
        )
    value = Decimal(text)
    if value.copy_abs() >= LIMIT:
        raise AmountInvalid(
            f"{text} is too large", field=field, hint="stay below 10000000000000000 (1e16)"
        )
    return canonical(value)


def amount_text(amount: Decimal, currency: str) -> str:
    """Write ``amount`` with at least the digits of ``currency`` and no needless zeros."""
    plain = canonical(amount)
    exponent = plain.as_tuple().exponent
    digits = currency_digits(currency)
    if isinstance(exponent, int) and -exponent < digits:
        plain = plain.quantize(Decimal(1).scaleb(-digits), context=EXACT)
    return f"{plain:f}"


@dataclass(frozen=True, slots=True)
class Money:
    """An exact amount in one ISO currency; the sign says who owes, as each owner documents.

    Adding or comparing two currencies raises ``CurrencyMismatch``. Nothing here rounds.
    """

    amount: Decimal
    currency: str

    def __add__(self, other: Self) -> Money:
        self._check(other)
        return Money(add(self.amount, other.amount), self.currency)

    def __sub__(self, other: Self) -> Money:
        self._check(other)
        return Money(subtract(self.amount, other.amount), self.currency)

    def __neg__(self) -> Money:
        return Money(subtract(ZERO, self.amount), self.currency)

    def __mul__(self, factor: Decimal | int) -> Money:
        return Money(multiply(self.amount, Decimal(factor)), self.currency)

    def __lt__(self, other: Self) -> bool:
        self._check(other)
        return self.amount < other.amount

    def __le__(self, other: Self) -> bool:
        self._check(other)
        return self.amount <= other.amount

    def __gt__(self, other: Self) -> bool:
        return not self <= other

    def __ge__(self, other: Self) -> bool:
        return not self < other

    def __str__(self) -> str:
        return f"{amount_text(self.amount, self.currency)} {self.currency}"

    def _check(self, other: Money) -> None:
        if self.currency != other.currency:
            raise CurrencyMismatch(
                f"{other.currency} cannot be combined with {self.currency}",
                field="currency",
                hint=f"give the amount in {self.currency}",
                expected=self.currency,
                actual=other.currency,
            )

    @classmethod
    def zero(cls, currency: str) -> Money:
        """Nothing, in ``currency``."""
        return cls(ZERO, currency)

    def rounded(self) -> Money:
        """Rounded to the digits people see, half up on the absolute value."""
        return Money(round_currency(self.amount, self.currency), self.currency)
