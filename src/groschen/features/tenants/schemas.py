"""What the endpoints of tenants take and show, also at the parties above them."""

from __future__ import annotations

from typing import Annotated, Self
from uuid import UUID

from pydantic import Field

from groschen.features.tenants.model import ApiKey, User
from groschen.kit.http import In, Instant, Out, Text
from groschen.kit.ids import PublicId

TenantId = Annotated[UUID, PublicId("ten"), Field(description="A tenant.")]
UserId = Annotated[UUID, PublicId("usr"), Field(description="A person who signs in.")]
KeyId = Annotated[UUID, PublicId("key"), Field(description="An API key.")]
PartyId = Annotated[UUID, PublicId("pty"), Field(description="A party.")]

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


class UserOut(Out):
    """A person without personal data."""

    id: UserId
    role: Annotated[str, Field(description="What the person may do.", examples=["operator"])]
    party_id: Annotated[PartyId | None, Field(description="The party a partner belongs to.")]
    has_password: Annotated[bool, Field(description="Whether a password was set.", examples=[True])]
    locked_until: Annotated[Instant | None, Field(description="Locked out until then.")]
    disabled_at: Annotated[Instant | None, Field(description="Since when it is disabled.")]
    created_at: Instant

    @classmethod
    def of(cls, user: User) -> Self:
        """Show a person."""
        return cls(
            id=user.id,
            role=user.role,
            party_id=user.party_id,
            has_password=user.has_password,
            locked_until=user.locked_until,
            disabled_at=user.disabled_at,
            created_at=user.created_at,
        )
