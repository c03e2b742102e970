"""Reading delivery tasks. Partners and customers see none: tasks hold how the house works."""

from collections.abc import Sequence
from uuid import UUID

from groschen.features.delivery import queries
from groschen.features.delivery.model import (
    Attempt,
    DeliveryTaskNotFound,
    Task,
    TaskFilter,
)
from groschen.kit.db import Scope
from groschen.kit.http.pages import Slice


async def find(scope: Scope, task_id: UUID) -> Task:
    """Read one task. Raises DeliveryTaskNotFound, also for a partner's or customer's actor."""
    return visible(scope, await queries.task(scope, task_id))


async def history(scope: Scope, task_id: UUID) -> list[Attempt]:
    """Everything that was tried or done with one task, oldest first."""
    return await queries.attempts(scope, task_id)


async def page(scope: Scope, wanted: TaskFilter, asked: Slice) -> list[Task]:
    """Tasks, newest first."""
    return [] if scope.actor.party_id is not None else await queries.tasks(scope, wanted, asked)


async def page_for_people(scope: Scope, asked: Slice) -> list[Task]:
    """Tasks that wait for a person, newest first: manual ones, and those machines gave up."""
    return [] if scope.actor.party_id is not None else await queries.tasks_for_people(scope, asked)


async def count_for_people(scope: Scope) -> int:
    """How many tasks wait for a person."""
    return 0 if scope.actor.party_id is not None else await queries.count_for_people(scope)


async def of_orders(scope: Scope, order_ids: Sequence[UUID]) -> list[Task]:
    """All tasks of orders with their results, such as tickets; the caller checks the right."""
    return await queries.tasks_of_orders(scope, order_ids)


async def open_items(scope: Scope, order_ids: Sequence[UUID]) -> set[UUID]:
    """The items of orders that are not wholly delivered yet."""
    return await queries.open_items(scope, order_ids)


def visible(scope: Scope, found: Task | None) -> Task:
    """The task if there is one that the actor may see; raises DeliveryTaskNotFound."""
    if found is None or scope.actor.party_id is not None:
        raise DeliveryTaskNotFound(
            "there is no such delivery task",
            field="task_id",
            hint="list the tasks with GET /v1/delivery_tasks",
        )
    return found
