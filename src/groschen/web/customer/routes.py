"""The customer portal: one's own contracts, and nobody else's."""

from __future__ import annotations

from typing import Final

from fastapi import Request, Response

from groschen.core.money import Money
from groschen.features.parties import service as parties
from groschen.features.receivables import service as receivables
from groschen.features.subscriptions import service as subscriptions
from groschen.features.subscriptions.model import SubscriptionDetail
from groschen.kit.db import Scope
from groschen.kit.http import Reader, Slice
from groschen.web.console.routes.subscriptions import item_view
from groschen.web.customer import home
from groschen.web.navigation import CUSTOMER_HOME
from groschen.web.page import page
from groschen.web.routing import Audience, Looking, PageRouter
from groschen.web.values import local, local_or_none

pages: Final = PageRouter(Audience.CUSTOMER)
MOST: Final = 50


@pages.page(CUSTOMER_HOME, permission="parties:read")
async def show_home(request: Request, scope: Reader, visitor: Looking) -> Response:
    """Where one stands."""
    accounts = await parties.list_accounts(scope, Slice(limit=MOST))
    owed = await receivables.open_of_accounts(scope, [one.id for one in accounts])
    view = home.HomeView(
        name=visitor.name,
        open=tuple(
            Money(one.open_amount, one.currency) for found in owed.values() for one in found
        ),
        contracts=await _contracts(scope),
    )
    return page(request, home.TEMPLATE, view)


@pages.page(f"{CUSTOMER_HOME}/contracts", permission="subscriptions:read")
async def show_contracts(request: Request, scope: Reader) -> Response:
    """What one has subscribed to, and what it costs."""
    view = home.ContractsView(await _contracts(scope))
    return page(request, home.CONTRACTS_TEMPLATE, view)


async def _contracts(scope: Scope) -> tuple[home.ContractView, ...]:
    found = (await subscriptions.page(scope, Slice(limit=MOST)))[:MOST]
    return tuple([_contract(scope, await subscriptions.detail(scope, one)) for one in found])


def _contract(scope: Scope, detail: SubscriptionDetail) -> home.ContractView:
    one = detail.subscription
    return home.ContractView(
        number=one.external_id,
        state=one.state,
        funding=one.funding,
        starts_at=local(scope, one.starts_at),
        ends_at=local_or_none(scope, one.ends_at),
        items=tuple(item_view(scope, item, None) for item in detail.items),
    )
