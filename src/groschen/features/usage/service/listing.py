"""Events of a subject, page by page."""

from __future__ import annotations

import struct
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final
from uuid import UUID

from groschen.features.usage.queries import events as queries
from groschen.features.usage.service.facts import event_of

if TYPE_CHECKING:
    from groschen.features.usage.model import UsageEvent
    from groschen.kit.db import Scope
    from groschen.kit.http.keysets import Keyset

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_PLACE: Final = struct.Struct(">q16s")
_MICROSECOND: Final = timedelta(microseconds=1)
FIRST: Final = datetime(1900, 1, 1, tzinfo=UTC)
LAST: Final = datetime(2200, 1, 1, tzinfo=UTC)


async def page_of_events(
    scope: Scope, subject: str, since: datetime | None, until: datetime | None, asked: Keyset
) -> list[UsageEvent]:
    """Events of a subject from ``since`` to before ``until``, newest first; none for a party."""
    if scope.actor.party_id is not None:
        return []
    span = (since or FIRST, until or LAST)
    after = None if asked.after is None else _read_place(asked.after)
    found = await queries.page_of_events(scope, subject, span, after, asked.fetch)
    return [event_of(one) for one in found]


def place_of_event(event: UsageEvent) -> bytes:
    """The place of an event in a list, for the cursor."""
    return _PLACE.pack((event.fact.occurred_at - _EPOCH) // _MICROSECOND, event.id.bytes)


def _read_place(position: bytes) -> tuple[datetime, UUID]:
    microseconds, event_id = _PLACE.unpack(position)
    return _EPOCH + microseconds * _MICROSECOND, UUID(bytes=event_id)
