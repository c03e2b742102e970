"""Subscriptions that follow those of a reseller below: made and changed as the relay says.

They have no subjects and are never due by themselves: what is used and charged below is told.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

from groschen.features.subscriptions.queries import mirroring as queries
from groschen.kit.rows import json_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from groschen.kit.db import Scope


@dataclass(frozen=True, slots=True)
class MirrorSegment:
    """A segment of a mirrored item, under the number that it has below."""

    segment: int
    plan_version_id: UUID
    quantity: Decimal
    from_at: datetime
    until_at: datetime | None


@dataclass(frozen=True, slots=True)
class Mirror:
    """An item as it runs below, by pseudonyms; ``account_id`` is the reseller's."""

    item_id: UUID
    subscription_id: UUID
    account_id: UUID
    party_id: UUID
    plan_id: UUID
    currency: str
    time_zone: str
    anchor_on: date | None
    starts_at: datetime
    ends_at: datetime | None
    segments: Sequence[MirrorSegment]


async def mirror(scope: Scope, mirrors: Sequence[Mirror]) -> None:
    """Bring mirrored items to what they are below; segments that went below stay as they were."""
    if not mirrors:
        return
    ordered = sorted(mirrors, key=lambda one: one.item_id)
    rows = json_rows([_row(one) for one in ordered])
    await queries.upsert_subscriptions(scope, rows)
    await queries.upsert_items(scope, rows)
    terms = [
        {
            "item_id": one.item_id,
            "segment": part.segment,
            "plan_version_id": part.plan_version_id,
            "quantity": part.quantity,
            "from_at": part.from_at,
            "until_at": part.until_at,
        }
        for one in ordered
        for part in one.segments
    ]
    await queries.upsert_terms(scope, json_rows(terms))


def _row(one: Mirror) -> dict[str, object]:
    return {
        "item_id": one.item_id,
        "subscription_id": one.subscription_id,
        "account_id": one.account_id,
        "party_id": one.party_id,
        "plan_id": one.plan_id,
        "currency": one.currency,
        "time_zone": one.time_zone,
        "anchor_on": one.anchor_on,
        "starts_at": one.starts_at,
        "ends_at": one.ends_at,
    }
