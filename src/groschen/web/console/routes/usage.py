"""Usage as it comes in, rejects with their repair, and the event debugger."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Annotated, Final
from uuid import UUID

from fastapi import Depends, Form, Request, Response

from groschen.core.canonical import canonical_json
from groschen.core.errors import GroschenError
from groschen.core.money import Money
from groschen.features.subscriptions import service as subscriptions
from groschen.features.tenants import service as tenants
from groschen.features.usage import service as usage
from groschen.features.usage.model import (
    Reject,
    RejectFilter,
    RejectState,
    ResultStatus,
    UsageEvent,
)
from groschen.features.usage.service.explaining import Explained, Explanation
from groschen.features.usage.service.pulse import Pulse
from groschen.kit.db import Scope
from groschen.kit.http import Pages, Reader, Writer
from groschen.kit.ids import encode_id
from groschen.web.addresses import reject_path, subscription_path
from groschen.web.console import usage as usage_page
from groschen.web.console.subscription import UsageLine
from groschen.web.figures import FigureBoard, changes
from groschen.web.forms import attempt, see_other, sent
from groschen.web.live import live_stream
from groschen.web.page import draw, page
from groschen.web.routing import Around, Audience, Looking, PageRouter, path_id
from groschen.web.session import still_signed_in
from groschen.web.ui.parts import Field, Link
from groschen.web.ui.refusals import Refusal
from groschen.web.values import local, local_or_none, page_of_rows

pages: Final = PageRouter(Audience.CONSOLE)
RejectId = Annotated[UUID, Depends(path_id("urj", "reject"))]
Body = Annotated[str, Form(max_length=100_000)]
Text = Annotated[str, Form(max_length=500)]
STREAM: Final = "/usage/live"
EXAMPLE: Final = {
    "specversion": "1.0",
    "id": "reading-1",
    "source": "head-end-system",
    "type": "reading",
    "subject": "meter-4711",
    "data": {"kwh": 0.25},
}


@pages.page("/usage", permission="usage:read")
async def show_usage(request: Request, scope: Reader) -> Response:
    """What comes in right now."""
    view = usage_page.UsageView(await _live(request, scope), STREAM)
    return page(request, usage_page.TEMPLATE, view)


@pages.stream(STREAM, permission="usage:read")
async def stream_usage(request: Request, visitor: Looking, around: Around) -> Response:
    """The same, sent again whenever it changes."""

    async def read() -> usage_page.LiveUsage:
        async with around.database.scope(visitor.tenant.id, visitor.actor, write=False) as scope:
            return await _live(request, scope)

    async def fragments() -> AsyncIterator[str]:
        async for figures in changes(read, still_signed_in(request)):
            yield draw(request, usage_page.LIVE_TEMPLATE, figures)

    return live_stream(fragments())


async def _live(request: Request, scope: Scope) -> usage_page.LiveUsage:
    """One reading, shared by all who look at this tenant."""

    async def read() -> usage_page.LiveUsage:
        return _shown(scope, await usage.pulse(scope))

    board: FigureBoard = request.app.state.figures
    return await board.read(("usage", scope.tenant_id), read)


def _shown(scope: Scope, found: Pulse) -> usage_page.LiveUsage:
    return usage_page.LiveUsage(
        last_minute=found.last_minute,
        open_rejects=found.open_rejects,
        latest=tuple(_event(scope, one) for one in found.latest),
        at=local(scope, found.at),
    )


def _event(scope: Scope, event: UsageEvent) -> usage_page.EventRow:
    fact = event.fact
    return usage_page.EventRow(
        id=fact.id,
        source=fact.source,
        type=fact.type,
        subject=fact.subject,
        occurred_at=local(scope, fact.occurred_at),
        received_at=local(scope, event.received_at),
        data=canonical_json(fact.properties),
        is_voided=event.voided,
    )


@pages.page("/usage/rejects", permission="usage:read")
async def show_rejects(
    request: Request, scope: Reader, asked: Pages, state: str = RejectState.OPEN
) -> Response:
    """What was rejected, newest first."""
    chosen = RejectState(state) if state in set(RejectState) else None
    found = await usage.page_of_rejects(scope, RejectFilter(state=chosen), asked)
    shown, pager = page_of_rows(request, asked, found, lambda one: one.id)
    rows = tuple(_reject_row(scope, one) for one in shown)
    view = usage_page.RejectsView(rows, pager, state if chosen else "")
    return page(request, usage_page.REJECTS_TEMPLATE, view)


@pages.page("/usage/rejects/{reject}", permission="usage:read")
async def show_reject(
    request: Request, reject: RejectId, scope: Reader, done: str | None = None
) -> Response:
    """One rejected event with its repair."""
    return await _reject_page(request, scope, reject, done=done)


@pages.form("/usage/rejects/{reject}/replay", permission="usage:write")
async def replay(request: Request, reject: RejectId, scope: Writer, body: Body = "") -> Response:
    """Take the event in now, as it was or as it was corrected."""
    async with attempt(scope) as tried:
        _, result = await usage.replay(scope, reject, body.encode() or None)
        again = "?done=again" if result.status is ResultStatus.REJECTED else ""
        return see_other(f"{reject_path(reject)}{again}")
    return await _reject_page(request, scope, reject, body=body, refusal=tried.refusal)


@pages.form("/usage/rejects/{reject}/discard", permission="usage:write")
async def discard(request: Request, reject: RejectId, scope: Writer, reason: Text = "") -> Response:
    """Settle it as not wanted."""
    async with attempt(scope) as tried:
        await usage.discard(scope, reject, reason.strip())
        return see_other(reject_path(reject))
    return await _reject_page(request, scope, reject, reason=reason, refusal=tried.refusal)


@pages.page("/usage/debugger", permission="usage:read")
async def show_debugger(request: Request, scope: Reader) -> Response:
    """The event debugger with an example of now."""
    example = {**EXAMPLE, "time": scope.now.isoformat(timespec="seconds")}
    body = json.dumps(example, indent=2)
    return page(request, usage_page.DEBUGGER_TEMPLATE, usage_page.DebuggerView(Field(body)))


@pages.command("/usage/debugger", permission="usage:read")
async def try_event(
    request: Request, around: Around, visitor: Looking, body: Body = ""
) -> Response:
    """Say what the event would do; nothing is stored."""
    async with around.database.scope(visitor.tenant.id, visitor.actor, write=False) as scope:
        try:
            explained = await usage.explain(scope, usage.decode_one(body.encode()))
        except GroschenError as refusal:
            view = usage_page.DebuggerView(Field(body), refusal=Refusal.of(refusal))
            return page(request, usage_page.DEBUGGER_TEMPLATE, view, status=422)
        view = await _explained(scope, body, explained)
    return page(request, usage_page.DEBUGGER_TEMPLATE, view)


async def _explained(scope: Scope, body: str, found: Explanation) -> usage_page.DebuggerView:
    fault = found.result.fault
    return usage_page.DebuggerView(
        body=Field(body),
        status=found.result.status,
        code=fault.code if fault else None,
        detail=fault.detail if fault else None,
        hint=fault.hint if fault else None,
        counts=tuple([await _count(scope, one) for one in found.counts]),
    )


async def _count(scope: Scope, one: Explained) -> usage_page.CountRow:
    contract, component = one.hit.contract, one.hit.metered.component
    subscription = await subscriptions.find(scope, contract.subscription_id)
    currency = contract.currency
    return usage_page.CountRow(
        subscription=Link(subscription.external_id, subscription_path(subscription.id)),
        component=component.label or component.id,
        group=one.hit.group,
        quantity_before=one.quantity_before,
        quantity=one.quantity,
        lines=tuple(
            UsageLine(line.quantity, line.unit_price, line.amount, line.above, line.up_to)
            for line in one.lines
        ),
        amount_before=Money(one.amount_before, currency),
        amount=Money(one.amount, currency),
        difference=Money(one.difference, currency),
    )


def _reject_row(scope: Scope, one: Reject) -> usage_page.RejectRow:
    return usage_page.RejectRow(
        href=reject_path(one.id),
        code=one.code,
        detail=one.detail,
        subject=one.subject,
        event_id=one.event_id,
        received_at=local(scope, one.received_at),
        state=one.state,
    )


async def _reject_page(
    request: Request,
    scope: Scope,
    reject_id: UUID,
    *,
    body: str | None = None,
    reason: str | None = None,
    refusal: GroschenError | None = None,
    done: str | None = None,
) -> Response:
    one = await usage.find_reject(scope, reject_id)
    names = await tenants.actor_names(scope, [one.settled_by] if one.settled_by else [])
    is_open = one.state is RejectState.OPEN and scope.actor.may("usage:write")
    path = reject_path(one.id)
    view = usage_page.RejectView(
        row=_reject_row(scope, one),
        public_id=encode_id("urj", one.id),
        source=one.source,
        type=one.type,
        field=one.field,
        hint=one.hint,
        body=Field(one.body if body is None else body),
        settled_at=local_or_none(scope, one.settled_at),
        settled_by=names.get(one.settled_by) if one.settled_by else None,
        reason=sent(one.reason or "" if reason is None else reason, refusal, "reason"),
        replay_at=f"{path}/replay" if is_open else None,
        discard_at=f"{path}/discard" if is_open else None,
        refusal=None if refusal is None else Refusal.of(refusal),
        done=done,
    )
    status = 200 if refusal is None else 422
    return page(request, usage_page.REJECT_TEMPLATE, view, status=status)
