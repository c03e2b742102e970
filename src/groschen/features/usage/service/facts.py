"""Stored events as facts: equal to those that were folded when the events came."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import msgspec

from groschen.core.usage import UsageFact
from groschen.features.usage.model import UsageEvent

if TYPE_CHECKING:
    from groschen.features.usage.queries.events import StoredEvent

_decoder: Final = msgspec.json.Decoder(dict[str, Any], float_hook=Decimal)
VOIDED: Final = "voided"


def fact_of(event: StoredEvent) -> UsageFact:
    """The fact of a stored event; no number becomes a float."""
    return UsageFact(
        event.source,
        event.event_id,
        event.type,
        event.subject,
        event.occurred_at,
        _decoder.decode(event.properties),
    )


def event_of(event: StoredEvent) -> UsageEvent:
    """A stored event as it is shown."""
    return UsageEvent(
        event.id,
        fact_of(event),
        event.body_hash,
        event.received_at,
        event.mark == VOIDED,
        event.reason,
    )
