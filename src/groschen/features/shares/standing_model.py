"""Where shares stand now: one partner's part of a sale, with what was taken back of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Literal
from uuid import UUID

from groschen.core.money import ZERO, add, subtract


class ShareState(StrEnum):
    """The state a share shows: that of what is furthest from being paid."""

    PENDING = "pending"
    RELEASED = "released"
    STATED = "stated"
    PAID = "paid"
    REVERSED = "reversed"
    DISPUTED = "disputed"


@dataclass(frozen=True, slots=True)
class Parts:
    """A share with the commission on it and the VAT on that, at twelve decimals."""

    share: Decimal = ZERO
    commission: Decimal = ZERO
    vat: Decimal = ZERO

    @property
    def net(self) -> Decimal:
        """What reaches the partner."""
        return subtract(self.share, self.commission, self.vat)

    def plus(self, other: "Parts") -> "Parts":
        """Both together."""
        return Parts(
            add(self.share, other.share),
            add(self.commission, other.commission),
            add(self.vat, other.vat),
        )


@dataclass(frozen=True, slots=True)
class LineBalances:
    """A share or commission line with what of it is in each state now.

    ``disputed`` says that what was reversed last was reversed by a chargeback.
    """

    id: UUID
    total_id: UUID
    sale_id: UUID
    reference: str
    agreement_version_id: UUID
    rule: str
    kind: Literal["share", "commission"]
    of_line_id: UUID | None
    beneficiary_id: UUID
    currency: str
    base: Decimal
    factors: str
    amount: Decimal
    vat_amount: Decimal
    effective_on: date
    pending: Decimal
    released: Decimal
    stated: Decimal
    paid: Decimal
    reversed: Decimal
    vat_reversed: Decimal
    disputed: bool

    @property
    def state(self) -> ShareState:
        """Where the line stands."""
        if self.amount and self.reversed == self.amount:
            return ShareState.DISPUTED if self.disputed else ShareState.REVERSED
        for state in (ShareState.PENDING, ShareState.RELEASED, ShareState.STATED):
            if getattr(self, state.value):
                return state
        return ShareState.PAID


@dataclass(frozen=True, slots=True)
class Standing:
    """One partner's part of one total by one rule.

    ``booked`` is what was worked out, ``holds`` what of it was not taken back. ``factors`` say
    how it came about, ``base`` is what was divided.
    """

    total_id: UUID
    beneficiary_id: UUID
    agreement_version_id: UUID
    rule: str
    currency: str
    base: Decimal
    factors: Mapping[str, str]
    booked: Parts
    holds: Parts
    state: ShareState


@dataclass(frozen=True, slots=True)
class UndoneOfSale:
    """What one refund, chargeback or cancellation undid of a sale; negative gives it back.

    ``amount`` is gross; ``own`` is the seller's revenue in it with its tax; ``borne`` is what
    the seller pays itself because a partner keeps its share.
    """

    source_id: UUID
    event: str
    amount: Decimal
    own: Decimal
    borne: Decimal


@dataclass(frozen=True, slots=True)
class StatedPart:
    """What one statement took over of a sale for one partner."""

    beneficiary_id: UUID
    statement_id: UUID
    parts: Parts
