"""What people and targets do with single tasks: submit, report, retry, mark done, skip.

Each is recorded in the task's history with its actor; what a person decides needs a reason.
"""

from collections.abc import Mapping
from dataclasses import replace
from uuid import UUID

from groschen.core.ports.delivery import DeliveryFailure
from groschen.features.delivery import queries
from groschen.features.delivery.model import (
    CLOSED,
    MANUAL,
    TASK_LIFE,
    NotAManualTask,
    NotInFallout,
    ReasonMissing,
    ResultNotExpected,
    Task,
    TaskState,
)
from groschen.features.delivery.service.news import publish_news
from groschen.features.delivery.service.planning import RUN, start_followers
from groschen.features.delivery.service.reading import find, visible
from groschen.features.delivery.service.running import failure_json
from groschen.kit.db import Scope
from groschen.kit.jobs import defer
from groschen.kit.rows import json_rows

EXPECTS_RESULT = frozenset(
    {TaskState.RUNNING, TaskState.AWAITING_CALLBACK, TaskState.RETRY_WAIT, TaskState.FALLOUT}
)


async def submit(scope: Scope, task_id: UUID, output: Mapping[str, object], note: str) -> Task:
    """A person did a manual task.

    Raises DeliveryTaskNotFound, NotAManualTask and IllegalTransition.
    """
    task = visible(scope, await queries.lock_task(scope, task_id))
    if task.adapter != MANUAL:
        raise NotAManualTask(
            f"the task is done by {task.adapter}, not by a person",
            field="task_id",
            hint="retry it, or mark it done with proof after a fallout",
        )
    TASK_LIFE.check(task.state, TaskState.DONE)
    return await _finish(scope, task, "submitted", output, {"note": note})


async def report(
    scope: Scope,
    task_id: UUID,
    *,
    output: Mapping[str, object],
    failure: DeliveryFailure | None,
) -> Task:
    """The target reports what became of a task it accepted; a repetition changes nothing.

    Raises DeliveryTaskNotFound, and ResultNotExpected for a task that was never handed over.
    """
    task = visible(scope, await queries.lock_task(scope, task_id))
    if task.state in CLOSED or (failure is not None and task.state is TaskState.FALLOUT):
        return task
    if task.state not in EXPECTS_RESULT:
        raise ResultNotExpected(
            f"the task is {task.state.value}: nobody was asked to do it yet",
            field="task_id",
            hint="report a result only for a task you were given",
        )
    if failure is None:
        return await _finish(scope, task, "reported_done", output, {})
    stored = failure_json(failure)
    fallen = replace(task, state=TaskState.FALLOUT, next_attempt_at=None, failure=stored)
    await _act(scope, fallen, "reported_failed", {"failure": stored})
    await publish_news(scope, "delivery_task.fallout", [task])
    return await find(scope, task_id)


async def retry(scope: Scope, task_id: UUID, reason: str) -> Task:
    """Try a task in fallout again at once, under a new key, for another day.

    Raises DeliveryTaskNotFound, NotInFallout and ReasonMissing.
    """
    _check_reason(reason)
    task = visible(scope, await queries.lock_task(scope, task_id))
    _check_decidable(task, TaskState.FALLOUT)
    again = replace(
        task,
        state=TaskState.READY,
        attempt_group=task.attempt_group + 1,
        retries=0,
        started_at=None,
        next_attempt_at=scope.real_now,
    )
    await _act(scope, again, "retried", {"reason": reason})
    await defer(scope, RUN)
    return await find(scope, task_id)


async def mark_done(scope: Scope, task_id: UUID, reason: str, proof: Mapping[str, object]) -> Task:
    """A person vouches that a task in fallout was done. Raises as ``retry``."""
    _check_reason(reason)
    task = visible(scope, await queries.lock_task(scope, task_id))
    _check_decidable(task, TaskState.FALLOUT)
    detail = {"reason": reason, "proof": proof}
    return await _finish(scope, task, "marked_done", {"proof": proof}, detail)


async def skip(scope: Scope, task_id: UUID, reason: str) -> Task:
    """Leave a task in fallout, or one that waits for an end, out; what waits for it goes on.

    Raises as ``retry``.
    """
    _check_reason(reason)
    task = visible(scope, await queries.lock_task(scope, task_id))
    _check_decidable(task, TaskState.FALLOUT, TaskState.AWAITING_CALLBACK)
    skipped = replace(task, state=TaskState.SKIPPED, next_attempt_at=None)
    await _act(scope, skipped, "skipped", {"reason": reason})
    await start_followers(scope, [task.item_id])
    await publish_news(scope, "delivery_task.skipped", [task])
    return await find(scope, task_id)


def _check_reason(reason: str) -> None:
    if not reason:
        raise ReasonMissing(
            "a decision about a task needs its reason", field="reason", hint="say why"
        )


def _check_decidable(task: Task, *states: TaskState) -> None:
    if task.state not in states:
        raise NotInFallout(
            f"the task is {task.state.value}, nobody has to decide about it",
            field="task_id",
            hint="wait until it is in fallout; GET /v1/delivery_tasks?state=fallout lists those",
        )


async def _finish(
    scope: Scope,
    task: Task,
    how: str,
    output: Mapping[str, object],
    detail: Mapping[str, object],
) -> Task:
    done = replace(task, state=TaskState.DONE, next_attempt_at=None, result=output, failure=None)
    await _act(scope, done, how, detail)
    await start_followers(scope, [task.item_id])
    await publish_news(scope, "delivery_task.done", [task])
    return await find(scope, task.id)


async def _act(scope: Scope, task: Task, how: str, detail: Mapping[str, object]) -> None:
    row = {
        "id": task.id,
        "state": task.state.value,
        "attempt_group": task.attempt_group,
        "retries": task.retries,
        "started_at": task.started_at,
        "next_attempt_at": task.next_attempt_at,
        "result": task.result,
        "failure": task.failure,
        "outcome": how,
        "detail": detail,
    }
    await queries.act(scope, json_rows([row])[1:-1])
