"""Subscriptions: the list, and one with its items and terms."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import Depends, Query, Request, Response

from groschen.core.components import Component
from groschen.core.money import ZERO, Money
from groschen.features.parties import service as parties
from groschen.features.subscriptions import service as subscriptions
from groschen.features.subscriptions.model import (
    Contract,
    Item,
    Segment,
    Subscription,
    SubscriptionDetail,
    SubscriptionNotFound,
    SubscriptionState,
)
from groschen.features.usage import service as usage
from groschen.features.usage.service.current import ComponentUsage, PricedTotal
from groschen.features.wallets import service as wallets
from groschen.features.wallets.model import Wallet
from groschen.kit.db import Scope
from groschen.kit.http import External, Pages, Reader
from groschen.kit.ids import InvalidId, decode_id, encode_id
from groschen.web.addresses import account_path, subscription_path, wallet_path
from groschen.web.console import subscription as subscription_page
from groschen.web.console import subscriptions as list_page
from groschen.web.console.subscription import UsageLine, UsageRow
from groschen.web.forms import see_other
from groschen.web.page import page
from groschen.web.routing import Audience, PageRouter, path_id
from groschen.web.ui.parts import Link, PriceWords
from groschen.web.values import local, local_or_none, page_of_rows
from groschen.web.words import words_of_price

pages: Final = PageRouter(Audience.CONSOLE)
ONE_INSTANT: Final = timedelta(microseconds=1)
SubscriptionId = Annotated[UUID, Depends(path_id("sub", "subscription"))]


@pages.page("/subscriptions", permission="subscriptions:read")
async def show_subscriptions(
    request: Request, scope: Reader, asked: Pages, q: Annotated[str, Query(max_length=200)] = ""
) -> Response:
    """The list, narrowed to an account; a contract's own number leads to it."""
    text = q.strip()
    named = await _named(scope, text) if text else None
    if named is not None:
        return see_other(subscription_path(named.id))
    account = (await parties.accounts_by_external_id(scope, [text])).get(text) if text else None
    nothing = text and account is None
    account_id = None if account is None else account.id
    found = [] if nothing else await subscriptions.page(scope, asked, account_id)
    shown, pager = page_of_rows(request, asked, found, lambda one: one.id)
    view = list_page.SubscriptionsView(await subscription_rows(scope, shown), pager, text=q)
    return page(request, list_page.TEMPLATE, view)


@pages.page("/subscriptions/{subscription}", permission="subscriptions:read")
async def show_subscription(
    request: Request, subscription: SubscriptionId, scope: Reader, done: str | None = None
) -> Response:
    """One subscription."""
    detail = await subscriptions.detail(scope, await subscriptions.find(scope, subscription))
    view = await _view(scope, detail, done)
    return page(request, subscription_page.TEMPLATE, view)


async def _named(scope: Scope, text: str) -> Subscription | None:
    """The subscription that ``text`` names by its own or its public id, if there is one."""
    try:
        try:
            return await subscriptions.find(scope, decode_id("sub", text))
        except InvalidId:
            return await subscriptions.find(scope, External(text))
    except SubscriptionNotFound:
        return None


async def subscription_rows(
    scope: Scope, found: Sequence[Subscription]
) -> tuple[list_page.SubscriptionRow, ...]:
    """Subscriptions as rows of a list; customers and plans are read at once."""
    names = await parties.labels(scope, [one.party_id for one in found])
    contracts = await subscriptions.contracts_of(scope, [one.id for one in found])
    return tuple(
        list_page.SubscriptionRow(
            number=one.external_id,
            href=subscription_path(one.id),
            customer=Link(names[one.party_id], account_path(one.account_id)),
            plans=tuple(_plans(scope, contracts[one.id])),
            funding=one.funding,
            state=one.state,
            starts_on=local(scope, one.starts_at).date(),
            ends_on=None if one.ends_at is None else local(scope, one.ends_at).date(),
            is_planned=one.starts_at > scope.now and one.state is SubscriptionState.ACTIVE,
        )
        for one in found
    )


def _plans(scope: Scope, contracts: Sequence[Contract]) -> dict[str, None]:
    """The names of the plans that hold now, or did last, each once."""
    held = (current(scope, contract.segments) for contract in contracts)
    return {one.offer.plan_name: None for one in held if one is not None}


def current(scope: Scope, segments: Sequence[Segment]) -> Segment | None:
    """The terms that hold now; before the start the first, after the end the last."""
    begun = [one for one in segments if one.from_at <= scope.now]
    return begun[-1] if begun else next(iter(segments), None)


async def _view(
    scope: Scope, detail: SubscriptionDetail, done: str | None
) -> subscription_page.SubscriptionView:
    one = detail.subscription
    names = await parties.labels(scope, [one.party_id])
    may_change = scope.actor.may("subscriptions:write") and one.state is SubscriptionState.ACTIVE
    path = subscription_path(one.id)
    used = await usage_by_item(scope, one)
    wallet = await _wallet(scope, one)
    return subscription_page.SubscriptionView(
        number=one.external_id,
        public_id=encode_id("sub", one.id),
        state=one.state,
        customer=Link(names[one.party_id], account_path(one.account_id)),
        funding=one.funding,
        wallet=None if wallet is None else Link(wallet.external_id, wallet_path(wallet.id)),
        credit=None if wallet is None else Money(wallet.credit, wallet.currency),
        currency=one.currency,
        time_zone=one.time_zone,
        anchor_on=one.anchor_on,
        starts_at=local(scope, one.starts_at),
        ends_at=local_or_none(scope, one.ends_at),
        minimum_term_until=local_or_none(scope, one.minimum_term_until),
        items=tuple(
            item_view(scope, item, path if may_change else None, used.get(item.id, ()))
            for item in detail.items
        ),
        cancel_at=f"{path}/cancel" if may_change else None,
        done=done,
    )


async def _wallet(scope: Scope, one: Subscription) -> Wallet | None:
    if one.wallet_id is None or not scope.actor.may("wallets:read"):
        return None
    return await wallets.find(scope, one.wallet_id)


def item_view(
    scope: Scope, item: Item, path: str | None, used: Sequence[UsageRow] = ()
) -> subscription_page.ItemView:
    """An item; ``path`` is that of its subscription if the reader may change it."""
    held = current(scope, item.segments)
    public_id = encode_id("sbi", item.id)
    return subscription_page.ItemView(
        number=item.external_id,
        public_id=public_id,
        product="" if held is None else held.offer.product_name,
        plan=item.external_id if held is None else held.offer.plan_name,
        quantity=ZERO if held is None else held.quantity,
        components=() if held is None else component_rows(held),
        segments=tuple(
            subscription_page.SegmentRow(
                plan=segment.offer.plan_name,
                version=segment.offer.version,
                quantity=segment.quantity,
                from_at=local(scope, segment.from_at),
                until_at=local_or_none(scope, segment.until_at),
                is_current=segment.holds_at(scope.now),
            )
            for segment in item.segments
        ),
        subjects=tuple(
            subscription_page.SubjectRow(
                link.subject, local(scope, link.from_at), local_or_none(scope, link.until_at)
            )
            for link in item.subjects
        ),
        change_at=None if path is None else f"{path}/items/{public_id}/change",
        usage=tuple(used),
    )


def component_rows(segment: Segment) -> tuple[subscription_page.ComponentRow, ...]:
    """What the terms of a segment cost, part by part."""
    return tuple(_component_row(component) for component in segment.offer.terms.components)


def _component_row(component: Component) -> subscription_page.ComponentRow:
    price = None if component.price is None else words_of_price(component.price)
    bound = None if component.amount is None else PriceWords("flat", component.amount)
    return subscription_page.ComponentRow(
        name=component.label or component.id,
        kind=component.kind,
        every=component.every,
        price=price or bound,
        credit=component.credit.amount if component.credit else None,
        valid_days=component.credit.valid_days if component.credit else None,
    )


async def usage_by_item(scope: Scope, one: Subscription) -> dict[UUID, list[UsageRow]]:
    """What each item of a subscription used in the windows of now, if the reader may see it."""
    if not scope.actor.may("usage:read"):
        return {}
    rows: dict[UUID, list[UsageRow]] = {}
    for part in (await usage.usage_of(scope, one.id)).components:
        own = rows.setdefault(part.item_id, [])
        own.extend(_usage_row(one, part, priced) for priced in part.totals)
    return rows


def _usage_row(one: Subscription, part: ComponentUsage, priced: PricedTotal) -> UsageRow:
    zone, total = ZoneInfo(one.time_zone), priced.total
    last = part.period.end - ONE_INSTANT
    return UsageRow(
        name=part.component.label or part.component.id,
        group=total.key.group,
        first_day=part.period.start.astimezone(zone).date(),
        last_day=last.astimezone(zone).date(),
        quantity=total.quantity,
        lines=tuple(
            UsageLine(line.quantity, line.unit_price, line.amount, line.above, line.up_to)
            for line in priced.lines
        ),
        gross=Money(total.gross, total.currency),
        by_credit=Money(total.funded_wallet, total.currency),
        by_emergency=Money(total.funded_overdraft, total.currency),
        to_invoice=Money(total.receivable, total.currency),
    )
