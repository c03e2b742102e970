"""The rows of the vault: a wrapped key per person, one sealed record, blind indexes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from groschen.kit.db import Scope


async def insert_key(scope: Scope, person_id: UUID, wrapped: bytes) -> None:
    """Store a person's wrapped key unless there is one."""
    await scope.conn.execute(
        """
        INSERT INTO person_keys (tenant_id, person_id, wrapped_key, created_at)
        VALUES (%(tenant_id)s, %(person_id)s, %(wrapped)s, %(created_at)s)
            ON CONFLICT (tenant_id, person_id) DO NOTHING
        """,
        {
            "tenant_id": scope.tenant_id,
            "person_id": person_id,
            "wrapped": wrapped,
            "created_at": scope.real_now,
        },
    )


async def wrapped_keys(scope: Scope, person_ids: Sequence[UUID]) -> dict[UUID, bytes]:
    """Read the wrapped keys of people that have one."""
    cursor = await scope.conn.execute(
        """
        SELECT person_id, wrapped_key
          FROM person_keys
         WHERE tenant_id = %(tenant_id)s AND person_id = ANY(%(person_ids)s)
        """,
        {"tenant_id": scope.tenant_id, "person_ids": list(person_ids)},
    )
    return {row[0]: row[1] for row in await cursor.fetchall()}


async def upsert_record(scope: Scope, person_id: UUID, ciphertext: bytes) -> None:
    """Store a person's sealed record in place of the one before."""
    await scope.conn.execute(
        """
        INSERT INTO person_vault (tenant_id, person_id, ciphertext, updated_at)
        VALUES (%(tenant_id)s, %(person_id)s, %(ciphertext)s, %(updated_at)s)
            ON CONFLICT (tenant_id, person_id)
            DO UPDATE SET ciphertext = excluded.ciphertext, updated_at = excluded.updated_at
        """,
        {
            "tenant_id": scope.tenant_id,
            "person_id": person_id,
            "ciphertext": ciphertext,
            "updated_at": scope.real_now,
        },
    )


async def records(scope: Scope, person_ids: Sequence[UUID]) -> dict[UUID, tuple[bytes, bytes]]:
    """Read key and sealed record of people who have both."""
    cursor = await scope.conn.execute(
        """
        SELECT k.person_id, k.wrapped_key, v.ciphertext
          FROM person_keys k
          JOIN person_vault v ON v.tenant_id = k.tenant_id AND v.person_id = k.person_id
         WHERE k.tenant_id = %(tenant_id)s AND k.person_id = ANY(%(person_ids)s)
        """,
        {"tenant_id": scope.tenant_id, "person_ids": list(person_ids)},
    )
    return {row[0]: (row[1], row[2]) for row in await cursor.fetchall()}


async def insert_index(scope: Scope, person_id: UUID, kind: str, hashed: str) -> None:
    """Make a person findable by a blind hash."""
    await scope.conn.execute(
        """
        INSERT INTO person_index (tenant_id, kind, hash, person_id)
        VALUES (%(tenant_id)s, %(kind)s, %(hash)s, %(person_id)s)
            ON CONFLICT DO NOTHING
        """,
        {
            "tenant_id": scope.tenant_id,
            "kind": kind,
            "hash": hashed,
            "person_id": person_id,
        },
    )


async def people_by_hash(scope: Scope, kind: str, hashed: str) -> list[UUID]:
    """Return who is found by a blind hash, in id order."""
    cursor = await scope.conn.execute(
        """
        SELECT person_id
          FROM person_index
         WHERE tenant_id = %(tenant_id)s AND kind = %(kind)s AND hash = %(hash)s
         ORDER BY person_id
        """,
        {"tenant_id": scope.tenant_id, "kind": kind, "hash": hashed},
    )
    return [row[0] for row in await cursor.fetchall()]


async def delete_index(scope: Scope, person_id: UUID) -> None:
    """Make a person unfindable."""
    await scope.conn.execute(
        """
        DELETE FROM person_index
         WHERE tenant_id = %(tenant_id)s AND person_id = %(person_id)s
        """,
        {"tenant_id": scope.tenant_id, "person_id": person_id},
    )


async def delete_key(scope: Scope, person_id: UUID) -> None:
    """Forget a person's key: what it sealed is noise from now on."""
    await scope.conn.execute(
        """
        DELETE FROM person_keys
         WHERE tenant_id = %(tenant_id)s AND person_id = %(person_id)s
        """,
        {"tenant_id": scope.tenant_id, "person_id": person_id},
    )


async def delete_record(scope: Scope, person_id: UUID) -> None:
    """Remove a person's sealed record."""
    await scope.conn.execute(
        """
        DELETE FROM person_vault
         WHERE tenant_id = %(tenant_id)s AND person_id = %(person_id)s
        """,
        {"tenant_id": scope.tenant_id, "person_id": person_id},
    )
