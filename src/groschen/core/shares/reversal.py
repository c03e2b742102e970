"""Undoing recorded amounts in proportion, so that repeated partial steps sum to the whole.

A reversal never computes with today's rules: it takes what was recorded. How much is undone
is a fraction of the whole that only counts from the start: the step from ``already`` to
``already + part``. A negative ``part`` gives back what was undone, such as after a chargeback
that was won.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from groschen.core.errors import GroschenError, Kind, invariant
from groschen.core.money import ZERO, add_all, round12, split_exact, subtract


class ReversalTooLarge(GroschenError):
    """More would be undone than was recorded, or more given back than was undone."""

    code = "reversal_too_large"
    kind = Kind.UNPROCESSABLE


def portion_between(recorded: Decimal, before: Fraction, after: Fraction) -> Decimal:
    """What the step from ``before`` to ``after`` (fractions of the whole) is of ``recorded``.

    Twelve decimals. Steps from 0 to 1 sum to ``recorded``, whatever lies between.
    """
    whole = Fraction(recorded)
    return subtract(round12(whole * after), round12(whole * before))


def portions_between(
    recorded: Sequence[Decimal], before: Fraction, after: Fraction
) -> tuple[Decimal, ...]:
    """Like ``portion_between`` for amounts of one sign that belong together.

    The portions of a step sum to the portion of the sum, exactly: a journal made of them and
    of the money moved is balanced.
    """
    total = add_all(recorded)
    if not total:
        return tuple(ZERO for _ in recorded)
    invariant(all(a * total >= 0 for a in recorded), "amounts of both signs in one reversal")
    weights = [amount.copy_abs() for amount in recorded]
    reached = split_exact(round12(Fraction(total) * after), weights)
    left_from = split_exact(round12(Fraction(total) * before), weights)
    return tuple(subtract(now, then) for now, then in zip(reached, left_from, strict=True))


def reverse(recorded: Decimal, part: Fraction, already: Fraction = Fraction(0)) -> Decimal:
    """The amount that undoes ``part`` of ``recorded``: opposite sign, twelve decimals.

    ``already`` is the fraction undone before. Raises ``ReversalTooLarge``.
    """
    _check(part, already)
    return subtract(ZERO, portion_between(recorded, already, already + part))


def reverse_all(
    recorded: Sequence[Decimal], part: Fraction, already: Fraction = Fraction(0)
) -> tuple[Decimal, ...]:
    """``reverse`` for the amounts of one line; together they undo exactly ``part`` of it."""
    _check(part, already)
    portions = portions_between(recorded, already, already + part)
    return tuple(subtract(ZERO, portion) for portion in portions)


def _check(part: Fraction, already: Fraction) -> None:
    after = already + part
    if not 0 <= after <= 1:
        raise ReversalTooLarge(
            f"{already} of the amount is undone, {part} more is not possible",
            field="amount",
            hint=f"undo at most {1 - already} of it, or give back at most {already}",
        )
