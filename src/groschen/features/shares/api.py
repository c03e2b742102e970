"""The endpoints of agreements: dated versions of terms, in force once signed off."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import Path

from groschen.core.fields import FieldInvalid, FieldMissing, FieldUnknown
from groschen.core.money import AmountInvalid, WeightNegative, WeightsAllZero
from groschen.core.shares import parse_terms
from groschen.core.shares.terms import ShareKindUnknown
from groschen.features.shares.model import (
    Agreement,
    AgreementNotFound,
    AgreementVersionExists,
    BeneficiaryUnknown,
    SignOffMismatch,
)
from groschen.features.shares.schemas import (
    AgreementIn,
    AgreementOut,
    SignOffIn,
    VersionId,
    VersionIn,
    VersionOut,
    VersionsOut,
)
from groschen.features.shares.service import agreements as service
from groschen.kit.http import (
    PageOut,
    Pages,
    Reader,
    Reference,
    ReferenceTo,
    Router,
    Writer,
    page_of,
    problems,
)
from groschen.kit.http.references import id_or_external

agreements: Final = Router("agreements", prefix="/v1/agreements")
AgreementRef = Annotated[
    Reference,
    ReferenceTo("agr"),
    Path(description="The agreement, by id or as ext:<external id>."),
]
TERMS: Final = (
    AmountInvalid,
    FieldInvalid,
    FieldMissing,
    FieldUnknown,
    ShareKindUnknown,
    WeightNegative,
    WeightsAllZero,
)


@agreements.post("", permission="shares:write", verb="create")
async def create_agreement(body: AgreementIn, scope: Writer) -> AgreementOut:
    """Open an agreement; its terms come as versions."""
    return AgreementOut.of(await service.create(scope, body.external_id, body.name))


@agreements.get("", permission="shares:read", verb="list")
async def list_agreements(scope: Reader, page: Pages) -> PageOut[AgreementOut]:
    """List agreements, newest first."""
    found = await service.page(scope, page)
    return page_of(page, found, identity=lambda one: one.id, show=AgreementOut.of)


@agreements.get(
    "/{agreement}/versions",
    permission="shares:read",
    verb="list_versions",
    responses=problems(AgreementNotFound),
)
async def list_versions(agreement: AgreementRef, scope: Reader) -> VersionsOut:
    """List the versions of an agreement, newest validity first."""
    found = await _find(scope, agreement)
    return VersionsOut(data=[VersionOut.of(one) for one in await service.versions(scope, found.id)])


@agreements.post(
    "/{agreement}/versions",
    permission="shares:write",
    verb="add_version",
    responses=problems(AgreementNotFound, AgreementVersionExists, BeneficiaryUnknown, *TERMS),
)
async def add_version(agreement: AgreementRef, body: VersionIn, scope: Writer) -> VersionOut:
    """Write the next version of the terms; it applies once it is signed off."""
    found = await _find(scope, agreement)
    terms = parse_terms(body.terms, "terms")
    return VersionOut.of(await service.add_version(scope, found, body.valid_from, terms))


@agreements.post(
    "/versions/{version_id}/sign_off",
    permission="shares:write",
    verb="sign_off",
    status_code=200,
    responses=problems(AgreementNotFound, SignOffMismatch),
)
async def sign_off(version_id: VersionId, body: SignOffIn, scope: Writer) -> VersionOut:
    """Put a version in force; the hash proves that what is signed is what is stored."""
    return VersionOut.of(await service.sign_off(scope, version_id, body.hash))


async def _find(scope: Reader, reference: Reference) -> Agreement:
    return await service.find(scope, *id_or_external(reference))
