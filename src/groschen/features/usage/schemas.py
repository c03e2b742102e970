"""What the endpoints of events take and give."""

from __future__ import annotations

from typing import Annotated, Any, Final

import msgspec
from pydantic import Field

from groschen.features.usage.model import Result, ResultStatus
from groschen.kit.http import Out

EVENT: Final[dict[str, Any]] = {
    "specversion": "1.0",
    "id": "2026-01-31T08:00-meter-4711",
    "source": "head-end-system",
    "type": "reading",
    "subject": "meter-4711",
    "time": "2026-01-31T08:00:00Z",
    "data": {"kwh": 0.25},
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
CONTENT: Final[dict[str, Any]] = {
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
