"""What the endpoints of delivery take and give."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from groschen.kit.http import In, Instant, Out, Text
from groschen.kit.ids import PublicId

if TYPE_CHECKING:
    from groschen.features.delivery.model import Attempt, Task
    from groschen.kit.signing_keys import SigningKey

TaskId = Annotated[UUID, PublicId("tsk"), Field(description="A delivery task.")]
OrderId = Annotated[UUID, PublicId("ord"), Field(description="An order.")]
ItemId = Annotated[UUID, PublicId("itm"), Field(description="An order item.")]
KeyId = Annotated[UUID, PublicId("key"), Field(description="A signing key.")]
Details = Annotated[
    dict[str, Any],
    Field(description="Free JSON without personal data.", examples=[{"reference": "A-17"}]),
]
Reason = Annotated[Text, Field(description="Why; kept in the history.", examples=["sent by hand"])]


class AttemptOut(Out):
    """One entry of a task's history."""

    attempt: Annotated[int, Field(description="1, 2, 3, ...", examples=[1])]
    outcome: Annotated[str, Field(description="What it came to.", examples=["done"])]
    detail: Details
    recorded_at: Instant

    @classmethod
    def of(cls, attempt: Attempt) -> AttemptOut:
        """Show an attempt."""
        return cls(
            attempt=attempt.attempt,
            outcome=attempt.outcome,
            detail=dict(attempt.detail),
            recorded_at=attempt.recorded_at,
        )


class TaskOut(Out):
    """One step of delivering one order item."""

    id: TaskId
    order_id: OrderId
    item_id: ItemId
    step: Annotated[str, Field(description="Its name in the plan.", examples=["ticket"])]
    adapter: Annotated[str, Field(description="Who does it.", examples=["ticket"])]
    after: Annotated[list[str], Field(description="Steps it waits for.", examples=[["ticket"]])]
    state: Annotated[
        str,
        Field(
            description="waiting, ready, running, awaiting_callback, retry_wait, fallout, done, "
            "skipped or cancelled.",
            examples=["done"],
        ),
    ]
    attempts: Annotated[int, Field(description="Entries of its history.", examples=[1])]
    next_attempt_at: Annotated[Instant | None, Field(description="When something happens next.")]
    result: Annotated[
        dict[str, Any] | None,
        Field(description="What was made, once done.", examples=[{"reference": "T-4711"}]),
    ]
    failure: Annotated[
        dict[str, Any] | None,
        Field(
            description="Why it failed last: class, code, detail.",
            examples=[{"class": "permanent", "code": "device_unknown", "detail": "no such meter"}],
        ),
    ]
    created_at: Instant
    done_at: Instant | None

    @classmethod
    def of(cls, task: Task) -> TaskOut:
        """Show a task."""
        return cls(**_task(task))


class TaskDetailsOut(TaskOut):
    """A delivery task with its history."""

    history: Annotated[list[AttemptOut], Field(description="What was tried or done, oldest first.")]

    @classmethod
    def detailed(cls, task: Task, history: Sequence[Attempt]) -> TaskDetailsOut:
        """Show a task with its history."""
        return cls(**_task(task), history=[AttemptOut.of(one) for one in history])


def _task(task: Task) -> dict[str, Any]:
    return {
        "id": task.id,
        "order_id": task.order_id,
        "item_id": task.item_id,
        "step": task.step,
        "adapter": task.adapter,
        "after": list(task.after),
        "state": task.state.value,
        "attempts": task.attempts,
        "next_attempt_at": task.next_attempt_at,
        "result": _plain(task.result),
        "failure": _plain(task.failure),
        "created_at": task.created_at,
        "done_at": task.done_at,
    }


def _plain(stored: Mapping[str, object] | None) -> dict[str, object] | None:
    return None if stored is None else dict(stored)


class SubmitIn(In):
    """What a person did."""

    output: Details = Field(default_factory=dict)
    note: Annotated[Text, Field(description="What was done.", examples=["card posted today"])]


class ReasonIn(In):
    """Why."""

    reason: Reason


class MarkDoneIn(In):
    """Why a task counts as done, and what proves it."""

    reason: Reason
    proof: Details


class ResultIn(In):
    """What became of a task that a target accepted."""

    status: Annotated[
        Literal["done", "failed"], Field(description="How it ended.", examples=["done"])
    ]
    output: Details = Field(default_factory=dict)
    code: Annotated[
        str | None,
        Field(
            max_length=64,
            pattern="^[a-z][a-z0-9_]*$",
            description="A stable code of the failure.",
            examples=["device_unknown"],
        ),
    ] = None
    detail: Annotated[
        str | None, Field(max_length=500, description="The failure in words.", examples=[None])
    ] = None


class TicketKeyOut(Out):
    """A key that tickets are checked with."""

    id: KeyId
    public_key: Annotated[
        str,
        Field(
            description="Ed25519 public key in PEM form.",
            examples=["-----BEGIN PUBLIC KEY-----\n..."],
        ),
    ]

    @classmethod
    def of(cls, key: SigningKey) -> TicketKeyOut:
        """Show the public half of a key."""
        return cls(id=key.id, public_key=key.public_key or "")


class TicketKeysOut(Out):
    """The keys that tickets are checked with."""

    data: Annotated[list[TicketKeyOut], Field(description="The one that signs now first.")]
