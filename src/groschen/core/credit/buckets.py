"""A bucket of credit: what is left in it, the VAT it carries, when and for what it may be used."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from groschen.core.errors import invariant
from groschen.core.money import DECIMALS, EXACT, ZERO, add, subtract

_NEVER = datetime.max.replace(tzinfo=UTC)


class BucketKind(StrEnum):
    """Where the credit came from: money, a gift, or use that was taken back."""

    PAID = "paid"
    PROMO = "promo"
    RESTORED = "restored"


class BucketState(StrEnum):
    """Not valid yet, to be used, past its time, or emptied by hand."""

    PENDING = "pending"
    OPEN = "open"
    EXPIRED = "expired"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Bucket:
    """Credit with one history; ``spent`` of ``amount`` is used.

    ``vat`` is the VAT in ``amount`` that no use owes again (paid in advance, or never due on a
    gift), ``spent_vat`` what of it the burns carry. ``scope`` names the components it may pay,
    empty means all. ``expires_at`` is exclusive. A lower ``priority`` burns first.
    """

    id: UUID
    kind: BucketKind
    state: BucketState
    priority: int
    scope: tuple[str, ...]
    valid_from: datetime
    expires_at: datetime | None
    amount: Decimal
    spent: Decimal
    vat: Decimal
    spent_vat: Decimal
    source_id: UUID
    created_at: datetime

    @property
    def left(self) -> Decimal:
        """What can still be used of it."""
        return EXACT.subtract(self.amount, self.spent)

    def pays(self, component: str) -> bool:
        """Whether it is open, not empty, and meant for the component."""
        return (
            self.state is BucketState.OPEN
            and self.spent < self.amount
            and (not self.scope or component in self.scope)
        )


def burn_order(buckets: Iterable[Bucket], component: str) -> list[Bucket]:
    """The buckets that may pay for a component, in the order they burn.

    The most specific scope first, gifts before paid credit (what was taken back in between),
    then the earliest expiry, priority, age and id: no two buckets are equal.
    """
    return sorted((bucket for bucket in buckets if bucket.pays(component)), key=_rank)


_KIND_RANK = {BucketKind.PROMO: 0, BucketKind.RESTORED: 1, BucketKind.PAID: 2}


def _rank(bucket: Bucket) -> tuple[int, int, datetime, int, datetime, UUID]:
    """A scope of one component is more specific than one of two; no scope is the least."""
    return (
        len(bucket.scope) or _WIDEST,
        _KIND_RANK[bucket.kind],
        bucket.expires_at or _NEVER,
        bucket.priority,
        bucket.created_at,
        bucket.id,
    )


_WIDEST = 10**9


def vat_part(bucket: Bucket, spent: Decimal) -> Decimal:
    """The VAT in ``spent`` of a bucket; all of it when all is spent. Twelve decimals, half up.

    A burn carries the difference of two such figures, so burns add up to the bucket's VAT.
    """
    if spent == bucket.amount:
        return bucket.vat
    return part_of(bucket.vat, spent, bucket.amount)


def part_of(whole: Decimal, part: Decimal, of: Decimal) -> Decimal:
    """``whole x part / of`` at twelve decimals, half up on the absolute value.

    ``part`` is zero or more, ``of`` above zero. Counts in whole units of the last decimal: the
    same as ``round12`` of fractions, in a tenth of the time, for every reading asks it.
    """
    if not whole:
        return ZERO
    of_units = _units(of)
    units, rest = divmod(abs(_units(whole)) * _units(part), of_units)
    if 2 * rest >= of_units:
        units += 1
    return Decimal(-units if whole < 0 else units).scaleb(-DECIMALS, EXACT)


def _units(amount: Decimal) -> int:
    return int(amount.scaleb(DECIMALS, EXACT))


def refreshed(bucket: Bucket, at: datetime) -> Bucket:
    """The bucket as it stands at the instant ``at``: open when its time came, expired after it."""
    state = bucket.state
    if state is BucketState.PENDING and bucket.valid_from <= at:
        state = BucketState.OPEN
    if (
        state in (BucketState.OPEN, BucketState.PENDING)
        and bucket.expires_at is not None
        and bucket.expires_at <= at
    ):
        state = BucketState.EXPIRED
    return bucket if state is bucket.state else replace(bucket, state=state)


def burned(bucket: Bucket, amount: Decimal) -> tuple[Bucket, Decimal]:
    """The bucket with ``amount`` more of it spent, and the VAT in that."""
    spent = EXACT.add(bucket.spent, amount)
    spent_vat = vat_part(bucket, spent)
    vat = EXACT.subtract(spent_vat, bucket.spent_vat)
    return replace(bucket, spent=spent, spent_vat=spent_vat), vat


def given_back(bucket: Bucket, amount: Decimal, vat: Decimal) -> Bucket:
    """The bucket with ``amount`` of what was spent, and its recorded ``vat``, unspent again."""
    invariant(bucket.spent >= amount, "more is given back to a bucket than was spent of it")
    return replace(
        bucket,
        spent=subtract(bucket.spent, amount),
        spent_vat=subtract(bucket.spent_vat, vat),
    )


def moved_out(bucket: Bucket, amount: Decimal, vat: Decimal) -> Bucket:
    """The bucket without ``amount`` that lay unspent in it and goes to another bucket."""
    return replace(bucket, amount=subtract(bucket.amount, amount), vat=subtract(bucket.vat, vat))


def enlarged(bucket: Bucket, amount: Decimal, vat: Decimal, expires_at: datetime) -> Bucket:
    """The bucket with ``amount`` and its ``vat`` more in it, to be used until ``expires_at``."""
    return replace(
        bucket, amount=add(bucket.amount, amount), vat=add(bucket.vat, vat), expires_at=expires_at
    )
