"""The endpoints of delivery."""

from __future__ import annotations

from typing import Annotated, Final
from uuid import UUID

from fastapi import Query, Request

from groschen.core.lifecycle import IllegalTransition
from groschen.core.ports.delivery import DeliveryFailure, ErrorClass
from groschen.features.delivery import service
from groschen.features.delivery.callbacks import caller_scope
from groschen.features.delivery.model import (
    DeliveryTaskNotFound,
    NotAManualTask,
    NotInFallout,
    ReasonMissing,
    ResultNotExpected,
    TaskFilter,
    TaskState,
)
from groschen.features.delivery.schemas import (
    MarkDoneIn,
    OrderId,
    ReasonIn,
    ResultIn,
    SubmitIn,
    TaskDetailsOut,
    TaskId,
    TaskOut,
    TicketKeyOut,
    TicketKeysOut,
)
from groschen.kit.actor import PermissionMissing
from groschen.kit.auth import Unauthenticated
from groschen.kit.db import Scope
from groschen.kit.http import (
    PageOut,
    Pages,
    Proofs,
    Reader,
    Router,
    Surroundings,
    Writer,
    page_of,
    problems,
)
from groschen.kit.ids import PublicId
from groschen.kit.seal import the_seal
from groschen.kit.signatures import SignatureInvalid
from groschen.kit.signing_keys import Purpose, SigningKeys

tasks: Final = Router("delivery_tasks", prefix="/v1/delivery_tasks")
ticket_keys: Final = Router("ticket_keys", prefix="/v1/ticket_keys")


@tasks.get("", permission="delivery:read", verb="list")
async def list_tasks(
    scope: Reader,
    pages: Pages,
    order_id: Annotated[OrderId | None, Query(description="Only tasks of this order.")] = None,
    state: Annotated[TaskState | None, Query(description="Only tasks in this state.")] = None,
) -> PageOut[TaskOut]:
    """List delivery tasks, newest first."""
    rows = await service.page(scope, TaskFilter(order_id, state), pages)
    return page_of(pages, rows, identity=lambda row: row.id, show=TaskOut.of)


@tasks.get(
    "/{task_id}",
    permission="delivery:read",
    verb="get",
    responses=problems(DeliveryTaskNotFound),
)
async def get_task(task_id: TaskId, scope: Reader) -> TaskDetailsOut:
    """Show one delivery task with its history."""
    return await _detailed(scope, task_id)


@tasks.post(
    "/{task_id}/submit",
    permission="delivery:write",
    status_code=200,
    verb="submit",
    responses=problems(DeliveryTaskNotFound, NotAManualTask, IllegalTransition),
)
async def submit_task(task_id: TaskId, body: SubmitIn, scope: Writer) -> TaskDetailsOut:
    """Say that a manual task was done."""
    await service.submit(scope, task_id, body.output, body.note)
    return await _detailed(scope, task_id)


@tasks.post(
    "/{task_id}/retry",
    permission="delivery:write",
    status_code=200,
    verb="retry",
    responses=problems(DeliveryTaskNotFound, NotInFallout, ReasonMissing),
)
async def retry_task(task_id: TaskId, body: ReasonIn, scope: Writer) -> TaskDetailsOut:
    """Try a task in fallout again."""
    await service.retry(scope, task_id, body.reason)
    return await _detailed(scope, task_id)


@tasks.post(
    "/{task_id}/mark_done",
    permission="delivery:write",
    status_code=200,
    verb="mark_done",
    responses=problems(DeliveryTaskNotFound, NotInFallout, ReasonMissing),
)
async def mark_done(task_id: TaskId, body: MarkDoneIn, scope: Writer) -> TaskDetailsOut:
    """Vouch that a task in fallout was done, with proof."""
    await service.mark_done(scope, task_id, body.reason, body.proof)
    return await _detailed(scope, task_id)


@tasks.post(
    "/{task_id}/skip",
    permission="delivery:write",
    status_code=200,
    verb="skip",
    responses=problems(DeliveryTaskNotFound, NotInFallout, ReasonMissing),
)
async def skip_task(task_id: TaskId, body: ReasonIn, scope: Writer) -> TaskDetailsOut:
    """Leave a task out; what waits for it goes on."""
    await service.skip(scope, task_id, body.reason)
    return await _detailed(scope, task_id)


@tasks.public(
    "POST",
    "/{task_id}/result",
    verb="report",
    responses=problems(
        Unauthenticated,
        SignatureInvalid,
        PermissionMissing,
        DeliveryTaskNotFound,
        ResultNotExpected,
    ),
)
async def report_result(
    task_id: TaskId,
    body: ResultIn,
    request: Request,
    runtime: Surroundings,
    proofs: Proofs,
    tenant_id: Annotated[
        Annotated[UUID, PublicId("ten")] | None,
        Query(description="Whose task it is; for a signed message, which brings no key."),
    ] = None,
) -> TaskOut:
    """Report what became of a task that was accepted; a repetition changes nothing.

    Either with an API key, or signed with the tenant's webhook secret (Standard Webhooks).
    """
    async with caller_scope(request, runtime, proofs, tenant_id) as scope:
        failure = None
        if body.status == "failed":
            failure = DeliveryFailure(
                ErrorClass.INVALID, body.code or "failed", body.detail or "no reason given"
            )
        task = await service.report(scope, task_id, output=body.output, failure=failure)
        return TaskOut.of(task)


@ticket_keys.get("", permission="delivery:read", verb="list")
async def list_ticket_keys(scope: Reader, runtime: Surroundings) -> TicketKeysOut:
    """Show the keys that tickets are checked with; the first is made when it is first needed."""
    keys = await SigningKeys(runtime.database, the_seal()).current(scope.tenant_id, Purpose.TICKET)
    return TicketKeysOut(data=[TicketKeyOut.of(key) for key in keys])


async def _detailed(scope: Scope, task_id: TaskId) -> TaskDetailsOut:
    task = await service.find(scope, task_id)
    return TaskDetailsOut.detailed(task, await service.history(scope, task_id))
