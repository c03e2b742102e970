"""What delivery tells whoever listens."""

from collections.abc import Iterable

from groschen.features.delivery.model import Task
from groschen.kit.db import Scope
from groschen.kit.ids import encode_id
from groschen.kit.outbox import Event, publish


async def publish_news(scope: Scope, event_type: str, tasks: Iterable[Task]) -> None:
    """Publish one event of a type per task: whose order and item it is, and which step."""
    await publish(
        scope,
        [
            Event(
                event_type,
                task.id,
                {
                    "delivery_task": encode_id("tsk", task.id),
                    "order": encode_id("ord", task.order_id),
                    "item": encode_id("itm", task.item_id),
                    "step": task.step,
                },
            )
            for task in tasks
        ],
    )
