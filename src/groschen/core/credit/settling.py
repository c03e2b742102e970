"""A batch of uses of one wallet: taken back first, then charged, each total for itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from uuid import UUID

from groschen.core.credit.funding import Step, fund
from groschen.core.credit.purse import Burn, BurnChange, Funded, Purse, Restored, Use
from groschen.core.credit.undoing import undo
from groschen.core.money import add, add_all

_Key = tuple[UUID, UUID, date]


@dataclass(frozen=True, slots=True)
class Settled:
    """A purse after a batch. ``funded`` answers the uses in the order they were asked.

    ``burns`` holds one change for each total, bucket and day.
    """

    purse: Purse
    funded: tuple[Funded, ...]
    burns: tuple[BurnChange, ...]
    restored: tuple[Restored, ...]


def settle(purse: Purse, uses: Sequence[Use], burns: Iterable[Burn]) -> Settled:
    """Charge a batch of uses to one wallet.

    Totals that fall come first, so that what they give back can pay for those that rise; within
    a total use comes before what is taken back. ``burns`` are all burns of the totals that have
    a difference below zero, and the purse holds every bucket they name.
    """
    if len(uses) == 1:  # most often a reading is one use
        step = _step(purse, uses[0], burns)
        return Settled(step.purse, (step.funded,), step.burns, step.restored)
    known: dict[_Key, Burn] = {(one.total_id, one.bucket_id, one.day): one for one in burns}
    changes: dict[_Key, BurnChange] = {}
    answers: dict[int, Funded] = {}
    restored: list[Restored] = []
    owed: dict[UUID, Decimal] = {}
    for index in _in_turn(uses):
        use = uses[index]
        receivable = owed.get(use.total_id, use.receivable)
        step = _step(purse, replace(use, receivable=receivable), known.values())
        purse = step.purse
        owed[use.total_id] = add(receivable, step.funded.receivable)
        answers[index] = step.funded
        restored += step.restored
        for change in step.burns:
            key = (change.total_id, change.bucket_id, change.day)
            known[key] = change.applied_to(known.get(key))
            changes[key] = _summed(changes.get(key), change)
    funded = tuple(answers[index] for index in range(len(uses)))
    return Settled(purse, funded, tuple(changes.values()), tuple(restored))


def _in_turn(uses: Sequence[Use]) -> Sequence[int]:
    """The order of a batch; as asked when nothing falls."""
    if all(use.difference >= 0 for use in uses):
        return range(len(uses))
    net: dict[UUID, list[Decimal]] = {}
    for use in uses:
        net.setdefault(use.total_id, []).append(use.difference)
    rises = {total_id: add_all(parts) >= 0 for total_id, parts in net.items()}
    place = {total_id: number for number, total_id in enumerate(net)}
    return sorted(
        range(len(uses)),
        key=lambda index: (
            rises[uses[index].total_id],
            place[uses[index].total_id],
            uses[index].difference < 0,
            index,
        ),
    )


def _step(purse: Purse, use: Use, known: Iterable[Burn]) -> Step:
    if use.difference > 0:
        return fund(purse, use)
    if use.difference < 0:
        return undo(purse, use, [burn for burn in known if burn.total_id == use.total_id])
    return Step(purse, Funded())


def _summed(before: BurnChange | None, change: BurnChange) -> BurnChange:
    if before is None:
        return change
    return replace(
        before,
        ordinal=max(before.ordinal, change.ordinal),
        amount=add(before.amount, change.amount),
        vat=add(before.vat, change.vat),
        repaid=add(before.repaid, change.repaid),
    )
