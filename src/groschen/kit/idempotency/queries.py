"""The rows of kept answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from groschen.kit.db import Scope


@dataclass(frozen=True, slots=True)
class Kept:
    """A kept answer as stored; ``answer`` is sealed."""

    operation: str
    body_hash: str
    status: int
    headers: dict[str, str]
    answer: bytes


async def hold_and_read(
    scope: Scope, actor_id: UUID, key: str, lock: int
) -> tuple[bool, Kept | None]:
    """Try the key's lock, then read its row with a snapshot taken after that."""
    async with scope.conn.pipeline(), scope.conn.cursor(row_factory=class_row(Kept)) as cursor:
        tried = await scope.conn.execute(
            "SELECT pg_try_advisory_xact_lock(%(lock)s)", {"lock": lock}
        )
        await cursor.execute(
            """
            SELECT operation, body_hash, status, headers, answer
              FROM idempotency_keys
             WHERE tenant_id = %(tenant_id)s AND actor_id = %(actor_id)s AND key = %(key)s
            """,
            {"tenant_id": scope.tenant_id, "actor_id": actor_id, "key": key},
        )
        held = await tried.fetchone()
        return held is not None and bool(held[0]), await cursor.fetchone()


async def insert_answer(scope: Scope, kept: Kept, *, actor_id: UUID, key: str) -> None:
    """Store one answer; a second one for the same key is a bug and fails."""
    await scope.conn.execute(
        """
        INSERT INTO idempotency_keys (tenant_id, actor_id, key, operation, body_hash, status,
                                      headers, answer, created_at)
        VALUES (%(tenant_id)s, %(actor_id)s, %(key)s, %(operation)s, %(body_hash)s, %(status)s,
                %(headers)s, %(answer)s, %(created_at)s)
        """,
        {
            "tenant_id": scope.tenant_id,
            "actor_id": actor_id,
            "key": key,
            "operation": kept.operation,
            "body_hash": kept.body_hash,
            "status": kept.status,
            "headers": Jsonb(kept.headers),
            "answer": kept.answer,
            "created_at": scope.real_now,
        },
    )


async def delete_answers(scope: Scope, kept_until: datetime) -> None:
    """Forget the answers that were kept long enough."""
    await scope.conn.execute(
        """
        DELETE FROM idempotency_keys
         WHERE tenant_id = %(tenant_id)s AND created_at < %(kept_until)s
        """,
        {"tenant_id": scope.tenant_id, "kept_until": kept_until},
    )
