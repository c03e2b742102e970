"""What one wallet holds while use is charged to it, and what a charge leaves behind."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

from groschen.core.credit.buckets import Bucket, BucketState
from groschen.core.money import ZERO, add, add_all, round12, subtract
from groschen.core.tax import tax_within

EMERGENCY: Final = UUID(int=0)
"""The bucket that burns of emergency credit name."""


@dataclass(frozen=True, slots=True)
class Purse:
    """A wallet at the instant ``at``; its buckets are refreshed to it.

    ``overdraft`` is emergency credit used and not repaid, at most ``emergency_limit`` but on
    ``protected`` days. ``advance_rate`` is the VAT rate due on credit when it is paid (zero for
    multi-purpose credit). ``ordinal`` is the number of the last burn.
    """

    at: datetime
    buckets: tuple[Bucket, ...]
    overdraft: Decimal
    emergency_limit: Decimal
    protected: frozenset[date]
    restored_for: timedelta
    advance_rate: Decimal
    wallet_id: UUID
    ordinal: int

    def room(self, day: date) -> Decimal | None:
        """How much emergency credit use of a day may still take; None on a protected day."""
        if day in self.protected:
            return None
        return max(ZERO, subtract(self.emergency_limit, self.overdraft))

    @property
    def credit(self) -> Decimal:
        """What is left in open buckets, of whatever scope."""
        return add_all(bucket.left for bucket in self.buckets if bucket.state is BucketState.OPEN)

    def vat_in(self, gross: Decimal) -> Decimal:
        """The VAT in ``gross`` credit that is due as soon as it is credit; twelve decimals."""
        return round12(tax_within(gross, self.advance_rate)) if self.advance_rate else ZERO


@dataclass(frozen=True, slots=True)
class Use:
    """The gross of one total and service day changed by ``difference``.

    ``receivable`` is what of the total's gross nobody paid yet, before any use of this batch.
    """

    total_id: UUID
    component: str
    day: date
    difference: Decimal
    receivable: Decimal


@dataclass(frozen=True, slots=True)
class Funded:
    """How a difference was paid, each part with its sign; their sum is the difference.

    ``wallet_vat`` is the VAT in ``wallet`` that the use itself does not owe.
    """

    wallet: Decimal = ZERO
    wallet_vat: Decimal = ZERO
    overdraft: Decimal = ZERO
    receivable: Decimal = ZERO

    def plus(self, other: Funded) -> Funded:
        """Both together."""
        return Funded(
            add(self.wallet, other.wallet),
            add(self.wallet_vat, other.wallet_vat),
            add(self.overdraft, other.overdraft),
            add(self.receivable, other.receivable),
        )


@dataclass(frozen=True, slots=True)
class Burn:
    """What a bucket (or emergency credit) paid for one total and service day so far.

    ``vat`` is the VAT of the bucket in ``amount``; ``repaid`` of emergency credit was paid by
    top-ups since. A total's highest ``ordinal`` is its last burn.
    """

    total_id: UUID
    bucket_id: UUID
    day: date
    ordinal: int
    amount: Decimal
    vat: Decimal = ZERO
    repaid: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class BurnChange:
    """What is added to a burn: positive by use, negative by use taken back."""

    total_id: UUID
    bucket_id: UUID
    day: date
    ordinal: int
    amount: Decimal
    vat: Decimal = ZERO
    repaid: Decimal = ZERO

    def applied_to(self, burn: Burn | None) -> Burn:
        """The burn after the change; None when there was none."""
        before = burn or Burn(self.total_id, self.bucket_id, self.day, self.ordinal, ZERO)
        return Burn(
            self.total_id,
            self.bucket_id,
            self.day,
            max(before.ordinal, self.ordinal),
            add(before.amount, self.amount),
            add(before.vat, self.vat),
            add(before.repaid, self.repaid),
        )


@dataclass(frozen=True, slots=True)
class Restored:
    """Credit that came back into ``bucket_id``, out of ``origin_id``.

    The origin is a bucket past its time (``from_bucket``), the total for credit that no burn of
    it explains, or EMERGENCY for emergency credit that a top-up had repaid: that money is credit
    again. ``ordinal`` tells several of one bucket apart.
    """

    bucket_id: UUID
    origin_id: UUID
    ordinal: int
    amount: Decimal
    vat: Decimal
    from_bucket: bool
