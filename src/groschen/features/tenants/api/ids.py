"""The public ids of this feature."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import Field

from groschen.kit.ids import PublicId

TenantId = Annotated[UUID, PublicId("ten"), Field(description="A tenant.")]
UserId = Annotated[UUID, PublicId("usr"), Field(description="A person who signs in.")]
KeyId = Annotated[UUID, PublicId("key"), Field(description="An API key.")]
PartyId = Annotated[UUID, PublicId("pty"), Field(description="A party.")]
