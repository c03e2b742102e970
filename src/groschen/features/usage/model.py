"""What usage is: charges and the totals they change, events and rejects, and the refusals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar, NamedTuple, Protocol
from uuid import UUID

from groschen.core.canonical import EventHash
from groschen.core.errors import GroschenError, Kind
from groschen.core.totals import State, TotalKey

if TYPE_CHECKING:
    from groschen.core.components import Component
    from groschen.core.usage import Rule, UsageFact
    from groschen.features.subscriptions.model import Contract, Segment, WindowRow

MOST_EVENTS = 1_000
HORIZON_DAYS = 35
AHEAD_MINUTES = 5


class DatedFact(NamedTuple):
    """A fact on its service day; ``hash`` stands for it in the total's ``event_hash``."""

    day: date
    fact: UsageFact
    hash: int


@dataclass(frozen=True, slots=True)
class Charge:
    """Facts that one total gains and loses.

    ``component`` and ``rule`` are those of ``segment``; ``window`` is the one of ``key``. A
    charge of a ``minimum`` component holds no facts: it closes the window for it, and from then
    on the minimum follows what it is a minimum of. ``replaced`` are a day and all facts that the
    total shall have, whatever it had; the difference belongs to that day.
    """

    key: TotalKey
    contract: Contract
    segment: Segment
    component: Component
    rule: Rule
    window: WindowRow
    added: Sequence[DatedFact] = ()
    removed: Sequence[DatedFact] = ()
    replaced: tuple[date, Sequence[DatedFact]] | None = None

    @property
    def rule_hash(self) -> str:
        """What pins the rule of the total."""
        return self.rule.rule_hash


@dataclass(frozen=True, slots=True)
class ItemTotal:
    """A total as it is stored.

    ``amount`` is in the plan's basis, the rest gross; ``funded_wallet + funded_overdraft +
    receivable`` is ``gross``. All have twelve decimals and may be negative.
    """

    id: UUID
    key: TotalKey
    account_id: UUID
    party_id: UUID
    plan_version_id: UUID
    rule_hash: str
    currency: str
    state: State
    quantity: Decimal
    amount: Decimal
    gross: Decimal
    funded_wallet: Decimal
    funded_overdraft: Decimal
    receivable: Decimal
    facts: EventHash
    revision: int


@dataclass(frozen=True, slots=True)
class Fault:
    """Why an event is refused: stable ``code``, the ``field`` of the event, what to do."""

    code: str
    detail: str
    hint: str
    field: str | None = None

    @classmethod
    def of(cls, refusal: GroschenError) -> Fault:
        """What a rule says about a fact."""
        hint = refusal.hint or "correct the event and send it again"
        return cls(refusal.code, refusal.detail, hint, refusal.field)


class Sent(Protocol):
    """An event as it was sent."""

    @property
    def body(self) -> str:
        """Its text."""
        ...


@dataclass(frozen=True, slots=True)
class Draft:
    """An event as it was sent: its fact if it could be read, else the fault.

    ``body_hash`` is the SHA-256 of its canonical form, which stands for it in proofs;
    ``key`` is source and id, as far as they could be read.
    """

    key: tuple[str | None, str | None]
    subject: str | None
    type: str | None
    sent: Sent
    fact: UsageFact | None = None
    body_hash: str = ""
    fault: Fault | None = None


class ResultStatus(StrEnum):
    """What became of one event."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    REJECTED = "rejected"


class RejectState(StrEnum):
    """Where a rejected event stands."""

    OPEN = "open"
    REPLAYED = "replayed"
    DISCARDED = "discarded"


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one event of a call."""

    key: tuple[str | None, str | None]
    status: ResultStatus
    fault: Fault | None = None


@dataclass(frozen=True, slots=True)
class Reject:
    """An event that matched nothing or could not be read, kept with its body."""

    id: UUID
    source: str | None
    event_id: str | None
    subject: str | None
    type: str | None
    code: str
    field: str | None
    detail: str
    hint: str
    body: str
    state: RejectState
    received_at: datetime
    settled_at: datetime | None
    settled_by: UUID | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class RejectFilter:
    """Which rejects a list shows; None: all."""

    state: RejectState | None = None
    code: str | None = None
    subject: str | None = None


@dataclass(frozen=True, slots=True)
class UsageEvent:
    """An accepted event; ``voided`` ones do not count until they are sent again."""

    id: UUID
    fact: UsageFact
    body_hash: str
    received_at: datetime
    voided: bool
    reason: str | None


class SeriesInvalid(GroschenError):
    """Use over time is asked for in a span that its steps do not fit."""

    code: ClassVar[str] = "series_invalid"
    kind: ClassVar[Kind] = Kind.UNPROCESSABLE


class TotalTooLarge(GroschenError):
    """A total would pass sixteen integer digits."""

    code: ClassVar[str] = "total_too_large"
    kind: ClassVar[Kind] = Kind.UNPROCESSABLE

    def __init__(self, key: TotalKey) -> None:
        super().__init__(
            "the total would pass sixteen integer digits",
            field="data",
            hint="check the unit of the value",
        )
        self.key = key


class ItemTotalNotFound(GroschenError):
    """There is no such total."""

    code: ClassVar[str] = "item_total_not_found"
    kind: ClassVar[Kind] = Kind.NOT_FOUND


class UsageEventNotFound(GroschenError):
    """No accepted event has this source and id."""

    code: ClassVar[str] = "usage_event_not_found"
    kind: ClassVar[Kind] = Kind.NOT_FOUND


class UsageEventVoided(GroschenError):
    """The event was voided before."""

    code: ClassVar[str] = "usage_event_voided"
    kind: ClassVar[Kind] = Kind.CONFLICT


class UsageRejectNotFound(GroschenError):
    """There is no such rejected event."""

    code: ClassVar[str] = "usage_reject_not_found"
    kind: ClassVar[Kind] = Kind.NOT_FOUND


class UsageRejectSettled(GroschenError):
    """The rejected event was replayed or discarded before."""

    code: ClassVar[str] = "usage_reject_settled"
    kind: ClassVar[Kind] = Kind.CONFLICT


class UsageBodyUnreadable(GroschenError):
    """The body is no list of events."""

    code: ClassVar[str] = "usage_body_unreadable"
    kind: ClassVar[Kind] = Kind.INVALID


class TooManyEvents(GroschenError):
    """A call may bring a thousand events."""

    code: ClassVar[str] = "too_many_events"
    kind: ClassVar[Kind] = Kind.INVALID
