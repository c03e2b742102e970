"""What the endpoints of rejected events take and give."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated
from uuid import UUID

from pydantic import Field

from groschen.features.usage.model import Reject, RejectFilter, RejectState, ResultStatus
from groschen.features.usage.schemas.events import EventId, EventResultOut, Source, event_result_out
from groschen.kit.http import In, Instant, Lax, Out, Text
from groschen.kit.ids import PublicId

if TYPE_CHECKING:
    from collections.abc import Sequence

    from groschen.features.usage.model import Result

RejectId = Annotated[UUID, PublicId("urj"), Field(description="A rejected event.")]
State = Annotated[
    RejectState, Lax, Field(description="`open`: waits to be settled.", examples=["open"])
]
Code = Annotated[
    str,
    Field(
        pattern="^[a-z][a-z0-9_]{0,62}$",
        description="Why it was rejected.",
        examples=["subject_unknown"],
    ),
]
Subject = Annotated[Text, Field(description="What events are about.", examples=["meter-4711"])]


class RejectOut(Out):
    """An event that was refused, and why."""

    id: RejectId
    source: Source
    event_id: EventId
    subject: Annotated[
        str | None, Field(description="What it is about, if readable.", examples=["meter-4711"])
    ]
    type: Annotated[
        str | None, Field(description="What happened, if readable.", examples=["reading"])
    ]
    code: Code
    field: Annotated[str | None, Field(description="Which field is wrong.", examples=["data.kwh"])]
    detail: Annotated[str, Field(description="What is wrong.", examples=["data.kwh is missing"])]
    hint: Annotated[str, Field(description="What to do.", examples=["send a number such as 7.35"])]
    body: Annotated[
        str, Field(description="The event as it came.", examples=['{"id": "r-1", "data": {}}'])
    ]
    state: State
    received_at: Annotated[Instant, Field(description="When it came first.")]
    settled_at: Annotated[Instant | None, Field(description="When it was settled.")]
    reason: Annotated[
        str | None, Field(description="Why it was discarded.", examples=["a test event"])
    ]

    @classmethod
    def of(cls, reject: Reject) -> RejectOut:
        """Show a reject."""
        return cls(
            id=reject.id,
            source=reject.source,
            event_id=reject.event_id,
            subject=reject.subject,
            type=reject.type,
            code=reject.code,
            field=reject.field,
            detail=reject.detail,
            hint=reject.hint,
            body=reject.body,
            state=reject.state,
            received_at=reject.received_at,
            settled_at=reject.settled_at,
            reason=reject.reason,
        )


class ReplayOut(Out):
    """What became of a reject that was replayed."""

    reject: RejectOut
    result: EventResultOut

    @classmethod
    def of(cls, reject: Reject, result: Result) -> ReplayOut:
        """Show a replay."""
        return cls(reject=RejectOut.of(reject), result=event_result_out(result))


class BulkReplayIn(In):
    """Which rejects to replay, oldest first."""

    code: Annotated[Code | None, Field(description="Only those refused for this.")] = None
    subject: Annotated[Subject | None, Field(description="Only those about this.")] = None
    after: Annotated[RejectId | None, Field(description="`last` of the call before, to go on.")] = (
        None
    )

    def filter(self) -> RejectFilter:
        """Which rejects are meant."""
        return RejectFilter(RejectState.OPEN, self.code, self.subject)


class BulkReplayOut(Out):
    """How a bulk replay went."""

    replayed: Annotated[int, Field(description="Events that count now.", examples=[12])]
    rejected: Annotated[int, Field(description="Events refused again.", examples=[1])]
    last: Annotated[
        RejectId | None,
        Field(description="Give as `after` to go on; null when nothing was left."),
    ]

    @classmethod
    def of(cls, rejects: Sequence[Reject], results: Sequence[Result]) -> BulkReplayOut:
        """Count a bulk replay."""
        refused = sum(result.status is ResultStatus.REJECTED for result in results)
        return cls(
            replayed=len(results) - refused,
            rejected=refused,
            last=rejects[-1].id if rejects else None,
        )


class DiscardIn(In):
    """Why an event is not wanted."""

    reason: Annotated[Text, Field(description="Why.", examples=["a test event"])]
