"""The endpoints of events."""

from __future__ import annotations

from typing import Final

from fastapi import Response

from groschen.features.usage import service
from groschen.features.usage.model import TooManyEvents, TotalTooLarge, UsageBodyUnreadable
from groschen.features.usage.schemas import CONTENT, IngestOut, ingest_answer
from groschen.kit.http import Call, Router, problems

events: Final = Router("events", prefix="/v1/events")


@events.raw(
    "",
    permission="usage:write",
    verb="ingest",
    content=CONTENT,
    response_model=IngestOut,
    responses=problems(UsageBodyUnreadable, TooManyEvents, TotalTooLarge),
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
