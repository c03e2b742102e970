"""All facts that a total has now, read again from the events of its window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from groschen.features.subscriptions import service as subscriptions
from groschen.features.usage.model import DatedFact
from groschen.features.usage.queries import events as queries
from groschen.features.usage.service.facts import fact_of
from groschen.features.usage.service.matching import hits_of, matcher_of
from groschen.features.usage.service.rates import part_used
from groschen.kit.rows import json_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from groschen.core.totals import TotalKey
    from groschen.features.subscriptions.model import SubjectLink
    from groschen.features.usage.model import Charge
    from groschen.kit.db import Scope


async def facts_of(
    scope: Scope, charges: Sequence[Charge]
) -> Mapping[TotalKey, Sequence[DatedFact]]:
    """All facts of the totals of ``charges`` that are accepted and not voided."""
    if not charges:
        return {}
    links = await subscriptions.links_of(scope, {one.key.owner_id for one in charges})
    spans = {span for one in charges for span in _spans(one, links)}
    rows = [{"subject": name, "from_at": start, "to_at": end} for name, start, end in spans]
    events = await queries.events_of_subjects(scope, json_rows(rows)) if rows else []
    matcher = matcher_of(links, {one.key.owner_id: one.contract for one in charges})
    wanted = {one.key for one in charges}
    found: dict[TotalKey, list[DatedFact]] = {key: [] for key in wanted}
    for event in {event.id: event for event in events}.values():
        fact = fact_of(event)
        for hit in hits_of(matcher, fact):
            if hit.key in wanted:
                found[hit.key].append(DatedFact(hit.day, fact, int(event.body_hash, 16)))
    return found


def _spans(
    charge: Charge, links: Iterable[SubjectLink]
) -> Iterable[tuple[str, datetime, datetime]]:
    """When which subjects count in the total of a charge."""
    used = part_used(charge.contract, charge.segment, charge.window)
    for link in links:
        if used is None or link.item_id != charge.key.owner_id:
            continue
        start = max(link.from_at, used.start)
        end = used.end if link.until_at is None else min(link.until_at, used.end)
        if start < end:
            yield link.subject, start, end
