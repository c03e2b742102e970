"""What charging asks: contracts, who a subject belongs to, and what is due.

Each is one statement for a whole batch. Nothing is kept between calls but the terms of plan
versions, which never change (``catalog`` keeps them).
"""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from groschen.features.catalog import service as catalog
from groschen.features.subscriptions.model import Contract, Segment, SubjectLink
from groschen.features.subscriptions.queries import claiming
from groschen.features.subscriptions.queries import contracts as queries
from groschen.kit.rows import json_rows

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime
    from uuid import UUID

    from groschen.features.catalog.model import Offer
    from groschen.kit.db import Scope


async def contracts(scope: Scope, item_ids: Collection[UUID]) -> dict[UUID, Contract]:
    """The contracts of items, by item; an unknown item is left out."""
    known = await agreed(scope, item_ids)
    return {item_id: _until_the_end(one) for item_id, one in known.items()}


async def agreed(scope: Scope, item_ids: Collection[UUID]) -> dict[UUID, Contract]:
    """Contracts with all their segments, also those that a cancellation cuts off."""
    rows = await queries.contracts(scope, item_ids) if item_ids else []
    offers = await catalog.offers_by_version(scope, {row.plan_version_id for row in rows})
    grouped = groupby(rows, key=lambda row: row.item_id)
    return {item_id: _contract(list(segments), offers) for item_id, segments in grouped}


def _contract(rows: list[queries.ContractRow], offers: Mapping[UUID, Offer]) -> Contract:
    first = rows[0]
    return Contract(
        item_id=first.item_id,
        subscription_id=first.subscription_id,
        account_id=first.account_id,
        party_id=first.party_id,
        currency=first.currency,
        zone=ZoneInfo(first.time_zone),
        anchor_on=first.anchor_on,
        funding=first.funding,
        wallet_id=first.wallet_id,
        starts_at=first.starts_at,
        ends_at=first.ends_at,
        segments=tuple(
            Segment(
                row.segment, offers[row.plan_version_id], row.quantity, row.from_at, row.until_at
            )
            for row in rows
        ),
    )


def _until_the_end(contract: Contract) -> Contract:
    """The contract without what lies after its end; one that never ran has no segment."""
    ends_at = contract.ends_at
    if ends_at is None:
        return contract
    kept = [one for one in contract.segments if one.from_at < ends_at]
    cut = [
        replace(one, until_at=ends_at) if one.until_at is None or one.until_at > ends_at else one
        for one in kept
    ]
    return replace(contract, segments=tuple(cut))


async def resolve(
    scope: Scope, subjects: Collection[str], from_at: datetime, to_at: datetime
) -> list[SubjectLink]:
    """Which items subjects belong to at some instant from ``from_at`` up to and with ``to_at``.

    Ordered by subject and time. A link is cut to its item's own time; a subject may belong to
    several items at once.
    """
    return await queries.links(scope, subjects, from_at, to_at) if subjects else []


async def links_of(scope: Scope, item_ids: Collection[UUID]) -> list[SubjectLink]:
    """All subjects of items, by item, subject and time; cut to the items' own time."""
    return await queries.links_of_items(scope, item_ids) if item_ids else []


async def due_items(scope: Scope, limit: int) -> list[UUID]:
    """At most ``limit`` items that are due for charging now, the longest due first."""
    return list(await queries.due_items(scope, limit))


async def set_charge_at(scope: Scope, next_at: Mapping[UUID, datetime | None]) -> None:
    """Set when each item is to be charged next; None: only a change makes it due again."""
    rows = [{"item_id": item_id, "charge_at": at} for item_id, at in next_at.items()]
    if rows:
        await queries.set_charge_at(scope, json_rows(rows))


async def claim_due(scope: Scope, limit: int, skip: Collection[UUID] = ()) -> dict[UUID, datetime]:
    """At most ``limit`` items that are due for charging, locked, and since when they are due.

    Everything that was due before is charged. Items that somebody else holds are left out.
    """
    return await claiming.claim_due(scope, limit, skip)


async def make_due(scope: Scope, since: Mapping[UUID, datetime]) -> None:
    """Have what was charged of items since an instant, which may have passed, worked out again."""
    rows = [{"item_id": item_id, "since": at} for item_id, at in since.items()]
    if rows:
        await claiming.make_due(scope, json_rows(rows))
