"""What levels do when totals change or are posted, and when plans are published."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from groschen.features.levels.service import amounts, checking
from groschen.features.levels.service.hearing import note_totals
from groschen.features.usage.service import hears_totals
from groschen.kit.ids import decode_id
from groschen.kit.outbox import Event, listens

if TYPE_CHECKING:
    from collections.abc import Sequence

    from groschen.kit.db import Scope

hears_totals(note_totals)


@listens("totals.posted")
async def note_what_is_booked(scope: Scope, events: Sequence[Event]) -> None:
    """Note what is booked of totals that travel."""
    totals = [name for event in events for name in cast("list[str]", event.data["totals"])]
    await amounts.note_posted(scope, [decode_id("tot", name) for name in dict.fromkeys(totals)])


@listens("plan.version_published")
async def check_what_it_sells_on(scope: Scope, events: Sequence[Event]) -> None:
    """Refuse a plan that sells on an offer otherwise than it allows."""
    versions = [decode_id("plv", cast("str", event.data["plan_version"])) for event in events]
    await checking.check_plans(scope, versions)
