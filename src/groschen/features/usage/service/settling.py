"""Settling rejects: replay as they were or corrected, or discard with a reason."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final
from uuid import UUID

from groschen.features.usage.model import (
    Draft,
    Reject,
    RejectState,
    Result,
    ResultStatus,
    UsageRejectNotFound,
    UsageRejectSettled,
)
from groschen.features.usage.queries import rejects as queries
from groschen.features.usage.service.decoding import decode_one
from groschen.features.usage.service.ingest import Work, sort_in, take_in
from groschen.kit.rows import json_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from groschen.features.usage.model import RejectFilter
    from groschen.kit.db import Scope
    from groschen.kit.http import Slice

MOST_AT_ONCE: Final = 200
"""Rejects of one bulk replay: few enough for one transaction whatever their bodies are."""
_LOWEST: Final = UUID(int=0)


async def page_of_rejects(scope: Scope, wanted: RejectFilter, asked: Slice) -> list[Reject]:
    """Rejects, newest first; none for a party's actor."""
    if scope.actor.party_id is not None:
        return []
    return await queries.page_of_rejects(scope, wanted, asked)


async def find_reject(scope: Scope, reject_id: UUID) -> Reject:
    """Read one reject; raises ``UsageRejectNotFound``, also to a party's actor."""
    found = await queries.reject(scope, reject_id)
    if found is None or scope.actor.party_id is not None:
        raise _not_found()
    return found


async def replay(scope: Scope, reject_id: UUID, body: bytes | None = None) -> tuple[Reject, Result]:
    """Take a rejected event in now, as it was or as ``body`` corrects it.

    Refused again, it waits on with the new reason. Raises ``UsageRejectNotFound``,
    ``UsageRejectSettled`` and what ``decode`` raises.
    """
    (reject,) = await _locked(scope, [reject_id])
    if reject.state is not RejectState.OPEN:
        raise _settled(reject)
    (result,) = await _taken_in(scope, [reject], [decode_one(body or reject.body.encode())])
    return await find_reject(scope, reject_id), result


async def replay_open(
    scope: Scope, wanted: RejectFilter, after: UUID | None
) -> tuple[list[Reject], list[Result]]:
    """Take in again what waits, oldest first, at most ``MOST_AT_ONCE`` of it."""
    ids = await queries.open_rejects(scope, wanted, after or _LOWEST, MOST_AT_ONCE)
    found = [one for one in await _locked(scope, ids) if one.state is RejectState.OPEN]
    drafts = [decode_one(one.body.encode()) for one in found]
    return found, await _taken_in(scope, found, drafts)


async def discard(scope: Scope, reject_id: UUID, reason: str) -> Reject:
    """Settle a reject as not wanted; raises ``UsageRejectNotFound``, ``UsageRejectSettled``."""
    (reject,) = await _locked(scope, [reject_id])
    if reject.state is not RejectState.OPEN:
        raise _settled(reject)
    await queries.settle(scope, [reject_id], RejectState.DISCARDED, reason)
    return await find_reject(scope, reject_id)


async def _locked(scope: Scope, ids: Sequence[UUID]) -> list[Reject]:
    found = await queries.lock_rejects(scope, ids) if ids else []
    if len(found) != len(ids) or scope.actor.party_id is not None:
        raise _not_found()
    return found


def _not_found() -> UsageRejectNotFound:
    return UsageRejectNotFound(
        "there is no such rejected event",
        field="reject_id",
        hint="list them with GET /v1/usage_rejects",
    )


def _settled(reject: Reject) -> UsageRejectSettled:
    return UsageRejectSettled(
        f"the event was {reject.state} before",
        field="reject_id",
        hint="list those that wait with GET /v1/usage_rejects?state=open",
        state=reject.state,
    )


async def _taken_in(
    scope: Scope, rejects: Sequence[Reject], drafts: Sequence[Draft]
) -> list[Result]:
    """Take drafts in, and settle their rejects or store why they were refused again."""
    results = await take_in(partial(_in_savepoint, scope), drafts, sort_in)
    done = [
        reject.id
        for reject, result in zip(rejects, results, strict=True)
        if result.status is not ResultStatus.REJECTED
    ]
    if done:
        await queries.settle(scope, done, RejectState.REPLAYED, None)
    again = [
        {
            "id": reject.id,
            "code": result.fault.code,
            "field": result.fault.field,
            "detail": result.fault.detail,
            "hint": result.fault.hint,
        }
        for reject, result in zip(rejects, results, strict=True)
        if result.fault is not None
    ]
    if again:
        await queries.tell_again(scope, json_rows(again))
    return results


async def _in_savepoint(scope: Scope, work: Work) -> list[Result]:
    """Do work inside the transaction of ``scope``, so that it can be undone alone."""
    async with scope.conn.transaction():
        return await work(scope)
