"""Delivery tasks: what waits for a person, and what people do with single tasks."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from typing import Annotated, Final, cast
from uuid import UUID

from fastapi import Depends, Form, Request, Response

from groschen.core.errors import GroschenError
from groschen.features.delivery import service as delivery
from groschen.features.delivery.model import MANUAL, Attempt, Task, TaskState
from groschen.features.tenants import service as tenants
from groschen.kit.db import Scope
from groschen.kit.http import Pages, Reader, Writer
from groschen.kit.ids import encode_id
from groschen.web.addresses import order_path, task_path
from groschen.web.console import deliveries as task_page
from groschen.web.forms import attempt, see_other, sent
from groschen.web.page import page
from groschen.web.routing import Audience, PageRouter, path_id
from groschen.web.ui.parts import Link
from groschen.web.ui.refusals import Refusal
from groschen.web.values import local, local_or_none, page_of_rows

pages: Final = PageRouter(Audience.CONSOLE)
TaskId = Annotated[UUID, Depends(path_id("tsk", "task"))]
Text = Annotated[str, Form(max_length=500)]
SECRET: Final = frozenset({"ticket"})
AT_FIELDS: Final = ("reference", "note", "reason")


@pages.page("/deliveries", permission="delivery:read")
async def show_deliveries(request: Request, scope: Reader, asked: Pages) -> Response:
    """What waits for a person, newest first."""
    found = await delivery.page_for_people(scope, asked)
    shown, pager = page_of_rows(request, asked, found, lambda task: task.id)
    view = task_page.DeliveriesView(tuple(_row(scope, task) for task in shown), pager)
    return page(request, task_page.LIST_TEMPLATE, view)


@pages.page("/deliveries/{task}", permission="delivery:read")
async def show_delivery(request: Request, task: TaskId, scope: Reader) -> Response:
    """One task with its history."""
    return await _answer(request, scope, task)


@pages.form("/deliveries/{task}/submit", permission="delivery:write")
async def submit(
    request: Request, task: TaskId, scope: Writer, reference: Text = "", note: Text = ""
) -> Response:
    """A person did a step that is done by hand."""
    act = delivery.submit(scope, task, _output(reference), note.strip())
    return await _do(request, scope, task, act, reference=reference, note=note)


@pages.form("/deliveries/{task}/retry", permission="delivery:write")
async def retry(request: Request, task: TaskId, scope: Writer, reason: Text = "") -> Response:
    """Try a step again that machines gave up on."""
    act = delivery.retry(scope, task, reason.strip())
    return await _do(request, scope, task, act, reason=reason)


@pages.form("/deliveries/{task}/vouch", permission="delivery:write")
async def vouch(
    request: Request, task: TaskId, scope: Writer, reason: Text = "", reference: Text = ""
) -> Response:
    """A person vouches that a step was done after all."""
    act = delivery.mark_done(scope, task, reason.strip(), _output(reference))
    return await _do(request, scope, task, act, reason=reason, reference=reference)


@pages.form("/deliveries/{task}/skip", permission="delivery:write")
async def skip(request: Request, task: TaskId, scope: Writer, reason: Text = "") -> Response:
    """Leave a step out; what waits for it goes on."""
    return await _do(
        request, scope, task, delivery.skip(scope, task, reason.strip()), reason=reason
    )


async def _do(
    request: Request, scope: Scope, task_id: UUID, act: Awaitable[Task], **given: str
) -> Response:
    async with attempt(scope) as tried:
        await act
        return see_other(task_path(task_id))
    return await _answer(request, scope, task_id, tried.refusal, **given)


def _output(reference: str) -> Mapping[str, object]:
    return {"reference": reference.strip()} if reference.strip() else {}


async def _answer(
    request: Request,
    scope: Scope,
    task_id: UUID,
    refusal: GroschenError | None = None,
    **given: str,
) -> Response:
    task = await delivery.find(scope, task_id)
    history = await delivery.history(scope, task_id)
    people = await tenants.actor_names(scope, [one.actor_id for one in history if one.actor_id])
    path, writes = task_path(task_id), scope.actor.may("delivery:write")
    by_hand = task.adapter == MANUAL and task.state is TaskState.AWAITING_CALLBACK
    has_failed = task.state is TaskState.FALLOUT
    at_a_field = refusal is not None and refusal.field in AT_FIELDS
    view = task_page.DeliveryView(
        step=task.step,
        public_id=encode_id("tsk", task.id),
        state=task.state,
        adapter=task.adapter,
        order=_order(task),
        product=str(task.attributes.get("product", "")),
        route=_text(task.attributes.get("route")),
        created_at=local(scope, task.created_at),
        done_at=local_or_none(scope, task.done_at),
        attempts=tuple(_attempt(scope, one, people) for one in history),
        result=_result(task),
        failure=_failure(task),
        form=task_page.ActionForm(
            **{name: sent(given.get(name, ""), refusal, name) for name in AT_FIELDS}
        ),
        submit_at=f"{path}/submit" if by_hand and writes else None,
        retry_at=f"{path}/retry" if has_failed and writes else None,
        vouch_at=f"{path}/vouch" if has_failed and writes else None,
        skip_at=f"{path}/skip" if (has_failed or by_hand) and writes else None,
        refusal=None if refusal is None or at_a_field else Refusal.of(refusal),
    )
    return page(request, task_page.TEMPLATE, view, status=200 if refusal is None else 422)


def _row(scope: Scope, task: Task) -> task_page.TaskRow:
    return task_page.TaskRow(
        step=task.step,
        href=task_path(task.id),
        order=_order(task),
        product=str(task.attributes.get("product", "")),
        route=_text(task.attributes.get("route")),
        adapter=task.adapter,
        state=task.state,
        since=local(scope, task.created_at),
    )


def _order(task: Task) -> Link:
    return Link(str(task.attributes.get("order", "")), order_path(task.order_id))


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _result(task: Task) -> tuple[tuple[str, str], ...]:
    """What was made, but for tickets, which have a place of their own on the order's page."""
    made = task.result or {}
    return tuple((name, str(value)) for name, value in made.items() if name not in SECRET)


def _failure(task: Task) -> str | None:
    if task.failure is None:
        return None
    return f"{task.failure.get('detail', '')} ({task.failure.get('code', '')})"


def _attempt(scope: Scope, one: Attempt, people: Mapping[UUID, str]) -> task_page.AttemptRow:
    note = one.detail.get("reason") or one.detail.get("note")
    failure = one.detail.get("failure")
    if note is None and isinstance(failure, Mapping):
        note = cast("Mapping[str, object]", failure).get("detail")
    return task_page.AttemptRow(
        number=one.attempt,
        outcome=one.outcome,
        note=_text(note) or None,
        by=people.get(one.actor_id) if one.actor_id else None,
        at=local(scope, one.recorded_at),
    )
