"""Planning, starting and cancelling the tasks of orders; all of it set-based."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from groschen.features.delivery import queries
from groschen.features.delivery.model import ItemToDeliver
from groschen.kit.db import Scope
from groschen.kit.ids import new_id
from groschen.kit.jobs import defer
from groschen.kit.rows import json_rows

RUN: Final = "delivery.run"


async def plan(scope: Scope, items: Sequence[ItemToDeliver]) -> None:
    """Write a waiting task for every step of every item; nothing starts before ``start``."""
    rows = [
        {
            "id": new_id(),
            "order_id": item.order_id,
            "item_id": item.item_id,
            "step": step.step,
            "adapter": step.adapter,
            "after": list(step.after),
            "settings": dict(step.settings),
            "attributes": dict(item.attributes),
        }
        for item in items
        for step in item.steps
    ]
    if rows:
        await queries.insert_tasks(scope, json_rows(rows))


async def start(scope: Scope, order_ids: Sequence[UUID]) -> None:
    """Make the first tasks of orders ready and have them run after this commit."""
    if order_ids and await queries.start_orders(scope, order_ids):
        await defer(scope, RUN)


async def cancel(scope: Scope, order_ids: Sequence[UUID]) -> None:
    """Cancel the tasks of orders that were not handed to anybody yet."""
    if order_ids:
        await queries.cancel_orders(scope, order_ids)


async def start_followers(scope: Scope, item_ids: Sequence[UUID]) -> None:
    """Start the tasks of items that waited for steps which are closed now.

    Locks what waits before it looks: of two steps that end at the same time the later one sees
    the other's end, so their common follower is never forgotten.
    """
    if not item_ids or not await queries.lock_waiting(scope, item_ids):
        return
    if await queries.start_followers(scope, item_ids):
        await defer(scope, RUN)
