"""The keys a tenant signs with: tickets, and calls to other systems.

A key is made when it is first needed and sealed with the installation's key. A retired key no
longer signs; what it signed is still accepted for a day, so that both sides can change over.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final, LiteralString

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from psycopg.rows import class_row

from groschen.kit.db import SYSTEM, Database, Scope, fence_key
from groschen.kit.ids import new_id

if TYPE_CHECKING:
    from uuid import UUID

    from groschen.kit.seal import Seal

SECRET_BYTES: Final = 32
CHANGE_OVER: Final = timedelta(hours=24)


class Purpose(StrEnum):
    """What a key signs. Tickets have a key pair, calls a shared secret."""

    TICKET = "ticket"
    WEBHOOK = "webhook"


@dataclass(frozen=True, slots=True)
class SigningKey:
    """One key; ``secret`` is the raw private key (Ed25519) or the shared secret, 32 bytes."""

    id: UUID
    public_key: str | None
    secret: bytes


@dataclass(frozen=True, slots=True)
class _Row:
    id: UUID
    public_key: str | None
    sealed: bytes


SELECT: Final[LiteralString] = """
    SELECT id, public_key, sealed
      FROM signing_keys
     WHERE tenant_id = %(tenant_id)s AND purpose = %(purpose)s
       AND (retired_at IS NULL OR retired_at > %(accepted_since)s)
     ORDER BY (retired_at IS NULL) DESC, created_at DESC, id DESC
"""
INSERT: Final[LiteralString] = """
    INSERT INTO signing_keys (tenant_id, id, purpose, public_key, sealed, created_at)
    VALUES (%(tenant_id)s, %(id)s, %(purpose)s, %(public_key)s, %(sealed)s, %(created_at)s)
"""
RETIRE: Final[LiteralString] = """
    UPDATE signing_keys
       SET retired_at = %(retired_at)s
     WHERE tenant_id = %(tenant_id)s AND purpose = %(purpose)s AND retired_at IS NULL
"""
LOCK: Final[LiteralString] = "SELECT pg_advisory_xact_lock(%(key)s)"


class SigningKeys:
    """Reads, makes and replaces signing keys, each call in a transaction of its own."""

    def __init__(self, database: Database, seal: Seal) -> None:
        self._database = database
        self._seal = seal

    async def current(self, tenant_id: UUID, purpose: Purpose) -> tuple[SigningKey, ...]:
        """Return the tenant's keys, the one that signs first; make it if there is none yet."""
        async with self._database.scope(tenant_id, SYSTEM, write=False) as scope:
            keys = await self._load(scope, purpose)
        return keys or await self._make_first(tenant_id, purpose)

    async def replace(self, tenant_id: UUID, purpose: Purpose) -> SigningKey:
        """Make a new key that signs from now on; the old ones are accepted for another day."""
        async with self._database.scope(tenant_id, SYSTEM) as scope:
            await scope.conn.execute(
                RETIRE,
                {
                    "tenant_id": tenant_id,
                    "purpose": purpose.value,
                    "retired_at": scope.real_now,
                },
            )
            return await self._insert(scope, purpose)

    async def _make_first(self, tenant_id: UUID, purpose: Purpose) -> tuple[SigningKey, ...]:
        async with self._database.scope(tenant_id, SYSTEM) as scope:
            lock = fence_key(tenant_id, f"signing_keys:{purpose.value}")
            await scope.conn.execute(LOCK, {"key": lock})
            return await self._load(scope, purpose) or (await self._insert(scope, purpose),)

    async def _load(self, scope: Scope, purpose: Purpose) -> tuple[SigningKey, ...]:
        async with scope.conn.cursor(row_factory=class_row(_Row)) as cursor:
            await cursor.execute(
                SELECT,
                {
                    "tenant_id": scope.tenant_id,
                    "purpose": purpose.value,
                    "accepted_since": scope.real_now - CHANGE_OVER,
                },
            )
            rows = await cursor.fetchall()
        return tuple(
            SigningKey(
                row.id,
                row.public_key,
                self._seal.unseal(f"signing_key:{purpose.value}", row.sealed, row.id.bytes),
            )
            for row in rows
        )

    async def _insert(self, scope: Scope, purpose: Purpose) -> SigningKey:
        key = _new_key(purpose)
        await scope.conn.execute(
            INSERT,
            {
                "tenant_id": scope.tenant_id,
                "id": key.id,
                "purpose": purpose.value,
                "public_key": key.public_key,
                "sealed": self._seal.seal(f"signing_key:{purpose.value}", key.secret, key.id.bytes),
                "created_at": scope.real_now,
            },
        )
        return key


def _new_key(purpose: Purpose) -> SigningKey:
    if purpose is not Purpose.TICKET:
        return SigningKey(new_id(), None, os.urandom(SECRET_BYTES))
    private = Ed25519PrivateKey.generate()
    public = private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return SigningKey(new_id(), public.decode(), private.private_bytes_raw())
