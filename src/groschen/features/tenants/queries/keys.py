"""The rows of API keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg.rows import class_row

from groschen.features.tenants.model import ApiKey

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from groschen.kit.db import Scope


async def insert_key(scope: Scope, key: ApiKey, hashed: str) -> None:
    """Store a key by the hash of its secret."""
    await scope.conn.execute(
        """
        INSERT INTO api_keys (tenant_id, id, name, hash, hint, scopes, party_id, created_at,
                              expires_at)
        VALUES (%(tenant_id)s, %(id)s, %(name)s, %(hash)s, %(hint)s, %(scopes)s, %(party_id)s,
                %(created_at)s, %(expires_at)s)
        """,
        {
            "tenant_id": scope.tenant_id,
            "id": key.id,
            "name": key.name,
            "hash": hashed,
            "hint": key.hint,
            "scopes": key.scopes,
            "party_id": key.party_id,
            "created_at": key.created_at,
            "expires_at": key.expires_at,
        },
    )


async def select_key(scope: Scope, key_id: UUID) -> ApiKey | None:
    """Read one key."""
    async with scope.conn.cursor(row_factory=class_row(ApiKey)) as cursor:
        await cursor.execute(
            """
            SELECT id, name, hint, scopes, party_id, created_at, expires_at, revoked_at,
                   last_used_at
              FROM api_keys
             WHERE tenant_id = %(tenant_id)s AND id = %(key_id)s
            """,
            {"tenant_id": scope.tenant_id, "key_id": key_id},
        )
        return await cursor.fetchone()


async def keys(scope: Scope, bounds: Mapping[str, object]) -> list[ApiKey]:
    """Read a page of keys, newest first."""
    async with scope.conn.cursor(row_factory=class_row(ApiKey)) as cursor:
        await cursor.execute(
            """
            WITH page AS (
                (SELECT id FROM api_keys
                  WHERE tenant_id = %(tenant_id)s AND NOT %(backwards)s AND id < %(below)s
                  ORDER BY id DESC LIMIT %(fetch)s)
                UNION ALL
                (SELECT id FROM api_keys
                  WHERE tenant_id = %(tenant_id)s AND %(backwards)s AND id > %(above)s
                  ORDER BY id LIMIT %(fetch)s)
            )
            SELECT k.id, k.name, k.hint, k.scopes, k.party_id, k.created_at, k.expires_at,
                   k.revoked_at, k.last_used_at
              FROM api_keys k
              JOIN page ON page.id = k.id
             WHERE k.tenant_id = %(tenant_id)s
             ORDER BY k.id DESC
            """,
            {"tenant_id": scope.tenant_id, **bounds},
        )
        return await cursor.fetchall()


async def revoke_key(scope: Scope, key_id: UUID) -> None:
    """End a key; the first time counts."""
    await scope.conn.execute(
        """
        UPDATE api_keys
           SET revoked_at = coalesce(revoked_at, %(now)s)
         WHERE tenant_id = %(tenant_id)s AND id = %(key_id)s
        """,
        {"tenant_id": scope.tenant_id, "key_id": key_id, "now": scope.real_now},
    )


async def key_names(scope: Scope, key_ids: Sequence[UUID]) -> dict[UUID, str]:
    """Read what keys are called."""
    cursor = await scope.conn.execute(
        """
        SELECT id, name
          FROM api_keys
         WHERE tenant_id = %(tenant_id)s AND id = ANY(%(ids)s)
        """,
        {"tenant_id": scope.tenant_id, "ids": list(key_ids)},
    )
    return {row[0]: row[1] for row in await cursor.fetchall()}
