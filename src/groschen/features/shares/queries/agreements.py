"""The statements of agreements and their versions: one function, one statement, no decisions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg.rows import class_row

from groschen.features.shares.model import Agreement
from groschen.kit.db import Scope
from groschen.kit.http import Slice


@dataclass(frozen=True, slots=True)
class VersionRow:
    """A version as stored; ``terms`` is JSON."""

    id: UUID
    agreement_id: UUID
    agreement_external_id: str
    version: int
    valid_from: datetime
    terms: dict[str, object]
    hash: str
    signed_at: datetime | None


async def insert_agreement(scope: Scope, agreement: Agreement) -> bool:
    """Write an agreement; answers False when its external id is taken."""
    cursor = await scope.conn.execute(
        """
        INSERT INTO agreements (tenant_id, id, external_id, name, created_at)
        VALUES (%(tenant_id)s, %(id)s, %(external_id)s, %(name)s, %(created_at)s)
            ON CONFLICT (tenant_id, external_id) DO NOTHING
        RETURNING id
        """,
        {
            "tenant_id": scope.tenant_id,
            "id": agreement.id,
            "external_id": agreement.external_id,
            "name": agreement.name,
            "created_at": agreement.created_at,
        },
    )
    return await cursor.fetchone() is not None


async def agreement(
    scope: Scope, agreement_id: UUID | None, external_id: str | None
) -> Agreement | None:
    """Read one agreement by its id or by the id its author gave it."""
    async with scope.conn.cursor(row_factory=class_row(Agreement)) as cursor:
        await cursor.execute(
            """
            SELECT id, external_id, name, created_at
              FROM agreements
             WHERE tenant_id = %(tenant_id)s
               AND (id = %(agreement_id)s OR external_id = %(external_id)s)
            """,
            {
                "tenant_id": scope.tenant_id,
                "agreement_id": agreement_id,
                "external_id": external_id,
            },
        )
        return await cursor.fetchone()


async def page_of_agreements(scope: Scope, asked: Slice) -> list[Agreement]:
    """Agreements, newest first."""
    async with scope.conn.cursor(row_factory=class_row(Agreement)) as cursor:
        await cursor.execute(
            """
            WITH page AS (
                (SELECT id, external_id, name, created_at
                   FROM agreements
                  WHERE tenant_id = %(tenant_id)s AND NOT %(backwards)s AND id < %(below)s
                  ORDER BY id DESC
                  LIMIT %(fetch)s)
                UNION ALL
                (SELECT id, external_id, name, created_at
                   FROM agreements
                  WHERE tenant_id = %(tenant_id)s AND %(backwards)s AND id > %(above)s
                  ORDER BY id
                  LIMIT %(fetch)s)
            )
            SELECT id, external_id, name, created_at
              FROM page
             ORDER BY id DESC
            """,
            {"tenant_id": scope.tenant_id, **asked.bounds},
        )
        return await cursor.fetchall()


async def insert_version(scope: Scope, row: str) -> int | None:
    """Write the next version of an agreement; answers its number, None if the instant is taken."""
    cursor = await scope.conn.execute(
        """
        INSERT INTO agreement_versions (tenant_id, id, agreement_id, version, valid_from, terms,
                                        hash, created_at)
        SELECT %(tenant_id)s, r.id, r.agreement_id,
               1 + coalesce((SELECT max(version)
                               FROM agreement_versions v
                              WHERE v.tenant_id = %(tenant_id)s
                                AND v.agreement_id = r.agreement_id), 0),
               r.valid_from, r.terms, r.hash, %(now)s
          FROM json_to_recordset(%(row)s::json) AS r(
               id uuid, agreement_id uuid, valid_from timestamptz, terms jsonb, hash text)
            ON CONFLICT DO NOTHING
        RETURNING version
        """,
        {"tenant_id": scope.tenant_id, "row": row, "now": scope.now},
    )
    written = await cursor.fetchone()
    return written[0] if written else None


async def versions(scope: Scope, agreement_id: UUID) -> list[VersionRow]:
    """All versions of an agreement, newest validity first."""
    async with scope.conn.cursor(row_factory=class_row(VersionRow)) as cursor:
        await cursor.execute(
            """
            SELECT v.id, v.agreement_id, a.external_id AS agreement_external_id, v.version,
                   v.valid_from, v.terms, v.hash, s.signed_at
              FROM agreement_versions v
              JOIN agreements a ON a.tenant_id = v.tenant_id AND a.id = v.agreement_id
              LEFT JOIN agreement_signoffs s
                ON s.tenant_id = v.tenant_id AND s.agreement_version_id = v.id
             WHERE v.tenant_id = %(tenant_id)s AND v.agreement_id = %(agreement_id)s
             ORDER BY v.valid_from DESC
            """,
            {"tenant_id": scope.tenant_id, "agreement_id": agreement_id},
        )
        return await cursor.fetchall()


async def versions_by_id(scope: Scope, ids: Sequence[UUID]) -> list[VersionRow]:
    """Read versions by id."""
    async with scope.conn.cursor(row_factory=class_row(VersionRow)) as cursor:
        await cursor.execute(
            """
            SELECT v.id, v.agreement_id, a.external_id AS agreement_external_id, v.version,
                   v.valid_from, v.terms, v.hash, s.signed_at
              FROM agreement_versions v
              JOIN agreements a ON a.tenant_id = v.tenant_id AND a.id = v.agreement_id
              LEFT JOIN agreement_signoffs s
                ON s.tenant_id = v.tenant_id AND s.agreement_version_id = v.id
             WHERE v.tenant_id = %(tenant_id)s AND v.id = ANY(%(ids)s)
            """,
            {"tenant_id": scope.tenant_id, "ids": list(ids)},
        )
        return await cursor.fetchall()


async def ids_in_force(scope: Scope, external_ids: Sequence[str], at: datetime) -> dict[str, UUID]:
    """The signed version in force at ``at`` for each agreement that has one."""
    cursor = await scope.conn.execute(
        """
        SELECT DISTINCT ON (a.id) a.external_id, v.id
          FROM agreements a
          JOIN agreement_versions v ON v.tenant_id = a.tenant_id AND v.agreement_id = a.id
          JOIN agreement_signoffs s ON s.tenant_id = v.tenant_id AND s.agreement_version_id = v.id
         WHERE a.tenant_id = %(tenant_id)s AND v.tenant_id = %(tenant_id)s
           AND a.external_id = ANY(%(external_ids)s) AND v.valid_from <= %(at)s
         ORDER BY a.id, v.valid_from DESC
        """,
        {"tenant_id": scope.tenant_id, "external_ids": list(external_ids), "at": at},
    )
    return {row[0]: row[1] for row in await cursor.fetchall()}


async def insert_signoff(scope: Scope, version_id: UUID, version_hash: str, actor_id: UUID) -> bool:
    """Write who signed which hash; answers False when the version is signed already."""
    cursor = await scope.conn.execute(
        """
        INSERT INTO agreement_signoffs (tenant_id, agreement_version_id, hash, actor_id, signed_at)
        VALUES (%(tenant_id)s, %(version_id)s, %(hash)s, %(actor_id)s, %(signed_at)s)
            ON CONFLICT DO NOTHING
        RETURNING agreement_version_id
        """,
        {
            "tenant_id": scope.tenant_id,
            "version_id": version_id,
            "hash": version_hash,
            "actor_id": actor_id,
            "signed_at": scope.real_now,
        },
    )
    return await cursor.fetchone() is not None


async def agreements_of(scope: Scope, beneficiary_ids: Sequence[UUID]) -> list[tuple[UUID, UUID]]:
    """Which agreements gave partners their latest shares: pairs of partner and agreement."""
    cursor = await scope.conn.execute(
        """
        SELECT DISTINCT b.id, v.agreement_id
          FROM unnest(%(ids)s::uuid[]) AS b(id)
         CROSS JOIN LATERAL (
                SELECT agreement_version_id
                  FROM share_lines
                 WHERE tenant_id = %(tenant_id)s AND beneficiary_id = b.id AND kind = 'share'
                 ORDER BY id DESC
                 LIMIT 50) l
          JOIN agreement_versions v
            ON v.tenant_id = %(tenant_id)s AND v.id = l.agreement_version_id
         ORDER BY b.id, v.agreement_id
        """,
        {"tenant_id": scope.tenant_id, "ids": list(beneficiary_ids)},
    )
    return [(row[0], row[1]) for row in await cursor.fetchall()]


async def agreements_by_id(scope: Scope, ids: Sequence[UUID]) -> list[Agreement]:
    """Read agreements by id."""
    async with scope.conn.cursor(row_factory=class_row(Agreement)) as cursor:
        await cursor.execute(
            """
            SELECT id, external_id, name, created_at
              FROM agreements
             WHERE tenant_id = %(tenant_id)s AND id = ANY(%(ids)s)
             ORDER BY name, id
            """,
            {"tenant_id": scope.tenant_id, "ids": list(ids)},
        )
        return await cursor.fetchall()


async def named_versions(scope: Scope, hashes: Sequence[str]) -> list[tuple[str, int, str]]:
    """The agreement's name, the number and the hash of the versions with these hashes."""
    cursor = await scope.conn.execute(
        """
        SELECT a.name, v.version, v.hash
          FROM agreement_versions v
          JOIN agreements a ON a.tenant_id = v.tenant_id AND a.id = v.agreement_id
         WHERE v.tenant_id = %(tenant_id)s AND v.hash = ANY(%(hashes)s)
         ORDER BY a.name, v.version
        """,
        {"tenant_id": scope.tenant_id, "hashes": list(hashes)},
    )
    return [(row[0], row[1], row[2]) for row in await cursor.fetchall()]


async def terms_by_hash(scope: Scope, hashes: Sequence[str]) -> dict[str, dict[str, object]]:
    """The stored terms with these hashes."""
    cursor = await scope.conn.execute(
        """
        SELECT hash, terms
          FROM agreement_versions
         WHERE tenant_id = %(tenant_id)s AND hash = ANY(%(hashes)s)
        """,
        {"tenant_id": scope.tenant_id, "hashes": list(hashes)},
    )
    return {row[0]: row[1] for row in await cursor.fetchall()}
