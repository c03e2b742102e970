"""Paying for use: buckets in their order, then emergency credit; the rest is owed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from uuid import UUID

from groschen.core.credit.buckets import Bucket, burn_order, burned
from groschen.core.credit.purse import EMERGENCY, BurnChange, Funded, Purse, Restored, Use
from groschen.core.money import EXACT, ZERO, subtract


@dataclass(frozen=True, slots=True)
class Step:
    """A purse after one use was charged or taken back, and what that changed."""

    purse: Purse
    funded: Funded
    burns: tuple[BurnChange, ...] = ()
    restored: tuple[Restored, ...] = ()


def fund(purse: Purse, use: Use) -> Step:
    """Pay a difference above zero; what neither buckets nor emergency credit pay is owed."""
    rest, ordinal, wallet_vat = use.difference, purse.ordinal, ZERO
    burns: list[BurnChange] = []
    spent: dict[UUID, Bucket] = {}
    for bucket in burn_order(purse.buckets, use.component):
        taken = min(rest, bucket.left)
        spent[bucket.id], vat = burned(bucket, taken)
        rest, ordinal = EXACT.subtract(rest, taken), ordinal + 1
        burns.append(BurnChange(use.total_id, bucket.id, use.day, ordinal, taken, vat))
        wallet_vat = EXACT.add(wallet_vat, vat)
        if not rest:
            break
    wallet = subtract(use.difference, rest)
    emergency = _emergency(purse, use, rest)
    if emergency:
        ordinal += 1
        burns.append(BurnChange(use.total_id, EMERGENCY, use.day, ordinal, emergency))
    after = replace(
        purse,
        buckets=tuple(spent.get(bucket.id, bucket) for bucket in purse.buckets),
        overdraft=EXACT.add(purse.overdraft, emergency),
        ordinal=ordinal,
    )
    funded = Funded(wallet, wallet_vat, emergency, subtract(rest, emergency))
    return Step(after, funded, tuple(burns))


def _emergency(purse: Purse, use: Use, rest: Decimal) -> Decimal:
    """How much emergency credit pays of what buckets left."""
    if not rest:
        return ZERO
    room = purse.room(use.day)
    return rest if room is None else min(rest, room)
