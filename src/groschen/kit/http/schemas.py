"""The base of every request and answer model."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

Lax = Field(strict=False)
"""For an enumeration in a request: ``kind: Annotated[PartyKind, Lax]`` reads its text form."""


class In(BaseModel):
    """What a client sends: unknown fields are refused and nothing is converted silently."""

    model_config = ConfigDict(
        extra="forbid", strict=True, frozen=True, allow_inf_nan=False, validate_default=False
    )


class Out(BaseModel):
    """What we answer: every field is always present, ``null`` or empty where there is nothing."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, json_schema_serialization_defaults_required=True
    )
