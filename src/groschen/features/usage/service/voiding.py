"""Taking accepted events out again: a difference like any other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from groschen.features.usage.model import (
    Fault,
    UsageEvent,
    UsageEventNotFound,
    UsageEventVoided,
)
from groschen.features.usage.queries import events as queries
from groschen.features.usage.service.facts import VOIDED, event_of
from groschen.features.usage.service.hits import Counted, charges, owners
from groschen.features.usage.service.matching import matcher
from groschen.features.usage.service.totals import book_charges, lock_owners
from groschen.kit.ids import encode_id
from groschen.kit.outbox import Event, publish
from groschen.kit.rows import json_rows

if TYPE_CHECKING:
    from groschen.kit.db import Scope


async def find_event(scope: Scope, source: str, event_id: str) -> UsageEvent:
    """Read an accepted event; raises ``UsageEventNotFound``, also to a party's actor."""
    found = await queries.find_event(scope, source, event_id)
    if found is None or scope.actor.party_id is not None:
        raise UsageEventNotFound(
            "no event of this source and id was accepted",
            field="id",
            hint="look among the rejects with GET /v1/usage_rejects",
        )
    return event_of(found)


async def void(scope: Scope, source: str, event_id: str, reason: str) -> UsageEvent:
    """Take an event out of its totals; sent again as it was, it is accepted again.

    Raises ``UsageEventNotFound``, and ``UsageEventVoided`` when it does not count already.
    """
    event = await find_event(scope, source, event_id)
    found = (await matcher(scope, [event.fact])).match(event.fact)
    counted = [] if isinstance(found, Fault) else [Counted(event.fact, event.body_hash, found)]
    await lock_owners(scope, owners(counted))
    stored = await queries.find_event(scope, source, event_id)
    if stored is None or stored.mark == VOIDED:
        raise _voided()
    mark = {
        "source": source,
        "event_id": event_id,
        "ordinal": stored.ordinal + 1,
        "kind": VOIDED,
        "reason": reason,
    }
    if not await queries.insert_marks(scope, json_rows([mark])):
        raise _voided()
    await book_charges(scope, await charges(scope, (), counted), locked=True)
    await publish(
        scope, [Event("usage_event.voided", event.id, {"event": encode_id("uev", event.id)})]
    )
    return await find_event(scope, source, event_id)


def _voided() -> UsageEventVoided:
    return UsageEventVoided(
        "the event was voided before",
        field="id",
        hint="send it again as it was, and it counts again",
    )
