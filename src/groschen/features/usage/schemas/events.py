"""What the endpoints of events take and give."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final
from uuid import UUID

import msgspec
from pydantic import Field

from groschen.core.canonical import canonical_json
from groschen.features.usage.model import Result, ResultStatus
from groschen.kit.http import In, Instant, Out, Text
from groschen.kit.ids import PublicId

if TYPE_CHECKING:
    from groschen.features.usage.model import UsageEvent

EVENT: Final[dict[str, Any]] = {
    "specversion": "1.0",
    "id": "2026-01-31T08:00-meter-4711",
    "source": "head-end-system",
    "type": "reading",
    "subject": "meter-4711",
    "time": "2026-01-31T08:00:00Z",
    "data": {"kwh": "0.25"},
}
EVENT_SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "description": "A CloudEvent 1.0. Source and id together name it.",
    "required": ["id", "source", "type", "subject", "time"],
    "properties": {
        "specversion": {"const": "1.0", "description": "Version of CloudEvents."},
        "id": {"type": "string", "minLength": 1, "maxLength": 255},
        "source": {"type": "string", "minLength": 1, "maxLength": 255},
        "type": {"type": "string", "minLength": 1, "maxLength": 255},
        "subject": {"type": "string", "minLength": 1, "maxLength": 255},
        "time": {"type": "string", "format": "date-time"},
        "data": {"type": "object", "description": "Values, read exactly as decimals."},
    },
    "examples": [EVENT],
}
EVENTS_SCHEMA: Final[dict[str, Any]] = {
    "type": "array",
    "maxItems": 1_000,
    "items": EVENT_SCHEMA,
    "examples": [[EVENT]],
}
EVENT_CONTENT: Final[dict[str, Any]] = {
    "application/cloudevents+json": {"schema": EVENT_SCHEMA},
    "application/json": {"schema": EVENT_SCHEMA},
}
EVENTS_CONTENT: Final[dict[str, Any]] = {
    "application/cloudevents-batch+json": {"schema": EVENTS_SCHEMA},
    "application/cloudevents+json": {"schema": EVENT_SCHEMA},
    "application/json": {"schema": EVENTS_SCHEMA},
}

Source = Annotated[
    str | None,
    Field(description="Source of the event; null if it has none.", examples=["head-end-system"]),
]
EventId = Annotated[
    str | None, Field(description="Id of the event; null if it has none.", examples=["r-1"])
]


class EventResultOut(Out):
    """What became of one event."""

    source: Source
    id: EventId
    status: Annotated[
        ResultStatus,
        Field(description="`duplicate`: accepted before, as it is.", examples=["accepted"]),
    ]
    code: Annotated[
        str | None,
        Field(description="Why it was rejected.", examples=["subject_unknown"]),
    ]
    detail: Annotated[
        str | None, Field(description="What is wrong.", examples=["data.kwh is missing"])
    ]
    hint: Annotated[
        str | None, Field(description="What to do.", examples=["send a number such as 7.35"])
    ]
    field: Annotated[str | None, Field(description="Which field is wrong.", examples=["data.kwh"])]


class IngestOut(Out):
    """What became of the events of a call, in their order."""

    results: Annotated[list[EventResultOut], Field(description="One for each event.")]
    accepted: Annotated[int, Field(description="Events that count now.", examples=[98])]
    duplicates: Annotated[int, Field(description="Events accepted before.", examples=[1])]
    rejected: Annotated[int, Field(description="Events refused and kept.", examples=[1])]


class _EventResult(msgspec.Struct, frozen=True):
    """``EventResultOut``, quickly."""

    source: str | None
    id: str | None
    status: ResultStatus
    code: str | None = None
    detail: str | None = None
    hint: str | None = None
    field: str | None = None


class _Ingest(msgspec.Struct, frozen=True):
    """``IngestOut``, quickly."""

    results: list[_EventResult]
    accepted: int
    duplicates: int
    rejected: int


def ingest_answer(results: list[Result]) -> bytes:
    """Write an ``IngestOut``."""
    statuses = [result.status for result in results]
    return msgspec.json.encode(
        _Ingest(
            [_event_result(result) for result in results],
            statuses.count(ResultStatus.ACCEPTED),
            statuses.count(ResultStatus.DUPLICATE),
            statuses.count(ResultStatus.REJECTED),
        )
    )


def _event_result(result: Result) -> _EventResult:
    fault = result.fault
    if fault is None:
        return _EventResult(*result.key, result.status)
    return _EventResult(
        *result.key, result.status, fault.code, fault.detail, fault.hint, fault.field
    )


class VoidIn(In):
    """An accepted event that shall not count."""

    source: Annotated[Text, Field(max_length=255, examples=["head-end-system"])]
    id: Annotated[Text, Field(max_length=255, description="Id of the event.", examples=["r-1"])]
    reason: Annotated[Text, Field(description="Why.", examples=["read twice by hand"])]


class UsageEventOut(Out):
    """An accepted event."""

    id: Annotated[UUID, PublicId("uev"), Field(description="The event, as we name it.")]
    source: Annotated[str, Field(description="Its source.", examples=["head-end-system"])]
    event_id: Annotated[str, Field(description="Its id in the source.", examples=["r-1"])]
    type: Annotated[str, Field(description="What happened.", examples=["reading"])]
    subject: Annotated[str, Field(description="What it is about.", examples=["meter-4711"])]
    time: Annotated[Instant, Field(description="When it happened.")]
    data: Annotated[
        dict[str, Any],
        Field(description="Its values; decimals as strings.", examples=[{"kwh": "0.25"}]),
    ]
    hash: Annotated[
        str,
        Field(description="SHA-256 of its canonical form; proofs add it up.", examples=["0f" * 32]),
    ]
    received_at: Annotated[Instant, Field(description="When it came.")]
    counts: Annotated[bool, Field(description="False while it is voided.")]
    reason: Annotated[
        str | None,
        Field(description="Of the last void or return; null without.", examples=["read twice"]),
    ]

    @classmethod
    def of(cls, event: UsageEvent) -> UsageEventOut:
        """Show an event."""
        return cls(
            id=event.id,
            source=event.fact.source,
            event_id=event.fact.id,
            type=event.fact.type,
            subject=event.fact.subject,
            time=event.fact.occurred_at,
            data=msgspec.json.decode(canonical_json(event.fact.properties)),
            hash=event.body_hash,
            received_at=event.received_at,
            counts=not event.voided,
            reason=event.reason,
        )


def event_result_out(result: Result) -> EventResultOut:
    """Show what became of an event."""
    return EventResultOut.model_validate(_event_result(result), from_attributes=True)
