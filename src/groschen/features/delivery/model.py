"""What a delivery task is: its states, its records and the errors of this feature."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from groschen.core.errors import GroschenError, Kind
from groschen.core.lifecycle import Lifecycle
from groschen.core.ports.delivery import DeliveryFailure, ErrorClass
from groschen.features.catalog.terms import DeliveryStep

MANUAL: Final = "manual"
"""The adapter whose tasks wait for a person, however long."""


class TaskState(StrEnum):
    """Where a task stands. ``fallout`` waits for a person after machines gave up."""

    WAITING = "waiting"
    READY = "ready"
    RUNNING = "running"
    AWAITING_CALLBACK = "awaiting_callback"
    RETRY_WAIT = "retry_wait"
    FALLOUT = "fallout"
    DONE = "done"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"


CLOSED: Final = frozenset({TaskState.DONE, TaskState.SKIPPED, TaskState.CANCELLED})
"""Nothing more happens to a task in one of these; what waits for it may go on."""

TASK_LIFE = Lifecycle(
    "delivery task",
    {
        TaskState.WAITING: frozenset({TaskState.READY, TaskState.CANCELLED}),
        TaskState.READY: frozenset({TaskState.RUNNING, TaskState.CANCELLED}),
        TaskState.RUNNING: frozenset(
            {
                TaskState.RUNNING,
                TaskState.DONE,
                TaskState.AWAITING_CALLBACK,
                TaskState.RETRY_WAIT,
                TaskState.FALLOUT,
            }
        ),
        TaskState.AWAITING_CALLBACK: frozenset(
            {TaskState.RUNNING, TaskState.DONE, TaskState.FALLOUT, TaskState.SKIPPED}
        ),
        TaskState.RETRY_WAIT: frozenset({TaskState.RUNNING, TaskState.DONE, TaskState.FALLOUT}),
        TaskState.FALLOUT: frozenset({TaskState.READY, TaskState.DONE, TaskState.SKIPPED}),
        TaskState.DONE: frozenset(),
        TaskState.SKIPPED: frozenset(),
        TaskState.CANCELLED: frozenset(),
    },
)


@dataclass(frozen=True, slots=True)
class ItemToDeliver:
    """An order item with the steps of its plan; ``attributes`` say what was bought, no person."""

    order_id: UUID
    item_id: UUID
    steps: Sequence[DeliveryStep]
    attributes: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Task:
    """One step of delivering one order item.

    ``attempts`` counts everything that was tried or done by hand, ``retries`` the failed tries of
    the running ``attempt_group``; a new group is opened when a person retries. ``started_at`` and
    ``next_attempt_at`` are real time. ``result`` is what was made, ``failure`` why it failed last.
    """

    id: UUID
    order_id: UUID
    item_id: UUID
    step: str
    adapter: str
    after: list[str]
    settings: Mapping[str, object]
    attributes: Mapping[str, object]
    state: TaskState
    attempts: int
    attempt_group: int
    retries: int
    started_at: datetime | None
    next_attempt_at: datetime | None
    result: Mapping[str, object] | None
    failure: Mapping[str, object] | None
    created_at: datetime
    done_at: datetime | None


@dataclass(frozen=True, slots=True)
class ClaimedTask:
    """A task leased for one attempt, with the state it was taken from."""

    task: Task
    state_before: TaskState

    @property
    def is_sent_before(self) -> bool:
        """Whether the target may know the task: then it is read back, never sent blindly."""
        if self.state_before is TaskState.RETRY_WAIT:
            failure = self.task.failure or {}
            return failure.get("class") in (ErrorClass.UNKNOWN, ErrorClass.CONFLICT)
        return self.state_before is not TaskState.READY


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one attempt came to: the next state of the task and what is recorded of it."""

    task: Task
    state: TaskState
    result: Mapping[str, object] | None = None
    failure: DeliveryFailure | None = None
    wait: timedelta | None = None
    proof: Mapping[str, object] = field(default_factory=dict[str, object])


@dataclass(frozen=True, slots=True)
class Attempt:
    """One entry of a task's history; ``actor_id`` is set when a person or key did it."""

    attempt: int
    outcome: str
    detail: Mapping[str, object]
    actor_id: UUID | None
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class TaskFilter:
    """Which tasks are wanted; None wants all."""

    order_id: UUID | None = None
    state: TaskState | None = None


class DeliveryTaskNotFound(GroschenError):
    """No delivery task of this id that the caller may see."""

    code = "delivery_task_not_found"
    kind = Kind.NOT_FOUND


class NotAManualTask(GroschenError):
    """Only a task that waits for a person can be submitted by one."""

    code = "not_a_manual_task"
    kind = Kind.CONFLICT


class NotInFallout(GroschenError):
    """Only what machines gave up, or what waits for a person, can be decided by one."""

    code = "not_in_fallout"
    kind = Kind.CONFLICT


class ResultNotExpected(GroschenError):
    """The task was never handed over, so nobody can report its result."""

    code = "result_not_expected"
    kind = Kind.CONFLICT


class ReasonMissing(GroschenError):
    """What a person decides about a task is kept with its reason."""

    code = "reason_missing"
    kind = Kind.UNPROCESSABLE
