"""API keys: made once, shown once, ended for ever."""

from __future__ import annotations

from typing import TYPE_CHECKING

from groschen.features.tenants.model import ApiKey, ExpiryPast, KeyNotFound, PermissionNotHeld
from groschen.features.tenants.queries import keys as queries
from groschen.kit.auth.credentials import digest, key_hint, new_api_key
from groschen.kit.auth.queries import insert_directory
from groschen.kit.ids import encode_id, new_id
from groschen.kit.outbox import Event, publish
from groschen.kit.permissions import known_permissions

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from uuid import UUID

    from groschen.kit.db import Scope
    from groschen.kit.http import Slice


async def create_key(
    scope: Scope,
    *,
    name: str,
    permissions: Iterable[str],
    party_id: UUID | None = None,
    expires_at: datetime | None = None,
) -> tuple[ApiKey, str]:
    """Make a key and return it with its secret, which cannot be had again.

    ``party_id`` limits the key to what belongs to that party. ``expires_at`` is real time.
    Raises ``PermissionUnknown``, ``PermissionNotHeld`` and ``ExpiryPast``.
    """
    wanted = known_permissions(permissions)
    _check_handed_on(scope, wanted)
    if expires_at is not None and expires_at <= scope.real_now:
        raise ExpiryPast("the key would already be expired", field="expires_at")
    secret = new_api_key(scope.tenant)
    key = ApiKey(
        id=new_id(),
        name=name,
        hint=key_hint(secret),
        scopes=sorted(wanted),
        party_id=party_id,
        created_at=scope.real_now,
        expires_at=expires_at,
        revoked_at=None,
        last_used_at=None,
    )
    await queries.insert_key(scope, key, digest(secret))
    await insert_directory(scope, "api_key", digest(secret))
    await publish(scope, [Event("api_key.created", key.id, {"api_key": encode_id("key", key.id)})])
    return key, secret


def _check_handed_on(scope: Scope, wanted: frozenset[str]) -> None:
    for permission in sorted(wanted):
        if not scope.actor.may(permission):
            raise PermissionNotHeld(
                f"you do not hold '{permission}' yourself",
                field="permissions",
                hint="Leave it out, or ask an administrator to make the key.",
            )


async def list_keys(scope: Scope, asked: Slice) -> list[ApiKey]:
    """Return a page of the tenant's keys, ended ones included."""
    return await queries.keys(scope, asked.bounds)


async def get_key(scope: Scope, key_id: UUID) -> ApiKey:
    """Return one key; raise ``KeyNotFound``."""
    key = await queries.select_key(scope, key_id)
    if key is None:
        raise KeyNotFound("there is no such API key", hint="List them at GET /v1/api_keys.")
    return key


async def revoke_key(scope: Scope, key_id: UUID) -> ApiKey:
    """End a key from its next request on; ending it twice is as once."""
    key = await get_key(scope, key_id)
    if key.revoked_at is None:
        await queries.revoke_key(scope, key_id)
        data = {"api_key": encode_id("key", key_id)}
        await publish(scope, [Event("api_key.revoked", key_id, data)])
    return await get_key(scope, key_id)
