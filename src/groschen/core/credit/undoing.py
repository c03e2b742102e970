"""Taking use back: what a total burned last is undone first, at its recorded VAT.

What is owed goes first, then emergency credit, then buckets. Credit due to a bucket past its
time goes to a restored bucket that is valid for some more days.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from uuid import UUID, uuid5

from groschen.core.credit.buckets import (
    Bucket,
    BucketKind,
    BucketState,
    enlarged,
    given_back,
    moved_out,
    part_of,
)
from groschen.core.credit.funding import Step
from groschen.core.credit.purse import EMERGENCY, Burn, BurnChange, Funded, Purse, Restored, Use
from groschen.core.money import ZERO, subtract


def undo(purse: Purse, use: Use, own: Sequence[Burn]) -> Step:
    """Take back a difference below zero of a total whose burns are ``own``.

    What no burn of the total explains (its gross falls below zero: a discount) becomes credit.
    """
    rest = subtract(ZERO, use.difference)
    owed = min(rest, max(use.receivable, ZERO))
    rest = subtract(rest, owed)
    step = Step(purse, Funded(receivable=subtract(ZERO, owed)))
    for burn in _last_first(own):
        amount = min(rest, burn.amount)
        if amount:
            undone = _undo_emergency if burn.bucket_id == EMERGENCY else _undo_bucket
            step = _together(step, undone(step.purse, burn, amount))
            rest = subtract(rest, amount)
    return _together(step, _as_credit(step.purse, use, rest)) if rest else step


def _last_first(own: Sequence[Burn]) -> list[Burn]:
    """Emergency credit before buckets, each in the reverse order of burning."""
    return sorted(own, key=lambda burn: (burn.bucket_id != EMERGENCY, -burn.ordinal))


def _together(before: Step, after: Step) -> Step:
    return Step(
        after.purse,
        before.funded.plus(after.funded),
        before.burns + after.burns,
        before.restored + after.restored,
    )


def _undo_emergency(purse: Purse, burn: Burn, amount: Decimal) -> Step:
    """What is not repaid is forgiven; what a top-up repaid is credit of that top-up again."""
    outstanding = min(amount, subtract(burn.amount, burn.repaid))
    returned = subtract(amount, outstanding)
    change = BurnChange(
        burn.total_id,
        EMERGENCY,
        burn.day,
        burn.ordinal,
        subtract(ZERO, amount),
        repaid=subtract(ZERO, returned),
    )
    after = replace(purse, overdraft=subtract(purse.overdraft, outstanding))
    step = Step(after, Funded(overdraft=subtract(ZERO, amount)), (change,))
    if not returned:
        return step
    fresh = _fresh(after, EMERGENCY, burn.total_id)
    restored = _restore(after, fresh, EMERGENCY, returned, after.vat_in(returned))
    return _together(step, restored)


def _undo_bucket(purse: Purse, burn: Burn, amount: Decimal) -> Step:
    """Give back to the bucket that paid, or to a restored one when its time is over."""
    vat = _recorded_vat(burn, amount)
    bucket = next(one for one in purse.buckets if one.id == burn.bucket_id)
    change = BurnChange(
        burn.total_id,
        bucket.id,
        burn.day,
        burn.ordinal,
        subtract(ZERO, amount),
        subtract(ZERO, vat),
    )
    funded = Funded(wallet=subtract(ZERO, amount), wallet_vat=subtract(ZERO, vat))
    unspent = given_back(bucket, amount, vat)
    if bucket.state is BucketState.OPEN:
        return Step(_with(purse, unspent), funded, (change,))
    purse = _with(purse, moved_out(unspent, amount, vat))
    step = Step(purse, funded, (change,))
    return _together(step, _restore(purse, _successor(purse, bucket), bucket.id, amount, vat))


def _recorded_vat(burn: Burn, amount: Decimal) -> Decimal:
    if amount == burn.amount:
        return burn.vat
    return part_of(burn.vat, amount, burn.amount)


def _as_credit(purse: Purse, use: Use, rest: Decimal) -> Step:
    vat = purse.vat_in(rest)
    restored = _restore(purse, _fresh(purse, use.total_id, use.total_id), use.total_id, rest, vat)
    funded = Funded(wallet=subtract(ZERO, rest), wallet_vat=subtract(ZERO, vat))
    return _together(Step(purse, funded), restored)


def _restore(purse: Purse, into: Bucket, origin_id: UUID, amount: Decimal, vat: Decimal) -> Step:
    """Put credit into an open restored bucket of the same source, or into a new one."""
    same = next((one for one in purse.buckets if _takes(one, into)), None)
    until = purse.at + purse.restored_for
    expires_at = until if same is None else max(until, same.expires_at or until)
    bucket = enlarged(same or into, amount, vat, expires_at)
    after = _with(purse, bucket) if same else replace(purse, buckets=(*purse.buckets, bucket))
    after = replace(after, ordinal=after.ordinal + 1)
    restored = Restored(
        bucket.id,
        origin_id,
        after.ordinal,
        amount,
        vat,
        from_bucket=any(one.id == origin_id for one in purse.buckets),
    )
    return Step(after, Funded(), restored=(restored,))


def _takes(bucket: Bucket, into: Bucket) -> bool:
    return (
        bucket.kind is BucketKind.RESTORED
        and bucket.state is BucketState.OPEN
        and (bucket.source_id, bucket.scope, bucket.priority)
        == (into.source_id, into.scope, into.priority)
    )


def _successor(purse: Purse, bucket: Bucket) -> Bucket:
    """An empty restored bucket for what is due to ``bucket``: same source, scope, priority."""
    fresh = _fresh(purse, bucket.id, bucket.source_id)
    return replace(fresh, scope=bucket.scope, priority=bucket.priority)


def _fresh(purse: Purse, origin_id: UUID, source_id: UUID) -> Bucket:
    """An empty restored bucket; its id follows from the wallet, the origin and the ordinal."""
    return Bucket(
        id=uuid5(purse.wallet_id, f"restored:{origin_id}:{purse.ordinal}"),
        kind=BucketKind.RESTORED,
        state=BucketState.OPEN,
        priority=0,
        scope=(),
        valid_from=purse.at,
        expires_at=purse.at + purse.restored_for,
        amount=ZERO,
        spent=ZERO,
        vat=ZERO,
        spent_vat=ZERO,
        source_id=source_id,
        created_at=purse.at,
    )


def _with(purse: Purse, changed: Bucket) -> Purse:
    return replace(
        purse,
        buckets=tuple(changed if one.id == changed.id else one for one in purse.buckets),
    )
