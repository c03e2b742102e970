"""API keys."""

from __future__ import annotations

from typing import Final

from groschen.features.tenants import service
from groschen.features.tenants.model import ExpiryPast, KeyNotFound, PermissionNotHeld
from groschen.features.tenants.schemas import KeyId, KeyIn, KeyOut, NewKeyOut
from groschen.kit.http import (
    PageOut,
    Pages,
    Reader,
    Router,
    Writer,
    page_of,
    problems,
)
from groschen.kit.permissions import PermissionUnknown

router: Final = Router("api_keys", prefix="/v1/api_keys")


@router.post(
    "",
    permission="keys:write",
    verb="create",
    responses=problems(PermissionUnknown, PermissionNotHeld, ExpiryPast),
)
async def create_key(body: KeyIn, scope: Writer) -> NewKeyOut:
    """Make a key with permissions one holds oneself."""
    key, secret = await service.create_key(
        scope, name=body.name, permissions=body.permissions, expires_at=body.expires_at
    )
    return NewKeyOut(key=KeyOut.of(key), secret=secret)


@router.get("", permission="keys:read", verb="list")
async def list_keys(scope: Reader, pages: Pages) -> PageOut[KeyOut]:
    """List keys, ended ones included, newest first."""
    found = await service.list_keys(scope, pages)
    return page_of(pages, found, identity=lambda key: key.id, show=KeyOut.of)


@router.get("/{key_id}", permission="keys:read", verb="get", responses=problems(KeyNotFound))
async def get_key(key_id: KeyId, scope: Reader) -> KeyOut:
    """Show one key."""
    return KeyOut.of(await service.get_key(scope, key_id))


@router.post(
    "/{key_id}/revoke",
    permission="keys:write",
    verb="revoke",
    status_code=200,
    responses=problems(KeyNotFound),
)
async def revoke_key(key_id: KeyId, scope: Writer) -> KeyOut:
    """End a key; its next request is refused."""
    return KeyOut.of(await service.revoke_key(scope, key_id))
