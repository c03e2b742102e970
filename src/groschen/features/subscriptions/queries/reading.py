"""Reading subscriptions for people: one, a page, their items and subjects."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from psycopg.rows import class_row, scalar_row

from groschen.features.subscriptions.model import SubjectLink, Subscription
from groschen.kit.http.references import id_or_external
from groschen.kit.rows import record_row

if TYPE_CHECKING:
    from collections.abc import Collection

    from groschen.kit.db import Scope
    from groschen.kit.http import Reference, Slice


@dataclass(frozen=True, slots=True)
class ItemRow:
    """An item as stored."""

    id: UUID
    external_id: str
    plan_id: UUID
    starts_at: datetime
    ends_at: datetime | None


async def subscription(scope: Scope, reference: Reference) -> Subscription | None:
    """Read a subscription by either id."""
    subscription_id, external_id = id_or_external(reference)
    async with scope.conn.cursor(row_factory=record_row(Subscription)) as cursor:
        await cursor.execute(
            """
            SELECT id, external_id, account_id, party_id, currency, time_zone, anchor_on, funding,
                   wallet_id, state, starts_at, ends_at, minimum_term_until, version, created_at
              FROM subscriptions
             WHERE tenant_id = %(tenant_id)s AND id = %(id)s
             UNION ALL
            SELECT id, external_id, account_id, party_id, currency, time_zone, anchor_on, funding,
                   wallet_id, state, starts_at, ends_at, minimum_term_until, version, created_at
              FROM subscriptions
             WHERE tenant_id = %(tenant_id)s AND external_id = %(external_id)s
            """,
            {"tenant_id": scope.tenant_id, "id": subscription_id, "external_id": external_id},
        )
        return await cursor.fetchone()


async def subscriptions(
    scope: Scope, asked: Slice, account_id: UUID | None, party_id: UUID | None
) -> list[Subscription]:
    """Read a page of subscriptions, newest first, of one account or party if they are given."""
    async with scope.conn.cursor(row_factory=record_row(Subscription)) as cursor:
        await cursor.execute(
            """
            WITH page AS (
                (SELECT *
                   FROM subscriptions
                  WHERE tenant_id = %(tenant_id)s AND NOT %(backwards)s AND id < %(below)s
                    AND (%(account_id)s::uuid IS NULL OR account_id = %(account_id)s::uuid)
                    AND (%(party_id)s::uuid IS NULL OR party_id = %(party_id)s::uuid)
                  ORDER BY id DESC LIMIT %(fetch)s)
                UNION ALL
                (SELECT *
                   FROM subscriptions
                  WHERE tenant_id = %(tenant_id)s AND %(backwards)s AND id > %(above)s
                    AND (%(account_id)s::uuid IS NULL OR account_id = %(account_id)s::uuid)
                    AND (%(party_id)s::uuid IS NULL OR party_id = %(party_id)s::uuid)
                  ORDER BY id LIMIT %(fetch)s)
            )
            SELECT id, external_id, account_id, party_id, currency, time_zone, anchor_on, funding,
                   wallet_id, state, starts_at, ends_at, minimum_term_until, version, created_at
              FROM page
             ORDER BY id DESC
            """,
            {
                "tenant_id": scope.tenant_id,
                "account_id": account_id,
                "party_id": party_id,
                **asked.bounds,
            },
        )
        return await cursor.fetchall()


async def items(scope: Scope, subscription_id: UUID) -> list[ItemRow]:
    """Read the items of a subscription, in the order they were made."""
    async with scope.conn.cursor(row_factory=class_row(ItemRow)) as cursor:
        await cursor.execute(
            """
            SELECT id, external_id, plan_id, starts_at, ends_at
              FROM subscription_items
             WHERE tenant_id = %(tenant_id)s AND subscription_id = %(subscription_id)s
             ORDER BY id
            """,
            {"tenant_id": scope.tenant_id, "subscription_id": subscription_id},
        )
        return await cursor.fetchall()


async def item(scope: Scope, subscription_id: UUID, reference: Reference) -> ItemRow | None:
    """Read an item of a subscription by either id."""
    item_id, external_id = id_or_external(reference)
    async with scope.conn.cursor(row_factory=class_row(ItemRow)) as cursor:
        await cursor.execute(
            """
            SELECT id, external_id, plan_id, starts_at, ends_at
              FROM subscription_items
             WHERE tenant_id = %(tenant_id)s AND subscription_id = %(subscription_id)s
               AND (id = %(id)s::uuid OR external_id = %(external_id)s::text)
            """,
            {
                "tenant_id": scope.tenant_id,
                "subscription_id": subscription_id,
                "id": item_id,
                "external_id": external_id,
            },
        )
        return await cursor.fetchone()


async def item_ids(scope: Scope, subscription_ids: Collection[UUID]) -> list[UUID]:
    """Read which items subscriptions have."""
    async with scope.conn.cursor(row_factory=scalar_row) as cursor:
        await cursor.execute(
            """
            SELECT id
              FROM subscription_items
             WHERE tenant_id = %(tenant_id)s AND subscription_id = ANY(%(subscription_ids)s)
             ORDER BY id
            """,
            {"tenant_id": scope.tenant_id, "subscription_ids": list(subscription_ids)},
        )
        return await cursor.fetchall()


async def subjects(scope: Scope, subscription_id: UUID) -> list[SubjectLink]:
    """Read the subjects of all items of a subscription, by time; ends are as agreed."""
    async with scope.conn.cursor(row_factory=class_row(SubjectLink)) as cursor:
        await cursor.execute(
            """
            SELECT b.subject, b.item_id, b.from_at, b.until_at
              FROM subscription_items i
              JOIN item_subjects b ON b.tenant_id = i.tenant_id AND b.item_id = i.id
             WHERE i.tenant_id = %(tenant_id)s AND i.subscription_id = %(subscription_id)s
             ORDER BY b.from_at, b.subject, b.item_id
            """,
            {"tenant_id": scope.tenant_id, "subscription_id": subscription_id},
        )
        return await cursor.fetchall()
