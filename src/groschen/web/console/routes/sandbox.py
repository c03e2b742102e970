"""The sandbox of a test tenant: its clock, and the other side of the simulated provider."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from fastapi import Form, Request, Response

from groschen.core.errors import GroschenError
from groschen.core.period import first_of_next_month
from groschen.features.orders import service as orders
from groschen.features.orders.model import OrderNotFound
from groschen.features.payments.service import sandbox as provider
from groschen.features.payments.service.sandbox import Step
from groschen.features.tenants import service as tenants
from groschen.kit.db import Scope
from groschen.kit.http.problems import STATUS
from groschen.kit.runtime import Runtime
from groschen.web.console import sandbox as sandbox_page
from groschen.web.fields import InstantUnreadable
from groschen.web.forms import see_other
from groschen.web.page import page
from groschen.web.routing import Around, Audience, Looking, PageNotFound, PageRouter
from groschen.web.ui.parts import Field
from groschen.web.ui.refusals import Refusal
from groschen.web.ui.texts import mark as _
from groschen.web.visitor import Visitor

pages: Final = PageRouter(Audience.CONSOLE)
Text = Annotated[str, Form(max_length=200)]
NINE: Final = time(9)


@pages.stream("/sandbox", permission="payments:read")
async def show_sandbox(
    request: Request, around: Around, visitor: Looking, done: str | None = None
) -> Response:
    """The panel."""
    return await _answer(request, around, visitor, done=done)


@pages.command("/sandbox/clock", permission="clock:write")
async def move_clock(
    request: Request,
    around: Around,
    visitor: Looking,
    to: Text = "",
    day: Text = "",
    time: Text = "",
) -> Response:
    """Move the clock, then let happen what is due at the provider. Twice is as once."""
    _require_test(visitor)
    try:
        async with around.database.scope(visitor.tenant.id, visitor.actor, exclusive=True) as scope:
            zone = ZoneInfo(scope.tenant.time_zone)
            await tenants.advance_clock(scope, _instant(to, day, time, zone))
        async with around.database.scope(visitor.tenant.id, visitor.actor, write=False) as scope:
            for name in provider.simulated(around):
                await provider.pass_time(around, scope, name)
    except GroschenError as refusal:
        return await _answer(request, around, visitor, refusal=refusal, day=day, time=time)
    return see_other("/sandbox?done=clock")


@pages.command("/sandbox/payout", permission="payments:write")
async def pay_out(request: Request, around: Around, visitor: Looking) -> Response:
    """Let the provider pay out what it has not paid out yet."""
    _require_test(visitor)
    try:
        async with around.database.scope(visitor.tenant.id, visitor.actor, write=False) as scope:
            for name in provider.simulated(around):
                await provider.pay_out(around, scope, name)
    except GroschenError as refusal:
        return await _answer(request, around, visitor, refusal=refusal)
    return see_other("/sandbox?done=payout")


@pages.command("/sandbox/{step}", permission="payments:write")
async def act(
    request: Request, around: Around, visitor: Looking, step: str, order: Text = ""
) -> Response:
    """Let a customer or a bank do something about an order's payment. Twice is as once."""
    _require_test(visitor)
    if step not in set(Step):
        raise PageNotFound("there is no such page")
    try:
        async with around.database.scope(visitor.tenant.id, visitor.actor, write=False) as scope:
            await _act(around, scope, order.strip(), Step(step))
    except GroschenError as refusal:
        return await _answer(request, around, visitor, refusal=refusal, order=order)
    return see_other(f"/sandbox?done={step}")


async def _act(around: Runtime, scope: Scope, number: str, step: Step) -> None:
    found = await orders.by_public_id(scope, number) or await orders.find(scope, None, number)
    detail = await orders.detail(scope, found)
    if not detail.payments:
        raise OrderNotFound("the order has no payment", field="order", hint="name a paid order")
    await provider.act(around, scope, detail.payments[-1].id, step)


def _require_test(visitor: Visitor) -> None:
    if not visitor.tenant.is_test:
        raise PageNotFound("only test tenants have a sandbox")


def _instant(to: str, day: str, time: str, zone: ZoneInfo) -> datetime:
    try:
        instant = datetime.fromisoformat(to or f"{day}T{time}")
    except ValueError as error:
        raise InstantUnreadable(
            "day and time do not make an instant", field="day", hint="choose a day and a time"
        ) from error
    return instant if instant.tzinfo is not None else instant.replace(tzinfo=zone)


async def _answer(
    request: Request,
    around: Runtime,
    visitor: Visitor,
    *,
    done: str | None = None,
    refusal: GroschenError | None = None,
    day: str = "",
    time: str = "",
    order: str = "",
) -> Response:
    _require_test(visitor)
    async with around.database.scope(visitor.tenant.id, visitor.actor, write=False) as scope:
        now = scope.now.astimezone(ZoneInfo(scope.tenant.time_zone))
    view = sandbox_page.SandboxView(
        now=now,
        day=Field(day or now.date().isoformat()),
        time=Field(time or f"{now:%H:%M}"),
        order=Field(order),
        jumps=_jumps(now),
        may_move_clock=visitor.actor.may("clock:write"),
        may_act=visitor.actor.may("payments:write"),
        done=done,
        refusal=None if refusal is None else Refusal.of(refusal),
    )
    status = 200 if refusal is None else STATUS[refusal.kind]
    return page(request, sandbox_page.TEMPLATE, view, status=status)


def _jumps(now: datetime) -> tuple[sandbox_page.Jump, ...]:
    """Handy instants: tomorrow, and the first morning of the next month."""
    month = first_of_next_month(now.date())
    return (
        sandbox_page.Jump(_("One day on"), now + timedelta(days=1)),
        sandbox_page.Jump(_("Next month"), datetime.combine(month, NINE, now.tzinfo)),
    )
