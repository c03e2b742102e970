"""A tenant's signing keys are made once, sealed, and replaced with a day of overlap."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from uuid import UUID

import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from groschen.kit.seal import Seal, SealBroken, seal_from
from groschen.kit.signing_keys import Purpose, SigningKeys

if TYPE_CHECKING:
    from groschen.kit.config import Settings
    from groschen.kit.db import Database
    from groschen.kit.postgres import ServerUrls


@pytest.fixture
def keys(database: Database, settings: Settings) -> SigningKeys:
    return SigningKeys(database, seal_from(settings))


@pytest.mark.parametrize("purpose", list(Purpose))
async def test_a_key_is_made_when_first_needed_and_stays(
    keys: SigningKeys, tenant_id: UUID, purpose: Purpose
) -> None:
    first = await keys.current(tenant_id, purpose)
    assert len(first) == 1
    assert await keys.current(tenant_id, purpose) == first


async def test_crossing_first_uses_make_one_key(keys: SigningKeys, tenant_id: UUID) -> None:
    found = await asyncio.gather(*(keys.current(tenant_id, Purpose.TICKET) for _ in range(6)))
    assert len(set(found)) == 1


async def test_a_ticket_key_is_a_pair(keys: SigningKeys, tenant_id: UUID) -> None:
    [key] = await keys.current(tenant_id, Purpose.TICKET)
    assert key.public_key is not None
    private = Ed25519PrivateKey.from_private_bytes(key.secret)
    assert private.public_key() == load_pem_public_key(key.public_key.encode())


async def test_a_replaced_key_is_accepted_for_a_day(
    keys: SigningKeys, tenant_id: UUID, database_urls: ServerUrls
) -> None:
    [old] = await keys.current(tenant_id, Purpose.WEBHOOK)
    new = await keys.replace(tenant_id, Purpose.WEBHOOK)
    assert await keys.current(tenant_id, Purpose.WEBHOOK) == (new, old)
    with psycopg.connect(database_urls.superuser) as conn:
        conn.execute(
            "UPDATE groschen.signing_keys SET retired_at = retired_at - interval '25 hours'"
            " WHERE id = %(id)s",
            {"id": old.id},
        )
    assert await keys.current(tenant_id, Purpose.WEBHOOK) == (new,)


async def test_the_secret_is_not_readable_in_the_database(
    keys: SigningKeys, database: Database, tenant_id: UUID, database_urls: ServerUrls
) -> None:
    [key] = await keys.current(tenant_id, Purpose.TICKET)
    with psycopg.connect(database_urls.superuser) as conn:
        row = conn.execute(
            "SELECT sealed FROM groschen.signing_keys WHERE id = %(id)s", {"id": key.id}
        ).fetchone()
    assert row is not None
    assert key.secret not in row[0]
    with pytest.raises(SealBroken):
        await SigningKeys(database, Seal(b"x" * 32)).current(tenant_id, Purpose.TICKET)
