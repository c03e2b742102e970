"""What comes in right now, for people who watch."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from groschen.features.usage.queries import series as queries
from groschen.features.usage.service.facts import event_of

if TYPE_CHECKING:
    from groschen.features.usage.model import UsageEvent
    from groschen.kit.db import Scope

A_MINUTE: Final = timedelta(minutes=1)
LOOKED_BACK: Final = (timedelta(hours=1), timedelta(days=1), timedelta(days=31))
"""How far else to look for the latest events, as long as there are few."""
MOST_LATEST: Final = 20


@dataclass(frozen=True, slots=True)
class Pulse:
    """Events of the last minute of real time, those that came last, and rejects that wait."""

    at: datetime
    last_minute: int
    open_rejects: int
    latest: tuple[UsageEvent, ...]


async def pulse(scope: Scope) -> Pulse:
    """What comes in right now; nothing for a party's actor."""
    now = scope.real_now
    if scope.actor.party_id is not None:
        return Pulse(now, 0, 0, ())
    counted = await queries.count_received(scope, now - A_MINUTE)
    latest = await queries.latest_events(scope, now - A_MINUTE, MOST_LATEST)
    for span in LOOKED_BACK:
        if len(latest) < MOST_LATEST:
            latest = await queries.latest_events(scope, now - span, MOST_LATEST)
    waiting = await queries.count_open_rejects(scope)
    return Pulse(now, counted, waiting, tuple(event_of(one) for one in latest))
