"""The endpoints of offers and levels."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import Path

from groschen.core.tax import TaxRateUnknown
from groschen.features.catalog.model import PlanUnknown
from groschen.features.levels import service
from groschen.features.levels.model import (
    OfferAccepted,
    OfferComponentUnknown,
    OfferHashMismatch,
    OfferNotForTenant,
    OfferNotFound,
    OfferPlanUnfit,
    OfferPriceUnfit,
    ResellerUnknown,
)
from groschen.features.levels.schemas import AcceptIn, LevelOut, LevelsOut, OfferIn, OfferOut
from groschen.features.shares.model import AgreementVersionExists, BeneficiaryUnknown
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

offers: Final = Router("offers", prefix="/v1/offers")
levels: Final = Router("levels", prefix="/v1/levels")
OfferRef = Annotated[
    Reference, ReferenceTo("off"), Path(description="The offer, by id or as ext:<external id>.")
]


@offers.post(
    "",
    permission="levels:write",
    verb="publish",
    responses=problems(
        OfferComponentUnknown,
        OfferNotForTenant,
        OfferPlanUnfit,
        OfferPriceUnfit,
        PlanUnknown,
        ResellerUnknown,
        TaxRateUnknown,
    ),
)
async def publish_offer(body: OfferIn, scope: Writer) -> OfferOut:
    """Offer a plan to a tenant below, or publish the next version of an offer."""
    return OfferOut.of(await service.publish_offer(scope, body.draft()))


@offers.get("", permission="levels:read", verb="list")
async def list_offers(scope: Reader, page: Pages) -> PageOut[OfferOut]:
    """List offers given and taken, newest first."""
    found = await service.page(scope, page)
    return page_of(page, found, identity=lambda one: one.offer.id, show=OfferOut.of)


@offers.get("/{offer}", permission="levels:read", verb="read", responses=problems(OfferNotFound))
async def read_offer(offer: OfferRef, scope: Reader) -> OfferOut:
    """Read an offer with its versions."""
    return OfferOut.of(await service.detail(scope, await service.find(scope, offer)))


@offers.post(
    "/{offer}/accept",
    permission="levels:write",
    verb="accept",
    status_code=200,
    responses=problems(
        AgreementVersionExists,
        BeneficiaryUnknown,
        OfferAccepted,
        OfferComponentUnknown,
        OfferHashMismatch,
        OfferNotForTenant,
        OfferNotFound,
    ),
)
async def accept_offer(offer: OfferRef, body: AcceptIn, scope: Writer) -> OfferOut:
    """Accept a version of an offer of the tenant above: plans can sell it on."""
    return OfferOut.of(await service.accept(scope, offer, body.acceptance()))


@levels.get("", permission="levels:read", verb="list")
async def list_levels(scope: Reader) -> LevelsOut:
    """Say how the books stand to those of the tenants above and below."""
    return LevelsOut(data=[LevelOut.of(one) for one in await service.summaries(scope)])
