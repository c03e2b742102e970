"""How a wallet stands, and which lines it crossed from one moment to the next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from groschen.core.credit.purse import Purse


@dataclass(frozen=True, slots=True)
class Standing:
    """``credit`` can be used, ``overdraft`` is emergency credit to be repaid.

    ``exhausted`` since nothing more could be had on a day that is not protected.
    """

    credit: Decimal
    overdraft: Decimal
    exhausted: bool


@dataclass(frozen=True, slots=True)
class Crossings:
    """What happened between two moments: thresholds fallen through, highest first, and more."""

    thresholds: tuple[Decimal, ...]
    emptied: bool
    in_emergency: bool
    exhausted: bool


def standing(purse: Purse, *, was_exhausted: bool, today: date) -> Standing:
    """How a purse stands on the day ``today`` of its time zone.

    A protected day exhausts nothing, but does not end what was exhausted before: only credit or
    repaid emergency credit does.
    """
    credit = purse.credit
    nothing_left = credit <= 0 and purse.overdraft >= purse.emergency_limit
    exhausted = nothing_left and (was_exhausted or today not in purse.protected)
    return Standing(credit, purse.overdraft, exhausted)


def crossings(before: Standing, after: Standing, thresholds: Sequence[Decimal]) -> Crossings:
    """The lines crossed downwards: above a threshold before, at or below it now."""
    crossed = (line for line in thresholds if before.credit > line >= after.credit)
    return Crossings(
        thresholds=tuple(sorted(crossed, reverse=True)),
        emptied=before.credit > 0 >= after.credit,
        in_emergency=before.overdraft <= 0 < after.overdraft,
        exhausted=after.exhausted and not before.exhausted,
    )
