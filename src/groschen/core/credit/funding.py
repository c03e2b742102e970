"""Paying for use: buckets in their order, then emergency credit; the rest is owed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from uuid import UUID

from groschen.core.credit.buckets import Bucket, burn_order, burned
from groschen.core.credit.purse import EMERGENCY, BurnChange, Funded, Purse, Restored, Use
from groschen.core.money import ZERO, add, subtract


@dataclass(frozen=True, slots=True)
class Step:
    """A purse after one use was charged or taken back, and what that changed."""

    purse: Purse
    funded: Funded
    burns: tuple[BurnChange, ...] = ()
    restored: tuple[Restored, ...] = ()


def fund(purse: Purse, use: Use) -> Step:
    """Pay a difference above zero; what neither buckets nor emergency credit pay is owed."""
    rest, ordinal = use.difference, purse.ordinal
    funded = Funded()
    burns: list[BurnChange] = []
    spent: dict[UUID, Bucket] = {}
    for bucket in burn_order(purse.buckets, use.component):
        if not rest:
            break
        taken = min(rest, bucket.left)
        spent[bucket.id], vat = burned(bucket, taken)
        rest, ordinal = subtract(rest, taken), ordinal + 1
        burns.append(BurnChange(use.total_id, bucket.id, use.day, ordinal, taken, vat))
        funded = funded.plus(Funded(wallet=taken, wallet_vat=vat))
    emergency = _emergency(purse, use, rest)
    if emergency:
        ordinal += 1
        burns.append(BurnChange(use.total_id, EMERGENCY, use.day, ordinal, emergency))
    owed = subtract(rest, emergency)
    after = replace(
        purse,
        buckets=tuple(spent.get(bucket.id, bucket) for bucket in purse.buckets),
        overdraft=add(purse.overdraft, emergency),
        ordinal=ordinal,
    )
    return Step(after, funded.plus(Funded(overdraft=emergency, receivable=owed)), tuple(burns))


def _emergency(purse: Purse, use: Use, rest: Decimal) -> Decimal:
    room = purse.room(use.day)
    return rest if room is None else min(rest, room) if rest else ZERO
