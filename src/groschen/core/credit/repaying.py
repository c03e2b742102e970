"""Repaying emergency credit out of a top-up: the oldest use is paid first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from groschen.core.credit.purse import Burn
from groschen.core.money import subtract


@dataclass(frozen=True, slots=True)
class Repaid:
    """``amount`` of the emergency credit that a total used on a day was paid by a top-up."""

    total_id: UUID
    day: date
    amount: Decimal


def repay(burns: Iterable[Burn], amount: Decimal) -> list[Repaid]:
    """Divide ``amount`` among burns of emergency credit, oldest day first, then as they burned.

    Repays at most what is outstanding; the sum of the answer says how much that was.
    """
    rest = amount
    repaid: list[Repaid] = []
    for burn in sorted(burns, key=lambda one: (one.day, one.ordinal, one.total_id)):
        part = min(rest, subtract(burn.amount, burn.repaid))
        if part > 0:
            repaid.append(Repaid(burn.total_id, burn.day, part))
            rest = subtract(rest, part)
    return repaid
