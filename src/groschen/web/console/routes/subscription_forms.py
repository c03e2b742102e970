"""Changing and cancelling a subscription."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import Depends, Form, Request, Response

from groschen.core.errors import GroschenError
from groschen.features.catalog import service as catalog
from groschen.features.parties import service as parties
from groschen.features.subscriptions import service as subscriptions
from groschen.features.subscriptions.model import (
    CancelReason,
    Item,
    Subscription,
    SubscriptionItemNotFound,
)
from groschen.features.subscriptions.service import ChangeDraft, subscription_etag
from groschen.kit.db import Scope
from groschen.kit.http import Reader, Slice, Writer
from groschen.kit.ids import encode_id
from groschen.web.addresses import subscription_path
from groschen.web.console import subscription as subscription_page
from groschen.web.console.routes.subscriptions import current
from groschen.web.fields import instant_of, number_of
from groschen.web.forms import attempt, see_other, sent
from groschen.web.page import page
from groschen.web.routing import Audience, PageNotFound, PageRouter, path_id
from groschen.web.ui.parts import Choice
from groschen.web.ui.refusals import Refusal
from groschen.web.values import local_or_none

pages: Final = PageRouter(Audience.CONSOLE)
SubscriptionId = Annotated[UUID, Depends(path_id("sub", "subscription"))]
ItemId = Annotated[UUID, Depends(path_id("sbi", "item"))]
Text = Annotated[str, Form(max_length=200)]
AT_FIELDS: Final = ("quantity", "at")
MOST_PLANS: Final = 200


@dataclass(frozen=True, slots=True)
class _Asked:
    """A form as it was sent."""

    plan: str = ""
    quantity: str = ""
    day: str = ""
    time: str = ""
    reason: str = CancelReason.ORDINARY
    tag: str = ""

    def at(self, zone: str) -> datetime | None:
        """The instant asked for, None for now."""
        return instant_of(self.day, self.time, ZoneInfo(zone))


async def _asked(
    plan: Text = "",
    quantity: Text = "",
    day: Text = "",
    time: Text = "",
    reason: Text = CancelReason.ORDINARY,
    tag: Text = "",
) -> _Asked:
    return _Asked(plan.strip(), quantity.strip(), day.strip(), time.strip(), reason, tag)


Asked = Annotated[_Asked, Depends(_asked)]


@pages.page("/subscriptions/{subscription}/items/{item}/change", permission="subscriptions:write")
async def show_change(
    request: Request, subscription: SubscriptionId, item: ItemId, scope: Reader
) -> Response:
    """The form of an item."""
    return await _change_page(request, scope, subscription, item, _Asked())


@pages.form("/subscriptions/{subscription}/items/{item}/change", permission="subscriptions:write")
async def change_item(
    request: Request, subscription: SubscriptionId, item: ItemId, scope: Writer, asked: Asked
) -> Response:
    """Give the item another plan or quantity."""
    async with attempt(scope) as tried:
        zone = scope.tenant.time_zone
        quantity: Decimal | None = number_of(asked.quantity, "quantity")
        draft = ChangeDraft(asked.at(zone), asked.plan or None, quantity)
        await subscriptions.change(scope, subscription, item, draft, asked.tag or None)
        return see_other(f"{subscription_path(subscription)}?done=changed")
    return await _change_page(request, scope, subscription, item, asked, tried.refusal)


@pages.page("/subscriptions/{subscription}/cancel", permission="subscriptions:write")
async def show_cancel(request: Request, subscription: SubscriptionId, scope: Reader) -> Response:
    """The form that ends it."""
    return await _cancel_page(request, scope, subscription, _Asked())


@pages.form("/subscriptions/{subscription}/cancel", permission="subscriptions:write")
async def cancel_subscription(
    request: Request, subscription: SubscriptionId, scope: Writer, asked: Asked
) -> Response:
    """Let it end."""
    async with attempt(scope) as tried:
        at = asked.at(scope.tenant.time_zone)
        await subscriptions.cancel(scope, subscription, at, _reason(asked), asked.tag or None)
        return see_other(f"{subscription_path(subscription)}?done=cancelled")
    return await _cancel_page(request, scope, subscription, asked, tried.refusal)


def _reason(asked: _Asked) -> CancelReason:
    known = asked.reason in set(CancelReason)
    return CancelReason(asked.reason) if known else CancelReason.ORDINARY


async def _change_page(
    request: Request,
    scope: Scope,
    subscription_id: UUID,
    item_id: UUID,
    asked: _Asked,
    refusal: GroschenError | None = None,
) -> Response:
    one = await subscriptions.find(scope, subscription_id)
    item = await _item(scope, one, item_id)
    held = current(scope, item.segments)
    if held is None:
        raise PageNotFound("the item never ran")
    path = subscription_path(one.id)
    view = subscription_page.ChangeView(
        number=one.external_id,
        back_href=path,
        product=held.offer.product_name,
        plan=held.offer.plan_name,
        quantity_now=held.quantity,
        plans=await _plans(scope, asked.plan),
        quantity=sent(asked.quantity, refusal, "quantity"),
        day=sent(asked.day, refusal, "at"),
        time=sent(asked.time, None),
        tag=asked.tag or subscription_etag(one),
        send_to=f"{path}/items/{encode_id('sbi', item.id)}/change",
        refusal=_above(refusal),
    )
    status = 200 if refusal is None else 422
    return page(request, subscription_page.CHANGE_TEMPLATE, view, status=status)


async def _item(scope: Scope, one: Subscription, item_id: UUID) -> Item:
    for item in (await subscriptions.detail(scope, one)).items:
        if item.id == item_id:
            return item
    raise SubscriptionItemNotFound("the subscription has no such item", hint="go back to it")


async def _plans(scope: Scope, chosen: str) -> tuple[Choice, ...]:
    """The newest plans by name, after the choice to keep the plan."""
    found = await catalog.plans(scope, Slice(limit=MOST_PLANS))
    named = sorted((one.name, one.external_id) for one in found[:MOST_PLANS])
    choices = [Choice(number, name, number == chosen) for name, number in named]
    return (Choice("", "", not chosen), *choices)


async def _cancel_page(
    request: Request,
    scope: Scope,
    subscription_id: UUID,
    asked: _Asked,
    refusal: GroschenError | None = None,
) -> Response:
    one = await subscriptions.find(scope, subscription_id)
    names = await parties.labels(scope, [one.party_id])
    path = subscription_path(one.id)
    view = subscription_page.CancelView(
        number=one.external_id,
        back_href=path,
        customer=names[one.party_id],
        minimum_term_until=local_or_none(scope, one.minimum_term_until),
        ends_at=local_or_none(scope, one.ends_at),
        day=sent(asked.day, refusal, "at"),
        time=sent(asked.time, None),
        reason=asked.reason,
        tag=asked.tag or subscription_etag(one),
        send_to=f"{path}/cancel",
        refusal=_above(refusal),
    )
    status = 200 if refusal is None else 422
    return page(request, subscription_page.CANCEL_TEMPLATE, view, status=status)


def _above(refusal: GroschenError | None) -> Refusal | None:
    """The refusal to show above the form, unless it stands at a field."""
    if refusal is None or refusal.field in AT_FIELDS:
        return None
    return Refusal.of(refusal)
