"""The statements of offers, their copies and acceptances."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from psycopg.rows import class_row

from groschen.features.levels.model import TradeOffer
from groschen.kit.http.references import id_or_external
from groschen.kit.rows import record_row

if TYPE_CHECKING:
    from collections.abc import Sequence

    from groschen.features.levels.model import OfferSide
    from groschen.kit.db import Scope
    from groschen.kit.http import Reference, Slice


@dataclass(frozen=True, slots=True)
class CopyRow:
    """A version of an offer with its acceptance; ``terms`` is JSON."""

    offer_id: UUID
    version: int
    plan_version_id: UUID | None
    terms: dict[str, Any]
    hash: str
    published_at: datetime
    accepted_at: datetime | None
    components: dict[str, str] | None


@dataclass(frozen=True, slots=True)
class SentCopy:
    """A version that the other side does not have yet."""

    offer_id: UUID
    external_id: str
    peer_tenant_id: UUID
    version: int
    terms: dict[str, Any]
    hash: str
    published_at: datetime


@dataclass(frozen=True, slots=True)
class ToldAcceptance:
    """An acceptance that the other side does not know of yet."""

    offer_id: UUID
    peer_tenant_id: UUID
    version: int
    hash: str
    accepted_at: datetime


async def insert_offer(scope: Scope, one: TradeOffer) -> None:
    """Store an offer unless this side has one of its external id."""
    await scope.conn.execute(
        """
        INSERT INTO offers (tenant_id, id, external_id, side, peer_tenant_id, account_id, party_id,
                            currency, created_at)
        VALUES (%(tenant_id)s, %(id)s, %(external_id)s, %(side)s, %(peer_tenant_id)s,
                %(account_id)s, %(party_id)s, %(currency)s, %(created_at)s)
            ON CONFLICT DO NOTHING
        """,
        {
            "tenant_id": scope.tenant_id,
            "id": one.id,
            "external_id": one.external_id,
            "side": one.side,
            "peer_tenant_id": one.peer_tenant_id,
            "account_id": one.account_id,
            "party_id": one.party_id,
            "currency": one.currency,
            "created_at": one.created_at,
        },
    )


async def lock_offer(scope: Scope, side: OfferSide, external_id: str) -> TradeOffer | None:
    """Read an offer by its external id and hold its row."""
    async with scope.conn.cursor(row_factory=record_row(TradeOffer)) as cursor:
        await cursor.execute(
            """
            SELECT id, external_id, side, peer_tenant_id, account_id, party_id, currency, created_at
              FROM offers
             WHERE tenant_id = %(tenant_id)s AND side = %(side)s AND external_id = %(external_id)s
               FOR UPDATE
            """,
            {"tenant_id": scope.tenant_id, "side": side, "external_id": external_id},
        )
        return await cursor.fetchone()


async def offer(scope: Scope, reference: Reference) -> TradeOffer | None:
    """Read an offer by either id; one taken comes before one given of the same external id."""
    offer_id, external_id = id_or_external(reference)
    async with scope.conn.cursor(row_factory=record_row(TradeOffer)) as cursor:
        await cursor.execute(
            """
            SELECT id, external_id, side, peer_tenant_id, account_id, party_id, currency, created_at
              FROM offers
             WHERE tenant_id = %(tenant_id)s
               AND (id = %(id)s::uuid OR external_id = %(external_id)s::text)
             ORDER BY side DESC
             LIMIT 1
            """,
            {"tenant_id": scope.tenant_id, "id": offer_id, "external_id": external_id},
        )
        return await cursor.fetchone()


async def offers(scope: Scope, ids: Sequence[UUID]) -> list[TradeOffer]:
    """Read offers by id."""
    async with scope.conn.cursor(row_factory=record_row(TradeOffer)) as cursor:
        await cursor.execute(
            """
            SELECT id, external_id, side, peer_tenant_id, account_id, party_id, currency, created_at
              FROM offers
             WHERE tenant_id = %(tenant_id)s AND id = ANY(%(ids)s)
            """,
            {"tenant_id": scope.tenant_id, "ids": list(ids)},
        )
        return await cursor.fetchall()


async def taken(scope: Scope) -> list[TradeOffer]:
    """Read all offers of the tenant above."""
    async with scope.conn.cursor(row_factory=record_row(TradeOffer)) as cursor:
        await cursor.execute(
            """
            SELECT id, external_id, side, peer_tenant_id, account_id, party_id, currency, created_at
              FROM offers
             WHERE tenant_id = %(tenant_id)s AND side = 'taken'
            """,
            {"tenant_id": scope.tenant_id},
        )
        return await cursor.fetchall()


async def page(scope: Scope, asked: Slice) -> list[TradeOffer]:
    """Read a page of offers, newest first."""
    async with scope.conn.cursor(row_factory=record_row(TradeOffer)) as cursor:
        await cursor.execute(
            """
            WITH page AS (
                (SELECT id FROM offers
                  WHERE tenant_id = %(tenant_id)s AND NOT %(backwards)s AND id < %(below)s
                  ORDER BY id DESC LIMIT %(fetch)s)
                UNION ALL
                (SELECT id FROM offers
                  WHERE tenant_id = %(tenant_id)s AND %(backwards)s AND id > %(above)s
                  ORDER BY id LIMIT %(fetch)s)
            )
            SELECT o.id, o.external_id, o.side, o.peer_tenant_id, o.account_id, o.party_id,
                   o.currency, o.created_at
              FROM page p
              JOIN offers o ON o.tenant_id = %(tenant_id)s AND o.id = p.id
             ORDER BY o.id DESC
            """,
            {"tenant_id": scope.tenant_id, **asked.bounds},
        )
        return await cursor.fetchall()


async def set_party(scope: Scope, offer_id: UUID, party_id: UUID) -> None:
    """Say which party stands for the other side."""
    await scope.conn.execute(
        """
        UPDATE offers SET party_id = %(party_id)s
         WHERE tenant_id = %(tenant_id)s AND id = %(offer_id)s
        """,
        {"tenant_id": scope.tenant_id, "offer_id": offer_id, "party_id": party_id},
    )


async def latest_version(scope: Scope, offer_id: UUID) -> int:
    """The number of the last version, zero if there is none."""
    cursor = await scope.conn.execute(
        """
        SELECT coalesce(max(version), 0)
          FROM offer_copies
         WHERE tenant_id = %(tenant_id)s AND offer_id = %(offer_id)s
        """,
        {"tenant_id": scope.tenant_id, "offer_id": offer_id},
    )
    row = await cursor.fetchone()
    return 0 if row is None else row[0]


async def insert_copies(scope: Scope, rows: str) -> None:
    """Store versions; those that are there stay as they are."""
    await scope.conn.execute(
        """
        INSERT INTO offer_copies (tenant_id, offer_id, version, plan_version_id, terms, hash,
                                  published_at)
        SELECT %(tenant_id)s, r.offer_id, r.version, r.plan_version_id, r.terms, r.hash,
               r.published_at
          FROM json_to_recordset(%(rows)s::json) AS r(
               offer_id uuid, version integer, plan_version_id uuid, terms jsonb, hash text,
               published_at timestamptz)
            ON CONFLICT (tenant_id, offer_id, version) DO NOTHING
        """,
        {"tenant_id": scope.tenant_id, "rows": rows},
    )


async def copies(scope: Scope, offer_ids: Sequence[UUID]) -> list[CopyRow]:
    """Read all versions of offers with their acceptance, the newest first."""
    async with scope.conn.cursor(row_factory=class_row(CopyRow)) as cursor:
        await cursor.execute(
            """
            SELECT c.offer_id, c.version, c.plan_version_id, c.terms, c.hash, c.published_at,
                   a.accepted_at, a.components
              FROM offer_copies c
              LEFT JOIN offer_acceptances a
                ON a.tenant_id = c.tenant_id AND a.offer_id = c.offer_id
               AND a.version = c.version
             WHERE c.tenant_id = %(tenant_id)s AND c.offer_id = ANY(%(offer_ids)s)
             ORDER BY c.offer_id, c.version DESC
            """,
            {"tenant_id": scope.tenant_id, "offer_ids": list(offer_ids)},
        )
        return await cursor.fetchall()


async def insert_acceptances(scope: Scope, rows: str) -> int:
    """Store acceptances that are not there yet; answer how many."""
    cursor = await scope.conn.execute(
        """
        INSERT INTO offer_acceptances (tenant_id, offer_id, version, hash, components,
                                       agreement_version_id, accepted_by, accepted_at, told)
        SELECT %(tenant_id)s, r.offer_id, r.version, r.hash, r.components, r.agreement_version_id,
               r.accepted_by, r.accepted_at, r.told
          FROM json_to_recordset(%(rows)s::json) AS r(
               offer_id uuid, version integer, hash text, components jsonb,
               agreement_version_id uuid, accepted_by uuid, accepted_at timestamptz, told boolean)
            ON CONFLICT (tenant_id, offer_id, version) DO NOTHING
        """,
        {"tenant_id": scope.tenant_id, "rows": rows},
    )
    return cursor.rowcount


async def copies_to_send(scope: Scope) -> list[SentCopy]:
    """Read the versions that the tenants below do not have yet, oldest first."""
    async with scope.conn.cursor(row_factory=class_row(SentCopy)) as cursor:
        await cursor.execute(
            """
            SELECT o.id AS offer_id, o.external_id, o.peer_tenant_id, c.version, c.terms, c.hash,
                   c.published_at
              FROM offers o
              JOIN offer_copies c ON c.tenant_id = o.tenant_id AND c.offer_id = o.id
             WHERE o.tenant_id = %(tenant_id)s AND o.side = 'given' AND c.version > o.sent_version
             ORDER BY o.id, c.version
            """,
            {"tenant_id": scope.tenant_id},
        )
        return await cursor.fetchall()


async def mark_sent(scope: Scope, rows: str) -> None:
    """Note which versions the tenants below have."""
    await scope.conn.execute(
        """
        UPDATE offers o
           SET sent_version = greatest(o.sent_version, r.version)
          FROM json_to_recordset(%(rows)s::json) AS r(offer_id uuid, version integer)
         WHERE o.tenant_id = %(tenant_id)s AND o.id = r.offer_id
        """,
        {"tenant_id": scope.tenant_id, "rows": rows},
    )


async def acceptances_to_tell(scope: Scope) -> list[ToldAcceptance]:
    """Read the acceptances that the tenant above does not know of."""
    async with scope.conn.cursor(row_factory=class_row(ToldAcceptance)) as cursor:
        await cursor.execute(
            """
            SELECT a.offer_id, o.peer_tenant_id, a.version, a.hash, a.accepted_at
              FROM offer_acceptances a
              JOIN offers o ON o.tenant_id = a.tenant_id AND o.id = a.offer_id
             WHERE a.tenant_id = %(tenant_id)s AND NOT a.told
             ORDER BY a.offer_id, a.version
            """,
            {"tenant_id": scope.tenant_id},
        )
        return await cursor.fetchall()


async def mark_told(scope: Scope, rows: str) -> None:
    """Note that the tenant above knows of acceptances."""
    await scope.conn.execute(
        """
        UPDATE offer_acceptances a
           SET told = true
          FROM json_to_recordset(%(rows)s::json) AS r(offer_id uuid, version integer)
         WHERE a.tenant_id = %(tenant_id)s AND a.offer_id = r.offer_id AND a.version = r.version
        """,
        {"tenant_id": scope.tenant_id, "rows": rows},
    )
