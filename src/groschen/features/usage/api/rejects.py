"""The endpoints of rejected events."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import Query

from groschen.core.tax import TaxRateUnknown
from groschen.features.usage import service
from groschen.features.usage.model import (
    RejectFilter,
    TotalTooLarge,
    UsageBodyUnreadable,
    UsageRejectNotFound,
    UsageRejectSettled,
)
from groschen.features.usage.schemas.events import EVENT_CONTENT
from groschen.features.usage.schemas.rejects import (
    BulkReplayIn,
    BulkReplayOut,
    Code,
    DiscardIn,
    RejectId,
    RejectOut,
    ReplayOut,
    State,
    Subject,
)
from groschen.kit.http import Call, PageOut, Pages, Reader, Router, Writer, page_of, problems

rejects: Final = Router("usage_rejects", prefix="/v1/usage_rejects")


@rejects.get("", permission="usage:read", verb="list")
async def list_rejects(
    scope: Reader,
    page: Pages,
    state: Annotated[State | None, Query(description="Only in this state.")] = None,
    code: Annotated[Code | None, Query(description="Only refused for this.")] = None,
    subject: Annotated[Subject | None, Query(description="Only about this.")] = None,
) -> PageOut[RejectOut]:
    """List events that were refused, newest first."""
    found = await service.page_of_rejects(scope, RejectFilter(state, code, subject), page)
    return page_of(page, found, identity=lambda one: one.id, show=RejectOut.of)


@rejects.post(
    "/replay",
    permission="usage:write",
    verb="replay_many",
    status_code=200,
    responses=problems(TaxRateUnknown, TotalTooLarge, UsageBodyUnreadable),
)
async def replay_rejects(body: BulkReplayIn, scope: Writer) -> BulkReplayOut:
    """Take in again what waits, oldest first, up to 200 events a call."""
    return BulkReplayOut.of(*await service.replay_open(scope, body.filter(), body.after))


@rejects.get(
    "/{reject_id}",
    permission="usage:read",
    verb="read",
    responses=problems(UsageRejectNotFound),
)
async def read_reject(reject_id: RejectId, scope: Reader) -> RejectOut:
    """Read one rejected event."""
    return RejectOut.of(await service.find_reject(scope, reject_id))


@rejects.raw(
    "/{reject_id}/replay",
    permission="usage:write",
    verb="replay",
    content=EVENT_CONTENT,
    content_required=False,
    responses=problems(
        TaxRateUnknown, TotalTooLarge, UsageBodyUnreadable, UsageRejectNotFound, UsageRejectSettled
    ),
)
async def replay_reject(reject_id: RejectId, call: Call) -> ReplayOut:
    """Take a rejected event in now: as it was, or as the body corrects it.

    Refused again, it waits on with the new reason.
    """
    return ReplayOut.of(
        *await call.transact(lambda scope: service.replay(scope, reject_id, call.body))
    )


@rejects.post(
    "/{reject_id}/discard",
    permission="usage:write",
    verb="discard",
    status_code=200,
    responses=problems(UsageRejectNotFound, UsageRejectSettled),
)
async def discard_reject(reject_id: RejectId, body: DiscardIn, scope: Writer) -> RejectOut:
    """Settle a rejected event as not wanted."""
    return RejectOut.of(await service.discard(scope, reject_id, body.reason))
