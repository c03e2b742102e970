"""What usage is: charges and the totals they change, events and rejects, and the refusals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Protocol
from uuid import UUID

from groschen.core.canonical import EventHash
from groschen.core.errors import GroschenError, Kind
from groschen.core.money import Money
from groschen.core.totals import State, TotalKey

if TYPE_CHECKING:
    from groschen.core.components import Component
    from groschen.features.subscriptions.model import Contract, Segment, WindowRow

MOST_EVENTS = 1_000
HORIZON_DAYS = 35
AHEAD_MINUTES = 5


class Rule(Protocol):
    """What folds facts and prices the state: a ``UsageRule`` or a ``FixedRule`` of ``core``."""

    @property
    def rule_hash(self) -> str:
        """What pins the rule."""
        ...

    def empty(self) -> State:
        """The state before the first fact."""
        ...

    def fold_many(self, state: State, facts: Sequence[Any]) -> State:
        """The state with more facts."""
        ...

    def unfold(self, state: State, fact: Any) -> State | None:
        """The state without a fact; None if the window has to be folded again."""
        ...

    def quantity(self, state: State) -> Decimal:
        """How much was used, in the meter's unit."""
        ...

    def amount(self, state: State) -> Money:
        """What it costs, at twelve decimals, in the plan's basis."""
        ...


class DatedFact(NamedTuple):
    """A fact on its service day; ``hash`` stands for it in the total's ``event_hash``."""

    day: date
    fact: Any
    hash: int


@dataclass(frozen=True, slots=True)
class Charge:
    """Facts that one total gains and loses.

    ``component`` and ``rule`` are those of ``segment``; ``window`` is the one of ``key``. A
    charge of a ``minimum`` component holds no facts: it closes the window for it, and from then
    on the minimum follows what it is a minimum of.
    """

    key: TotalKey
    contract: Contract
    segment: Segment
    component: Component
    rule: Rule
    window: WindowRow
    added: Sequence[DatedFact] = ()
    removed: Sequence[DatedFact] = ()


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
class Fault:
    """Why an event is refused: stable ``code``, the ``field`` of the event, what to do."""

    code: str
    detail: str
    hint: str
    field: str | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one event of a call."""

    source: str | None
    id: str | None
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
