"""What subscriptions are: contracts, items with their segments, subjects, windows, and refusals."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar
from uuid import UUID
from zoneinfo import ZoneInfo

from groschen.core.errors import GroschenError, Kind, invariant
from groschen.core.lifecycle import Lifecycle

if TYPE_CHECKING:
    from groschen.core.period import Period
    from groschen.features.catalog.model import Offer
    from groschen.kit.http import Reference


class Funding(StrEnum):
    """Who pays first: an invoice later, a wallet at once, or a reseller by its settlement.

    A subscription with ``claim`` is the mirror of a reseller's; nobody makes or changes it here.
    """

    INVOICE = "invoice"
    WALLET = "wallet"
    CLAIM = "claim"


class SubscriptionState(StrEnum):
    """Where a subscription stands. A cancelled one is active until it ends."""

    ACTIVE = "active"
    ENDED = "ended"


SUBSCRIPTION = Lifecycle(
    "subscription",
    {
        SubscriptionState.ACTIVE: frozenset({SubscriptionState.ENDED}),
        SubscriptionState.ENDED: frozenset(),
    },
)


class CancelReason(StrEnum):
    """Why a subscription ends: as agreed, or for a cause that breaks a minimum term."""

    ORDINARY = "ordinary"
    EXTRAORDINARY = "extraordinary"


@dataclass(frozen=True, slots=True)
class Subscription:
    """A running contract of an account; zone and anchor of its windows never change.

    With ``anchor_on`` windows start on its day, without it they follow the calendar.
    """

    id: UUID
    external_id: str
    account_id: UUID
    party_id: UUID
    currency: str
    time_zone: str
    anchor_on: date | None
    funding: Funding
    wallet_id: UUID | None
    state: SubscriptionState
    starts_at: datetime
    ends_at: datetime | None
    minimum_term_until: datetime | None
    version: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Segment:
    """What holds for an item from ``from_at`` until, but not including, ``until_at``.

    ``segment`` counts up and is never given twice in an item. ``quantity`` is above zero.
    """

    segment: int
    offer: Offer
    quantity: Decimal
    from_at: datetime
    until_at: datetime | None

    def holds_at(self, at: datetime) -> bool:
        """Whether the instant belongs to this segment."""
        return self.from_at <= at and (self.until_at is None or at < self.until_at)


@dataclass(frozen=True, slots=True)
class Contract:
    """An item with everything that charging it needs; its segments tile its time, in order."""

    item_id: UUID
    subscription_id: UUID
    account_id: UUID
    party_id: UUID
    currency: str
    zone: ZoneInfo
    anchor_on: date | None
    funding: Funding
    wallet_id: UUID | None
    starts_at: datetime
    ends_at: datetime | None
    segments: tuple[Segment, ...]

    def segment_at(self, at: datetime) -> Segment | None:
        """The segment that holds at an instant; None before the start and after the end."""
        for segment in self.segments:
            if segment.holds_at(at):
                return segment
        return None

    def segment(self, number: int) -> Segment:
        """The segment of a number that this item has."""
        found = [one for one in self.segments if one.segment == number]
        invariant(bool(found), f"the item has no segment {number}")
        return found[0]


@dataclass(frozen=True, slots=True)
class SubjectLink:
    """A subject belongs to an item for a time, never beyond the item's own."""

    subject: str
    item_id: UUID
    from_at: datetime
    until_at: datetime | None

    def holds_at(self, at: datetime) -> bool:
        """Whether the subject belongs to the item at an instant."""
        return self.from_at <= at and (self.until_at is None or at < self.until_at)


@dataclass(frozen=True, slots=True)
class WindowRow:
    """A window of an item and a cadence; it never changes."""

    id: UUID
    period: Period
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a subscription: what totals, bills and shares hang on."""

    id: UUID
    external_id: str
    plan_id: UUID
    starts_at: datetime
    ends_at: datetime | None
    segments: tuple[Segment, ...]
    subjects: tuple[SubjectLink, ...]


@dataclass(frozen=True, slots=True)
class SubscriptionDetail:
    """A subscription with its items."""

    subscription: Subscription
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class PhaseDraft:
    """From ``from_at`` another plan or quantity holds; None keeps what held before."""

    from_at: datetime
    plan: str | None = None
    quantity: Decimal | None = None


@dataclass(frozen=True, slots=True)
class ItemDraft:
    """An item that somebody wants; ``plan`` is an external id, ``phases`` are planned ahead."""

    plan: str
    quantity: Decimal
    external_id: str | None = None
    subjects: tuple[str, ...] = ()
    phases: tuple[PhaseDraft, ...] = ()


@dataclass(frozen=True, slots=True)
class SubscriptionDraft:
    """A subscription that somebody wants.

    ``account`` is an external id. Without ``starts_at`` it starts now; with ``anchor_on`` its
    windows start on that day of the month, else they follow the calendar.
    """

    account: str
    items: tuple[ItemDraft, ...]
    external_id: str | None = None
    starts_at: datetime | None = None
    anchor_on: date | None = None
    funding: Funding = Funding.INVOICE
    wallet: Reference | None = None
    minimum_term_until: datetime | None = None


class SubscriptionNotFound(GroschenError):
    """There is no such subscription."""

    code: ClassVar[str] = "subscription_not_found"
    kind: ClassVar[Kind] = Kind.NOT_FOUND


class SubscriptionMirrored(GroschenError):
    """The subscription follows one of a reseller below and is changed there."""

    code: ClassVar[str] = "subscription_mirrored"
    kind: ClassVar[Kind] = Kind.CONFLICT


class SubscriptionExists(GroschenError):
    """Another subscription or item has this external id."""

    code: ClassVar[str] = "subscription_exists"
    kind: ClassVar[Kind] = Kind.CONFLICT


class SubscriptionItemNotFound(GroschenError):
    """The subscription has no such item."""

    code: ClassVar[str] = "subscription_item_not_found"
    kind: ClassVar[Kind] = Kind.NOT_FOUND


class SubscriberUnknown(GroschenError):
    """There is no billing account of this name."""

    code: ClassVar[str] = "subscriber_unknown"
    kind: ClassVar[Kind] = Kind.UNPROCESSABLE


class PlanUnfit(GroschenError):
    """The plan cannot run in this subscription."""

    code: ClassVar[str] = "plan_unfit"
    kind: ClassVar[Kind] = Kind.UNPROCESSABLE


class StartTooEarly(GroschenError):
    """What starts or changes would lie in months whose books are closed."""

    code: ClassVar[str] = "start_too_early"
    kind: ClassVar[Kind] = Kind.UNPROCESSABLE


class DatesInvalid(GroschenError):
    """The dates of a subscription contradict each other."""

    code: ClassVar[str] = "dates_invalid"
    kind: ClassVar[Kind] = Kind.UNPROCESSABLE


class WalletUnfit(GroschenError):
    """The wallet cannot pay for this subscription."""

    code: ClassVar[str] = "wallet_unfit"
    kind: ClassVar[Kind] = Kind.UNPROCESSABLE


class ChangeTooEarly(GroschenError):
    """A change would rewrite terms that an earlier change has settled."""

    code: ClassVar[str] = "change_too_early"
    kind: ClassVar[Kind] = Kind.CONFLICT


class ChangeEmpty(GroschenError):
    """A change has to change the plan or the quantity."""

    code: ClassVar[str] = "change_empty"
    kind: ClassVar[Kind] = Kind.UNPROCESSABLE


class AfterTheEnd(GroschenError):
    """At that instant the subscription has ended."""

    code: ClassVar[str] = "after_the_end"
    kind: ClassVar[Kind] = Kind.CONFLICT


class MinimumTermRuns(GroschenError):
    """The minimum term has not passed at the instant asked for."""

    code: ClassVar[str] = "minimum_term_runs"
    kind: ClassVar[Kind] = Kind.CONFLICT


class CancelTooEarly(GroschenError):
    """A subscription cannot end in the past."""

    code: ClassVar[str] = "cancel_too_early"
    kind: ClassVar[Kind] = Kind.CONFLICT


class SubjectOverlaps(GroschenError):
    """The subject belongs to this item already in a part of that time."""

    code: ClassVar[str] = "subject_overlaps"
    kind: ClassVar[Kind] = Kind.CONFLICT


class SubjectNotFound(GroschenError):
    """The subject does not belong to this item at that instant."""

    code: ClassVar[str] = "subject_not_found"
    kind: ClassVar[Kind] = Kind.NOT_FOUND
