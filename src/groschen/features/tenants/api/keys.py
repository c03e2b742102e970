"""API keys."""

from __future__ import annotations

from typing import Annotated, Final, Self

from pydantic import Field

from groschen.features.tenants import service
from groschen.features.tenants.api.ids import KeyId, PartyId
from groschen.features.tenants.model import ApiKey, ExpiryPast, KeyNotFound, PermissionNotHeld
from groschen.kit.http import (
    In,
    Instant,
    Out,
    PageOut,
    Pages,
    Reader,
    Router,
    Text,
    Writer,
    page_of,
    problems,
)
from groschen.kit.permissions import PermissionUnknown

router: Final = Router("api_keys", prefix="/v1/api_keys")

Permissions = Annotated[
    list[str],
    Field(
        description="What the key may do.",
        examples=[["orders:read", "orders:write"]],
        min_length=1,
        max_length=100,
    ),
]


class KeyIn(In):
    """A key to make."""

    name: Annotated[Text, Field(description="What it is for.", examples=["Web shop"])]
    permissions: Permissions
    expires_at: Annotated[
        Instant | None, Field(description="When it stops working; null for never.")
    ] = None


class KeyOut(Out):
    """A key without its secret."""

    id: KeyId
    name: Annotated[Text, Field(description="What it is for.", examples=["Web shop"])]
    hint: Annotated[
        str, Field(description="How the secret starts and ends.", examples=["gk_live_...x7Qa"])
    ]
    permissions: Permissions
    party_id: Annotated[PartyId | None, Field(description="The party it is limited to.")]
    created_at: Instant
    expires_at: Annotated[Instant | None, Field(description="When it stops working.")]
    revoked_at: Annotated[Instant | None, Field(description="When it was ended.")]
    last_used_at: Annotated[
        Instant | None, Field(description="When it was last used, about half a minute late.")
    ]

    @classmethod
    def of(cls, key: ApiKey) -> Self:
        """Show a key."""
        return cls(
            id=key.id,
            name=key.name,
            hint=key.hint,
            permissions=key.scopes,
            party_id=key.party_id,
            created_at=key.created_at,
            expires_at=key.expires_at,
            revoked_at=key.revoked_at,
            last_used_at=key.last_used_at,
        )


class NewKeyOut(Out):
    """A new key; its secret is shown this once."""

    key: Annotated[KeyOut, Field(description="The key.")]
    secret: Annotated[
        str,
        Field(
            description="Keep it safe; it is not stored and cannot be shown again.",
            examples=["gk_live_4Zt1..."],
        ),
    ]


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
