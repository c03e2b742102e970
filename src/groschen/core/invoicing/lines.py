"""What of an amount is still to be billed: what it should be, less what was billed."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from groschen.core.money import ZERO, add_all, round12, round_currency, subtract


class Effect(StrEnum):
    """Why something was billed, or given back.

    All but ``CONCEDE`` count as billed. What is conceded (goodwill, waiver, settlement) is given
    back without being owed again, so that no later document bills it a second time.
    """

    CHARGE = "charge"
    CORRECT = "correct"
    CANCEL_REISSUE = "cancel_reissue"
    CONCEDE = "concede"

    @property
    def counts(self) -> bool:
        """Whether an entry of this effect counts as billed."""
        return self is not Effect.CONCEDE


def billed_amount(entries: Iterable[tuple[Effect, Decimal]]) -> Decimal:
    """What was billed of a billable: the sum of its entries that count."""
    return add_all(amount for effect, amount in entries if effect.counts)


def line_amount(should: Decimal, billed: Decimal, currency: str) -> Decimal:
    """What the next document says: ``should`` in currency digits, less what was ``billed``.

    ``should`` has twelve decimals and is rounded here, half up on the absolute value; ``billed``
    has currency digits already. So cents telescope: over all documents a billable adds up to its
    rounded amount. Negative when more was billed than should be.
    """
    return subtract(round_currency(should, currency), billed)


def receivable_part(amount: Decimal, receivable: Decimal, gross: Decimal) -> Decimal:
    """The part of ``amount`` (in the plan's basis) that is to be invoiced, at twelve decimals.

    Credit pays gross amounts. Of a total whose gross is ``gross`` the part ``receivable`` was not
    paid by credit; the same part of ``amount`` is billed. All of it when credit paid nothing.
    """
    if receivable == gross:
        return amount
    if not gross:
        return ZERO
    return round12(Fraction(amount) * Fraction(receivable) / Fraction(gross))
