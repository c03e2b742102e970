"""News that leaves a transaction: published inside it, numbered after its commit.

``publish`` stores events in the scope's transaction and first hands them to the listeners that
``app.py`` wired in (a feature that stands higher hears of one below it; all or nothing).
The sequencer moves stored events to ``events`` with a gapless number per tenant, so that the
pullable feed and webhooks read one order in which nothing appears late.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeAlias
from uuid import UUID

from groschen.kit.ids import new_id
from groschen.kit.outbox import queries
from groschen.kit.outbox.sequencer import sequence_events

if TYPE_CHECKING:
    from groschen.kit.db import Scope

__all__ = ["Event", "Listener", "listens", "publish", "sequence_events"]


@dataclass(frozen=True, slots=True)
class Event:
    """What happened to one object. ``data`` holds ids, states and amounts, no personal data.

    ``type`` is ``<object>.<past participle>``, such as ``order.paid``. Values of ``data`` go out
    as they are: ids in their public form, decimals as strings.
    """

    type: str
    object_id: UUID
    data: Mapping[str, object] = field(default_factory=dict[str, object])


Listener: TypeAlias = Callable[["Scope", Sequence[Event]], Awaitable[None]]
LISTENERS: Final[dict[str, list[Listener]]] = {}


def listens(event_type: str) -> Callable[[Listener], Listener]:
    """Register ``async def f(scope, events)`` to run in the transaction that publishes."""

    def register(listener: Listener) -> Listener:
        known = LISTENERS.setdefault(event_type, [])
        if listener not in known:
            known.append(listener)
        return listener

    return register


async def publish(scope: Scope, events: Sequence[Event]) -> None:
    """Store the events in the scope's transaction and tell the listeners, type by type."""
    if not events:
        return
    rows = [
        {
            "id": new_id(),
            "type": event.type,
            "object_id": event.object_id,
            "data": event.data,
            "occurred_at": scope.now,
        }
        for event in events
    ]
    await queries.insert_outbox(scope, rows)
    for event_type in dict.fromkeys(event.type for event in events):
        heard = [event for event in events if event.type == event_type]
        for listener in LISTENERS.get(event_type, ()):
            await listener(scope, heard)
