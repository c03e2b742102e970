"""The rows of people who sign in, their links and sessions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from psycopg.rows import class_row

from groschen.features.tenants.model import User

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from groschen.kit.db import Scope


@dataclass(frozen=True, slots=True)
class Try:
    """A counted try to sign in: whom it may become and what has to be proven."""

    id: UUID
    password_hash: str | None


@dataclass(frozen=True, slots=True)
class NewSession:
    """A session about to be stored; ``hash`` is that of its token."""

    hash: str
    user_id: UUID
    acting_tenant_id: UUID
    created_at: datetime
    expires_at: datetime


async def insert_user(scope: Scope, user: User) -> None:
    """Store a person, still without password."""
    await scope.conn.execute(
        """
        INSERT INTO users (tenant_id, id, role, party_id, created_at)
        VALUES (%(tenant_id)s, %(id)s, %(role)s, %(party_id)s, %(created_at)s)
        """,
        {
            "tenant_id": scope.tenant_id,
            "id": user.id,
            "role": user.role,
            "party_id": user.party_id,
            "created_at": user.created_at,
        },
    )


async def select_user(scope: Scope, user_id: UUID) -> User | None:
    """Read one person."""
    async with scope.conn.cursor(row_factory=class_row(User)) as cursor:
        await cursor.execute(
            """
            SELECT id, role, party_id, password_hash IS NOT NULL AS has_password, locked_until,
                   disabled_at, created_at
              FROM users
             WHERE tenant_id = %(tenant_id)s AND id = %(user_id)s
            """,
            {"tenant_id": scope.tenant_id, "user_id": user_id},
        )
        return await cursor.fetchone()


async def users(scope: Scope, bounds: Mapping[str, object]) -> list[User]:
    """Read a page of people, newest first."""
    async with scope.conn.cursor(row_factory=class_row(User)) as cursor:
        await cursor.execute(
            """
            WITH page AS (
                (SELECT id FROM users
                  WHERE tenant_id = %(tenant_id)s AND NOT %(backwards)s AND id < %(below)s
                  ORDER BY id DESC LIMIT %(fetch)s)
                UNION ALL
                (SELECT id FROM users
                  WHERE tenant_id = %(tenant_id)s AND %(backwards)s AND id > %(above)s
                  ORDER BY id LIMIT %(fetch)s)
            )
            SELECT u.id, u.role, u.party_id, u.password_hash IS NOT NULL AS has_password,
                   u.locked_until, u.disabled_at, u.created_at
              FROM users u
              JOIN page ON page.id = u.id
             WHERE u.tenant_id = %(tenant_id)s
             ORDER BY u.id DESC
            """,
            {"tenant_id": scope.tenant_id, **bounds},
        )
        return await cursor.fetchall()


async def lock_administrators(scope: Scope) -> list[UUID]:
    """Hold the rows of all administrators who may sign in, in id order."""
    cursor = await scope.conn.execute(
        """
        SELECT id
          FROM users
         WHERE tenant_id = %(tenant_id)s AND role = 'administrator' AND disabled_at IS NULL
         ORDER BY id
           FOR UPDATE
        """,
        {"tenant_id": scope.tenant_id},
    )
    return [row[0] for row in await cursor.fetchall()]


async def an_administrator_has_a_password(scope: Scope) -> bool:
    """Whether anybody can sign in by password to administer the tenant."""
    cursor = await scope.conn.execute(
        """
        SELECT EXISTS (SELECT
                         FROM users
                        WHERE tenant_id = %(tenant_id)s AND role = 'administrator'
                          AND disabled_at IS NULL AND password_hash IS NOT NULL)
        """,
        {"tenant_id": scope.tenant_id},
    )
    row = await cursor.fetchone()
    return row is not None and bool(row[0])


async def update_role(scope: Scope, user_id: UUID, role: str) -> None:
    """Give a person another role."""
    await scope.conn.execute(
        """
        UPDATE users
           SET role = %(role)s
         WHERE tenant_id = %(tenant_id)s AND id = %(user_id)s
        """,
        {"tenant_id": scope.tenant_id, "user_id": user_id, "role": role},
    )


async def disable_user(scope: Scope, user_id: UUID) -> None:
    """Let a person sign in no more; the first time counts."""
    await scope.conn.execute(
        """
        UPDATE users
           SET disabled_at = coalesce(disabled_at, %(at)s)
         WHERE tenant_id = %(tenant_id)s AND id = %(user_id)s
        """,
        {"tenant_id": scope.tenant_id, "user_id": user_id, "at": scope.real_now},
    )


async def set_password_hash(scope: Scope, user_id: UUID, password_hash: str) -> None:
    """Store a password's hash and forgive earlier tries."""
    await scope.conn.execute(
        """
        UPDATE users
           SET password_hash = %(password_hash)s, failed_tries = 0, locked_until = NULL
         WHERE tenant_id = %(tenant_id)s AND id = %(user_id)s
        """,
        {"tenant_id": scope.tenant_id, "user_id": user_id, "password_hash": password_hash},
    )


async def count_try(
    scope: Scope, user_ids: Sequence[UUID], most: int, locked_until: datetime
) -> Try | None:
    """Count a try before it is judged, so that parallel guesses count too.

    None for people who are disabled, have no password or are locked out; the try that reaches
    ``most`` locks. After a lock has passed the count starts anew.
    """
    async with scope.conn.cursor(row_factory=class_row(Try)) as cursor:
        await cursor.execute(
            """
            UPDATE users
               SET failed_tries = CASE WHEN locked_until IS NULL THEN failed_tries ELSE 0 END + 1,
                   locked_until = CASE WHEN locked_until IS NULL AND failed_tries + 1 >= %(most)s
                                       THEN %(until)s END
             WHERE tenant_id = %(tenant_id)s AND id = ANY(%(user_ids)s)
               AND disabled_at IS NULL AND password_hash IS NOT NULL
               AND (locked_until IS NULL OR locked_until <= %(now)s)
            RETURNING id, password_hash
            """,
            {
                "tenant_id": scope.tenant_id,
                "user_ids": list(user_ids),
                "most": most,
                "until": locked_until,
                "now": scope.real_now,
            },
        )
        return await cursor.fetchone()


async def forgive_tries(scope: Scope, user_id: UUID) -> None:
    """Start counting anew after a good sign-in."""
    await scope.conn.execute(
        """
        UPDATE users
           SET failed_tries = 0, locked_until = NULL
         WHERE tenant_id = %(tenant_id)s AND id = %(user_id)s
        """,
        {"tenant_id": scope.tenant_id, "user_id": user_id},
    )


async def insert_link(scope: Scope, hashed: str, user_id: UUID, expires_at: datetime) -> None:
    """Store a one-time link by the hash of its token."""
    await scope.conn.execute(
        """
        INSERT INTO sign_in_links (tenant_id, hash, user_id, expires_at)
        VALUES (%(tenant_id)s, %(hash)s, %(user_id)s, %(expires_at)s)
        """,
        {
            "tenant_id": scope.tenant_id,
            "hash": hashed,
            "user_id": user_id,
            "expires_at": expires_at,
        },
    )


async def use_link(scope: Scope, hashed: str) -> UUID | None:
    """Use a link up; return whose it is, or None if it is used, expired or unknown."""
    cursor = await scope.conn.execute(
        """
        UPDATE sign_in_links
           SET used_at = %(now)s
         WHERE tenant_id = %(tenant_id)s AND hash = %(hash)s
           AND used_at IS NULL AND expires_at > %(now)s
        RETURNING user_id
        """,
        {"tenant_id": scope.tenant_id, "hash": hashed, "now": scope.real_now},
    )
    row = await cursor.fetchone()
    return None if row is None else row[0]


async def living_link(scope: Scope, hashed: str) -> UUID | None:
    """Whose a link is that could be used now, or None."""
    cursor = await scope.conn.execute(
        """
        SELECT user_id
          FROM sign_in_links
         WHERE tenant_id = %(tenant_id)s AND hash = %(hash)s
           AND used_at IS NULL AND expires_at > %(now)s
        """,
        {"tenant_id": scope.tenant_id, "hash": hashed, "now": scope.real_now},
    )
    row = await cursor.fetchone()
    return None if row is None else row[0]


async def insert_session(scope: Scope, session: NewSession) -> None:
    """Store a session by the hash of its token."""
    await scope.conn.execute(
        """
        INSERT INTO sessions (tenant_id, hash, user_id, acting_tenant_id, created_at, expires_at)
        VALUES (%(tenant_id)s, %(hash)s, %(user_id)s, %(acting_tenant_id)s, %(created_at)s,
                %(expires_at)s)
        """,
        {
            "tenant_id": scope.tenant_id,
            "hash": session.hash,
            "user_id": session.user_id,
            "acting_tenant_id": session.acting_tenant_id,
            "created_at": session.created_at,
            "expires_at": session.expires_at,
        },
    )


async def end_session(scope: Scope, hashed: str) -> None:
    """End one session."""
    await scope.conn.execute(
        """
        UPDATE sessions
           SET ended_at = coalesce(ended_at, %(now)s)
         WHERE tenant_id = %(tenant_id)s AND hash = %(hash)s
        """,
        {"tenant_id": scope.tenant_id, "hash": hashed, "now": scope.real_now},
    )


async def end_sessions_of(scope: Scope, user_id: UUID) -> None:
    """End all sessions of a person."""
    await scope.conn.execute(
        """
        UPDATE sessions
           SET ended_at = %(now)s
         WHERE tenant_id = %(tenant_id)s AND user_id = %(user_id)s AND ended_at IS NULL
        """,
        {"tenant_id": scope.tenant_id, "user_id": user_id, "now": scope.real_now},
    )


async def set_acting_tenant(scope: Scope, hashed: str, acting_tenant_id: UUID) -> None:
    """Let a session act in another tenant."""
    await scope.conn.execute(
        """
        UPDATE sessions
           SET acting_tenant_id = %(acting_tenant_id)s
         WHERE tenant_id = %(tenant_id)s AND hash = %(hash)s
        """,
        {"tenant_id": scope.tenant_id, "hash": hashed, "acting_tenant_id": acting_tenant_id},
    )


async def delete_sessions(scope: Scope, over_before: datetime) -> None:
    """Forget the sessions that ended or expired before an instant."""
    await scope.conn.execute(
        """
        DELETE FROM sessions
         WHERE tenant_id = %(tenant_id)s
           AND least(ended_at, expires_at) < %(over_before)s
        """,
        {"tenant_id": scope.tenant_id, "over_before": over_before},
    )


async def delete_links(scope: Scope, over_before: datetime) -> None:
    """Forget the one-time links that were used up or expired before an instant."""
    await scope.conn.execute(
        """
        DELETE FROM sign_in_links
         WHERE tenant_id = %(tenant_id)s
           AND least(used_at, expires_at) < %(over_before)s
        """,
        {"tenant_id": scope.tenant_id, "over_before": over_before},
    )
