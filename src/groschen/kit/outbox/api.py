"""The pullable feed of events: every event once, in one gapless order."""

from __future__ import annotations

from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import Query
from pydantic import Field

from groschen.kit.actor import PermissionMissing
from groschen.kit.http import Instant, Out, Reader, Router
from groschen.kit.ids import PublicId
from groschen.kit.outbox import queries
from groschen.kit.outbox.sequencer import sequence_events

router: Final = Router("event_feed", prefix="/v1/event_feed")
MOST: Final = 1_000


class EventOut(Out):
    """One event."""

    id: Annotated[
        UUID,
        PublicId("evt"),
        Field(description="The event; the same in feed and webhooks."),
    ]
    sequence: Annotated[
        int, Field(description="Its place in the tenant's order: 1, 2, 3, ...", examples=[1])
    ]
    type: Annotated[str, Field(description="What happened.", examples=["order.paid"])]
    object_id: Annotated[
        UUID,
        Field(
            description="The object it happened to, as a bare UUID; `data` names it in full.",
            examples=["019aac5c-7000-7000-8000-000000000001"],
        ),
    ]
    data: Annotated[
        dict[str, Any],
        Field(
            description="Ids, states and amounts; the objects themselves are read by their ids.",
            examples=[{"order": "ord_01k6p5s00000000000000001kt"}],
        ),
    ]
    occurred_at: Annotated[Instant, Field(description="When it happened, in business time.")]


class FeedOut(Out):
    """The next events in order."""

    data: Annotated[list[EventOut], Field(description="Events, oldest first.")]
    next_after: Annotated[
        int,
        Field(
            description="Give as `after` to go on; unchanged when nothing is new.", examples=[42]
        ),
    ]
    more: Annotated[bool, Field(description="Whether further events wait already.")]


@router.get("", permission="events:read", verb="read", writes=True)
async def read_feed(
    scope: Reader,
    after: Annotated[
        int, Query(ge=0, lt=2**63, description="Sequence of the last event one has.", examples=[0])
    ] = 0,
    limit: Annotated[int, Query(ge=1, le=MOST, description="Events at most.")] = 100,
) -> FeedOut:
    """Read the events after a sequence number, without gaps.

    What was committed before this call is in the feed when it answers. Keep `next_after`
    together with what you did with the events; asking again with it loses and repeats none.
    """
    if scope.actor.party_id is not None:
        raise PermissionMissing("the feed holds the whole tenant's events")
    await sequence_events(scope)
    found = await queries.events_after(scope, after, limit + 1)
    shown = found[:limit]
    return FeedOut(
        data=[EventOut.model_validate(event, from_attributes=True) for event in shown],
        next_after=shown[-1].sequence if shown else after,
        more=len(found) > limit,
    )
