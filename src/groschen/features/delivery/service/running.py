"""One attempt at many tasks: claimed as a lease, handed to the adapter after commit, stored."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from groschen.core.ports.delivery import (
    DeliveryAdapter,
    DeliveryFailure,
    DeliveryRequest,
    DeliveryResult,
    DeliveryState,
    ErrorClass,
)
from groschen.features.delivery import queries
from groschen.features.delivery.model import (
    MANUAL,
    ClaimedTask,
    Outcome,
    Task,
    TaskState,
)
from groschen.features.delivery.service.news import publish_news
from groschen.features.delivery.service.planning import start_followers
from groschen.kit.db import Scope
from groschen.kit.ids import encode_id
from groschen.kit.rows import json_rows

LEASE: Final = timedelta(seconds=90)
GIVE_UP_AFTER: Final = timedelta(hours=24)
ASK_AFTER: Final = timedelta(minutes=10)
FIRST_PAUSE_SECONDS: Final = 5
LONGEST_PAUSE_SECONDS: Final = 3600
MOST_DOUBLINGS: Final = 10
MILLISECONDS: Final = 1000


async def claim(scope: Scope, adapter: str, limit: int) -> list[ClaimedTask]:
    """Lease up to ``limit`` due tasks of one adapter for one attempt each."""
    return await queries.claim(scope, adapter, scope.real_now + LEASE, limit)


async def attempt(
    adapter: DeliveryAdapter, tenant_id: UUID, claimed: Sequence[ClaimedTask]
) -> Mapping[UUID, DeliveryResult]:
    """Hand tasks to their adapter, outside of any transaction.

    A task whose last attempt may have reached the target is read back first; only when the
    target never heard of it, it is sent, under the same key.
    """
    requests = {one.task.id: request(tenant_id, one.task) for one in claimed}
    doubtful = [requests[one.task.id] for one in claimed if one.is_sent_before]
    found = await adapter.find(doubtful) if doubtful else []
    known = {result.task_id: _still_doubtful(result) for result in found if result is not None}
    to_send = [one for one in requests.values() if one.task_id not in known]
    sent = await adapter.deliver(to_send) if to_send else []
    return known | {result.task_id: result for result in sent}


def _still_doubtful(read: DeliveryResult) -> DeliveryResult:
    """A read-back that did not work leaves open what became of the task, whatever was in its way.

    Only a failure for good is the target's word on the task itself.
    """
    if read.failure is None or read.failure.error_class is ErrorClass.INVALID:
        return read
    return replace(read, failure=replace(read.failure, error_class=ErrorClass.UNKNOWN))


def request(tenant_id: UUID, task: Task) -> DeliveryRequest:
    """What the adapter gets: what was bought, the settings of the step, ids. No person."""
    task_id, own_id = encode_id("tsk", task.id), encode_id("ten", tenant_id)
    target = task.settings.get("url", "")
    return DeliveryRequest(
        tenant_id=tenant_id,
        task_id=task.id,
        attempt_group=task.attempt_group,
        kind=task.step,
        target=str(target),
        payload={
            **task.attributes,
            "task_id": task_id,
            "order_id": encode_id("ord", task.order_id),
            "settings": task.settings,
            "report_to": f"/v1/delivery_tasks/{task_id}/result?tenant_id={own_id}",
        },
        deadline=None if task.started_at is None else task.started_at + GIVE_UP_AFTER,
    )


async def store(
    scope: Scope, claimed: Sequence[ClaimedTask], results: Mapping[UUID, DeliveryResult]
) -> None:
    """Write what the attempts came to, start what waited for it, and tell who listens."""
    outcomes = [
        outcome(one.task, results[one.task.id], scope.real_now)
        for one in claimed
        if one.task.id in results
    ]
    rows = json_rows([_row(one, scope.real_now) for one in outcomes])
    stored = await queries.store_outcomes(scope, rows)
    moved = [one for one in outcomes if one.task.id in stored]
    done = [one.task for one in moved if one.state is TaskState.DONE]
    fallen = [one.task for one in moved if one.state is TaskState.FALLOUT]
    await start_followers(scope, sorted({task.item_id for task in done}))
    await publish_news(scope, "delivery_task.done", done)
    await publish_news(scope, "delivery_task.fallout", fallen)


def outcome(task: Task, result: DeliveryResult, now: datetime) -> Outcome:
    """What a result means for a task: the next state, and how long to wait for the next attempt."""
    made = {**result.output, "reference": result.reference}
    if result.state is DeliveryState.DONE:
        return Outcome(task, TaskState.DONE, result=made, proof=result.proof)
    if result.state is DeliveryState.ACCEPTED:
        if task.adapter == MANUAL:
            return Outcome(task, TaskState.AWAITING_CALLBACK, proof=result.proof)
        if _is_over(task, now):
            late = DeliveryFailure(ErrorClass.INVALID, "no_answer", "no result within a day")
            return Outcome(task, TaskState.FALLOUT, failure=late, proof=result.proof)
        return Outcome(task, TaskState.AWAITING_CALLBACK, wait=ASK_AFTER, proof=result.proof)
    failure = result.failure or DeliveryFailure(ErrorClass.UNKNOWN, "unknown", "no reason given")
    if failure.error_class is ErrorClass.INVALID or _is_over(task, now):
        return Outcome(task, TaskState.FALLOUT, failure=failure, proof=result.proof)
    wait = failure.retry_after or pause(task.retries)
    return Outcome(task, TaskState.RETRY_WAIT, failure=failure, wait=wait, proof=result.proof)


def pause(retries: int) -> timedelta:
    """How long to wait after so many failed tries: full jitter up to 5 s, 10 s, 20 s ... 1 h.

    Anything from zero to the bound, so that those who failed together do not return together.
    """
    doubled = FIRST_PAUSE_SECONDS << min(retries, MOST_DOUBLINGS)
    bound = min(LONGEST_PAUSE_SECONDS, doubled) * MILLISECONDS
    return timedelta(milliseconds=secrets.randbelow(bound + 1))


def _is_over(task: Task, now: datetime) -> bool:
    return task.started_at is not None and now - task.started_at >= GIVE_UP_AFTER


def _row(one: Outcome, now: datetime) -> dict[str, object]:
    failure = None if one.failure is None else failure_json(one.failure)
    failed = one.state is TaskState.RETRY_WAIT
    return {
        "id": one.task.id,
        "attempts": one.task.attempts,
        "state": one.state.value,
        "retries": one.task.retries + 1 if failed else one.task.retries,
        "next_attempt_at": None if one.wait is None else now + one.wait,
        "result": one.result,
        "failure": failure,
        "detail": {"proof": one.proof, "failure": failure},
    }


def failure_json(failure: DeliveryFailure) -> dict[str, object]:
    """A failure as it is stored with its task."""
    return {
        "class": failure.error_class.value,
        "code": failure.code,
        "detail": failure.detail,
    }
