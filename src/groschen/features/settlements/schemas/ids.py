"""The identifiers and hashes of settlement."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import Field

from groschen.kit.ids import PublicId

StatementId = Annotated[UUID, PublicId("stm"), Field(description="A statement.")]
PayoutRunId = Annotated[UUID, PublicId("run"), Field(description="A payout run.")]
PayoutId = Annotated[UUID, PublicId("pyo"), Field(description="A payout.")]
PartyId = Annotated[UUID, PublicId("pty"), Field(description="A partner.")]
PayoutAccountId = Annotated[UUID, PublicId("pac"), Field(description="A payout account.")]
Hash = Annotated[
    str, Field(description="SHA-256 in hex.", examples=["9f86d081884c7d659a2feaa0c55ad015" * 2])
]
