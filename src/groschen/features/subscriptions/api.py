"""The endpoints of subscriptions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

from fastapi import Header, Path, Query, Response

from groschen.core.lifecycle import IllegalTransition
from groschen.features.catalog.model import PlanUnknown
from groschen.features.subscriptions import service
from groschen.features.subscriptions.model import (
    AfterTheEnd,
    CancelTooEarly,
    ChangeEmpty,
    ChangeTooEarly,
    DatesInvalid,
    MinimumTermRuns,
    PlanUnfit,
    StartTooEarly,
    SubjectNotFound,
    SubjectOverlaps,
    SubscriberUnknown,
    SubscriptionExists,
    SubscriptionItemNotFound,
    SubscriptionMirrored,
    SubscriptionNotFound,
    WalletUnfit,
)
from groschen.features.subscriptions.schemas import (
    AccountId,
    AddedItemIn,
    CancelIn,
    ItemChangeIn,
    SubjectEndIn,
    SubjectIn,
    SubscriptionDetailOut,
    SubscriptionIn,
    SubscriptionOut,
)
from groschen.kit.http import (
    EtagStale,
    PageOut,
    Pages,
    Reader,
    Reference,
    ReferenceTo,
    Router,
    Writer,
    page_of,
    problems,
    set_etag,
)

if TYPE_CHECKING:
    from groschen.features.subscriptions.model import SubscriptionDetail

router: Final = Router("subscriptions", prefix="/v1/subscriptions")

SubscriptionRef = Annotated[
    Reference,
    ReferenceTo("sub"),
    Path(description="The subscription, by id or as ext:<external id>."),
]
ItemRef = Annotated[
    Reference,
    ReferenceTo("sbi"),
    Path(description="An item of it, by id or as ext:<external id>."),
]
Based = Annotated[
    str | None,
    Header(
        alias="If-Match",
        description="The ETag of the subscription as it was read; if given, it must be so still.",
        examples=['"2f1c6a7e0b9d4c35"'],
        max_length=200,
    ),
]
CHANGING: Final = (SubscriptionNotFound, SubscriptionMirrored, IllegalTransition)
OF_ITEM: Final = (*CHANGING, SubscriptionItemNotFound)
MAKING: Final = (
    DatesInvalid,
    PlanUnfit,
    PlanUnknown,
    StartTooEarly,
    SubjectOverlaps,
    SubscriptionExists,
)


@router.post(
    "",
    permission="subscriptions:write",
    verb="create",
    responses=problems(*MAKING, SubscriberUnknown, SubscriptionMirrored, WalletUnfit),
)
async def create_subscription(
    body: SubscriptionIn, scope: Writer, response: Response
) -> SubscriptionDetailOut:
    """Let an account subscribe to plans. What is due is charged from its start on."""
    return _shown(await service.create(scope, body.draft()), response)


@router.get("", permission="subscriptions:read", verb="list")
async def list_subscriptions(
    scope: Reader,
    pages: Pages,
    account_id: Annotated[AccountId | None, Query(description="Only of this account.")] = None,
) -> PageOut[SubscriptionOut]:
    """List subscriptions, newest first."""
    rows = await service.page(scope, pages, account_id)
    return page_of(pages, rows, identity=lambda row: row.id, show=SubscriptionOut.of)


@router.get(
    "/{subscription}",
    permission="subscriptions:read",
    verb="get",
    responses=problems(SubscriptionNotFound),
)
async def get_subscription(
    subscription: SubscriptionRef, scope: Reader, response: Response
) -> SubscriptionDetailOut:
    """Show a subscription with its items, their terms over time, and what belongs to them."""
    found = await service.find(scope, subscription)
    return _shown(await service.detail(scope, found), response)


@router.post(
    "/{subscription}/items",
    permission="subscriptions:write",
    verb="add_item",
    responses=problems(*CHANGING, *MAKING, AfterTheEnd, EtagStale),
)
async def add_item(
    subscription: SubscriptionRef,
    body: AddedItemIn,
    scope: Writer,
    response: Response,
    if_match: Based = None,
) -> SubscriptionDetailOut:
    """Subscribe to one more plan."""
    detail = await service.add_item(scope, subscription, body.draft(), body.starts_at, if_match)
    return _shown(detail, response)


@router.post(
    "/{subscription}/items/{item}/change",
    permission="subscriptions:write",
    verb="change_item",
    responses=problems(
        *OF_ITEM,
        AfterTheEnd,
        ChangeEmpty,
        ChangeTooEarly,
        EtagStale,
        PlanUnfit,
        PlanUnknown,
        StartTooEarly,
    ),
)
async def change_item(
    subscription: SubscriptionRef,
    item: ItemRef,
    body: ItemChangeIn,
    scope: Writer,
    response: Response,
    if_match: Based = None,
) -> SubscriptionDetailOut:
    """Change the plan or the quantity of an item from an instant on."""
    detail = await service.change(scope, subscription, item, body.draft(), if_match)
    return _shown(detail, response)


@router.post(
    "/{subscription}/items/{item}/end",
    permission="subscriptions:write",
    verb="end_item",
    responses=problems(*OF_ITEM, AfterTheEnd, CancelTooEarly, MinimumTermRuns),
)
async def end_item(
    subscription: SubscriptionRef, item: ItemRef, body: CancelIn, scope: Writer, response: Response
) -> SubscriptionDetailOut:
    """Let one item end; the subscription goes on."""
    detail = await service.end_item(scope, subscription, item, body.at, body.reason)
    return _shown(detail, response)


@router.post(
    "/{subscription}/items/{item}/subjects",
    permission="subscriptions:write",
    verb="add_subject",
    responses=problems(*OF_ITEM, AfterTheEnd, DatesInvalid, SubjectOverlaps),
)
async def add_subject(
    subscription: SubscriptionRef, item: ItemRef, body: SubjectIn, scope: Writer, response: Response
) -> SubscriptionDetailOut:
    """Let a device, meter or card belong to an item: events about it are charged there."""
    detail = await service.add_subject(
        scope, subscription, item, body.subject, body.from_at, body.until_at
    )
    return _shown(detail, response)


@router.post(
    "/{subscription}/items/{item}/subjects/end",
    permission="subscriptions:write",
    verb="end_subject",
    responses=problems(*OF_ITEM, SubjectNotFound),
)
async def end_subject(
    subscription: SubscriptionRef,
    item: ItemRef,
    body: SubjectEndIn,
    scope: Writer,
    response: Response,
) -> SubscriptionDetailOut:
    """Let a device, meter or card no longer belong to an item."""
    detail = await service.end_subject(scope, subscription, item, body.subject, body.at)
    return _shown(detail, response)


@router.post(
    "/{subscription}/cancel",
    permission="subscriptions:write",
    verb="cancel",
    responses=problems(*CHANGING, CancelTooEarly, EtagStale, MinimumTermRuns),
)
async def cancel_subscription(
    subscription: SubscriptionRef,
    body: CancelIn,
    scope: Writer,
    response: Response,
    if_match: Based = None,
) -> SubscriptionDetailOut:
    """Let a subscription end. It is active until then; cancelling again moves its end."""
    detail = await service.cancel(scope, subscription, body.at, body.reason, if_match)
    return _shown(detail, response)


def _shown(detail: SubscriptionDetail, response: Response) -> SubscriptionDetailOut:
    """The answer with the tag of what it shows."""
    set_etag(response, service.subscription_etag(detail.subscription))
    return SubscriptionDetailOut.of(detail)
