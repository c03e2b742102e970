"""The endpoints of totals and current usage."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import Path, Query

from groschen.features.subscriptions.model import SubscriptionNotFound
from groschen.features.usage import service
from groschen.features.usage.model import ItemTotalNotFound, SeriesInvalid
from groschen.features.usage.schemas.series import UsageSeriesOut
from groschen.features.usage.schemas.totals import CurrentUsageOut, TotalDetailOut, TotalId
from groschen.features.usage.service.series import Grain
from groschen.kit.http import Instant, LocalDate, Reader, Reference, ReferenceTo, Router, problems

item_totals: Final = Router("item_totals", prefix="/v1/item_totals")
current_usage: Final = Router("usage", prefix="/v1/subscriptions")
SubscriptionRef = Annotated[
    Reference,
    ReferenceTo("sub"),
    Path(description="The subscription, by id or as ext:<external id>."),
]


@current_usage.get(
    "/{subscription}/usage",
    permission="usage:read",
    verb="current",
    responses=problems(SubscriptionNotFound),
)
async def read_usage(
    subscription: SubscriptionRef,
    scope: Reader,
    at: Annotated[Instant | None, Query(description="Its windows; now if left out.")] = None,
) -> CurrentUsageOut:
    """Read what a subscription used so far, tier by tier, and the credit that is left."""
    return CurrentUsageOut.of(await service.usage_of(scope, subscription, at))


@current_usage.get(
    "/{subscription}/usage/series",
    permission="usage:read",
    verb="series",
    responses=problems(SeriesInvalid, SubscriptionNotFound),
)
async def read_series(
    subscription: SubscriptionRef,
    scope: Reader,
    grain: Annotated[Grain, Query(description="How long a step is.", examples=["day"])],
    first: Annotated[LocalDate, Query(description="The first day.", examples=["2027-01-01"])],
    last: Annotated[LocalDate, Query(description="The last day.", examples=["2027-01-31"])],
) -> UsageSeriesOut:
    """Read what a subscription used over time, in days of its time zone."""
    return UsageSeriesOut.of(await service.series(scope, subscription, grain, first, last))


@item_totals.get(
    "/{total_id}",
    permission="usage:read",
    verb="read",
    responses=problems(ItemTotalNotFound),
)
async def read_total(total_id: TotalId, scope: Reader) -> TotalDetailOut:
    """Read a total with its service days and the proof of its amount."""
    return TotalDetailOut.of(await service.prove(scope, total_id))
