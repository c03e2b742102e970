"""What the endpoints of agreements take and give."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

from pydantic import Field

from groschen.kit.http import ExternalId, In, Instant, Out, Text
from groschen.kit.ids import PublicId

if TYPE_CHECKING:
    from groschen.features.shares.model import Agreement, AgreementVersion

AgreementId = Annotated[UUID, PublicId("agr"), Field(description="An agreement.")]
VersionId = Annotated[UUID, PublicId("agv"), Field(description="A version of an agreement.")]
Hash = Annotated[
    str,
    Field(
        pattern="^[0-9a-f]{64}$",
        description="SHA-256 of the terms.",
        examples=["0f" * 32],
    ),
]
Terms = Annotated[
    dict[str, Any],
    Field(
        description="Seller role, release, rules in order, settlement; decimals are strings.",
        examples=[
            {
                "currency": "EUR",
                "seller_role": "agent",
                "release": "on_payment",
                "rules": [
                    {
                        "id": "fare",
                        "kind": "apportion",
                        "base": "gross",
                        "params": {"weights": "legs"},
                    }
                ],
                "settlement": {"period": "month", "min_payout": "10.00"},
            }
        ],
    ),
]


class AgreementIn(In):
    """An agreement to be opened."""

    external_id: ExternalId
    name: Annotated[Text, Field(description="What it is called.", examples=["Clearing 2027"])]


class VersionIn(In):
    """Terms from an instant on."""

    valid_from: Annotated[Instant, Field(description="From when the terms apply.")]
    terms: Terms


class SignOffIn(In):
    """The hash of the terms that are signed."""

    hash: Hash


class AgreementOut(Out):
    """An agreement."""

    id: AgreementId
    external_id: ExternalId
    name: Text
    created_at: Instant

    @classmethod
    def of(cls, agreement: Agreement) -> AgreementOut:
        """Show an agreement."""
        return cls(
            id=agreement.id,
            external_id=agreement.external_id,
            name=agreement.name,
            created_at=agreement.created_at,
        )


class VersionOut(Out):
    """A version of an agreement."""

    id: VersionId
    agreement_id: AgreementId
    version: Annotated[int, Field(description="1, 2, 3, ...", examples=[1])]
    valid_from: Instant
    terms: Terms
    hash: Hash
    signed_at: Annotated[Instant | None, Field(description="In force once signed; null before.")]

    @classmethod
    def of(cls, version: AgreementVersion) -> VersionOut:
        """Show a version."""
        return cls(
            id=version.id,
            agreement_id=version.agreement_id,
            version=version.version,
            valid_from=version.valid_from,
            terms=version.terms.to_json(),
            hash=version.hash,
            signed_at=version.signed_at,
        )


class VersionsOut(Out):
    """All versions of an agreement."""

    data: Annotated[list[VersionOut], Field(description="Newest validity first.")]
