"""The endpoints of events."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import Query, Response

from groschen.core.meters import QuantityTooLarge
from groschen.core.tax import TaxRateUnknown
from groschen.features.usage import service
from groschen.features.usage.model import (
    TooManyEvents,
    TotalTooLarge,
    UsageBodyUnreadable,
    UsageEventNotFound,
    UsageEventVoided,
)
from groschen.features.usage.schemas.events import (
    EVENT_CONTENT,
    EVENTS_CONTENT,
    IngestOut,
    UsageEventOut,
    VoidIn,
    ingest_answer,
)
from groschen.features.usage.schemas.series import PulseOut
from groschen.features.usage.schemas.totals import ExplanationOut
from groschen.kit.http import Call, Instant, PageOut, Reader, Router, Text, Writer, problems
from groschen.kit.http.keysets import Keysets, keyset_page

events: Final = Router("events", prefix="/v1/events")


@events.raw(
    "",
    permission="usage:write",
    verb="ingest",
    content=EVENTS_CONTENT,
    response_model=IngestOut,
    responses=problems(TaxRateUnknown, TooManyEvents, TotalTooLarge, UsageBodyUnreadable),
)
async def ingest_events(call: Call) -> Response:
    """Take in up to a thousand events, each exactly once.

    The answer comes when everything is stored: event, price and balance. Source and id name an
    event, so the same call may be sent again. Valid events are kept beside invalid ones; those
    wait among the rejects, to be corrected and replayed.
    """
    drafts = service.decode(call.body, call.media_type)
    results = await service.take_in(call.transact, drafts)
    return Response(ingest_answer(results), media_type="application/json")


@events.raw(
    "/explain",
    permission="usage:read",
    verb="explain",
    content=EVENT_CONTENT,
    responses=problems(QuantityTooLarge, UsageBodyUnreadable),
)
async def explain_event(call: Call) -> ExplanationOut:
    """Say what an event would count for and cost, or why it would be refused.

    Nothing is stored. Of an event that was accepted before it says what it counts in.
    """
    draft = service.decode_one(call.body, call.media_type)
    return ExplanationOut.of(await call.transact(lambda scope: service.explain(scope, draft)))


@events.post(
    "/void",
    permission="usage:write",
    verb="void",
    status_code=200,
    responses=problems(TaxRateUnknown, TotalTooLarge, UsageEventNotFound, UsageEventVoided),
)
async def void_event(body: VoidIn, scope: Writer) -> UsageEventOut:
    """Take an accepted event out of its totals again.

    The difference is booked, and billed if it was billed. Sent again as it was, the event counts
    again.
    """
    return UsageEventOut.of(await service.void(scope, body.source, body.id, body.reason))


@events.get("/pulse", permission="usage:read", verb="pulse")
async def read_pulse(scope: Reader) -> PulseOut:
    """Read what comes in right now: events of the last minute, the latest, rejects that wait."""
    return PulseOut.of(await service.pulse(scope))


@events.get("", permission="usage:read", verb="list")
async def list_events(
    scope: Reader,
    page: Keysets,
    subject: Annotated[Text, Query(description="What they are about.", examples=["meter-4711"])],
    since: Annotated[Instant | None, Query(description="Not before this instant.")] = None,
    until: Annotated[Instant | None, Query(description="Before this instant.")] = None,
) -> PageOut[UsageEventOut]:
    """List the accepted events of a subject by when they happened, newest first."""
    found = await service.page_of_events(scope, subject, since, until, page)
    return keyset_page(page, found, position=service.place_of_event, show=UsageEventOut.of)
