"""The public ids of this feature."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import Field

from groschen.kit.http import Reference, ReferenceTo
from groschen.kit.ids import PublicId

PartyId = Annotated[UUID, PublicId("pty"), Field(description="A party.")]
PartyRef = Annotated[
    Reference, ReferenceTo("pty"), Field(description="A party, by id or as ext:<external id>.")
]
AccountId = Annotated[UUID, PublicId("acc"), Field(description="A billing account.")]
AccountRef = Annotated[
    Reference,
    ReferenceTo("acc"),
    Field(description="A billing account, by id or as ext:<external id>."),
]
PayoutAccountId = Annotated[UUID, PublicId("pac"), Field(description="A payout account.")]
