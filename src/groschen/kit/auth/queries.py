"""The rows behind keys and sessions; the one look-up before a tenant is known."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from psycopg.rows import class_row

from groschen.kit.rows import json_rows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from groschen.kit.db import Connection, Scope


@dataclass(frozen=True, slots=True)
class KeyRow:
    """What proves an API key and limits it."""

    id: UUID
    scopes: list[str]
    party_id: UUID | None
    expires_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A session and the person it belongs to."""

    user_id: UUID
    role: str
    party_id: UUID | None
    disabled_at: datetime | None
    acting_tenant_id: UUID
    expires_at: datetime
    ended_at: datetime | None


async def directory_tenants(conn: Connection, kind: str, hashed: str) -> list[UUID]:
    """Return the tenants that the directory names for a hash, in a stable order."""
    cursor = await conn.execute(
        """
        SELECT tenant_id
          FROM directory
         WHERE kind = %(kind)s AND hash = %(hash)s
         ORDER BY tenant_id
        """,
        {"kind": kind, "hash": hashed},
    )
    return [row[0] for row in await cursor.fetchall()]


async def insert_directory(scope: Scope, kind: str, hashed: str) -> None:
    """Make the scope's tenant findable by a hash."""
    await scope.conn.execute(
        """
        INSERT INTO directory (kind, hash, tenant_id)
        VALUES (%(kind)s, %(hash)s, %(tenant_id)s)
            ON CONFLICT DO NOTHING
        """,
        {"kind": kind, "hash": hashed, "tenant_id": scope.tenant_id},
    )


async def delete_directory(scope: Scope, kind: str, hashed: str) -> None:
    """Make the scope's tenant unfindable by a hash."""
    await scope.conn.execute(
        """
        DELETE FROM directory
         WHERE kind = %(kind)s AND hash = %(hash)s AND tenant_id = %(tenant_id)s
        """,
        {"kind": kind, "hash": hashed, "tenant_id": scope.tenant_id},
    )


async def select_key(scope: Scope, hashed: str) -> KeyRow | None:
    """Read an API key by its hash."""
    async with scope.conn.cursor(row_factory=class_row(KeyRow)) as cursor:
        await cursor.execute(
            """
            SELECT id, scopes, party_id, expires_at, revoked_at
              FROM api_keys
             WHERE tenant_id = %(tenant_id)s AND hash = %(hash)s
            """,
            {"tenant_id": scope.tenant_id, "hash": hashed},
        )
        return await cursor.fetchone()


async def select_session(scope: Scope, hashed: str) -> SessionRow | None:
    """Read a session and its person by the token's hash."""
    async with scope.conn.cursor(row_factory=class_row(SessionRow)) as cursor:
        await cursor.execute(
            """
            SELECT s.user_id, u.role, u.party_id, u.disabled_at, s.acting_tenant_id,
                   s.expires_at, s.ended_at
              FROM sessions s
              JOIN users u ON u.tenant_id = s.tenant_id AND u.id = s.user_id
             WHERE s.tenant_id = %(tenant_id)s AND s.hash = %(hash)s
            """,
            {"tenant_id": scope.tenant_id, "hash": hashed},
        )
        return await cursor.fetchone()


async def update_last_used(scope: Scope, uses: Sequence[Mapping[str, object]]) -> None:
    """Store when keys (rows of ``id``, ``at``) were last used; never an earlier instant."""
    await scope.conn.execute(
        """
        UPDATE api_keys k
           SET last_used_at = r.at
          FROM json_to_recordset(%(rows)s::json) AS r(id uuid, at timestamptz)
         WHERE k.tenant_id = %(tenant_id)s AND k.id = r.id
           AND (k.last_used_at IS NULL OR k.last_used_at < r.at)
        """,
        {"tenant_id": scope.tenant_id, "rows": json_rows(uses)},
    )
