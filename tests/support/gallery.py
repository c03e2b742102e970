"""Every page with sample data, served by a tiny application: what the browser tests look at."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route

from groschen.adapters.delivery import qr_code
from groschen.core.errors import GroschenError, Kind
from groschen.features.tenants.model import SignInRefused
from groschen.web.assets import MOUNT, Assets
from groschen.web.console import (
    deliveries,
    order,
    orders,
    overview,
    partner,
    partners,
    payouts,
    refund,
    sandbox,
    sign_in,
    statements,
)
from groschen.web.errors import broken_page, groschen_error_page, http_error_page
from groschen.web.live import live_stream
from groschen.web.page import Pages, draw, page
from groschen.web.partner import claims
from groschen.web.ui.parts import Field
from groschen.web.ui.refusals import Refusal
from groschen.web.visitor import Visitor
from support import gallery_views as views
from support.gallery_views import OPERATOR, PARTNER


class NotThere(GroschenError):
    """Sample of a refusal."""

    code = "order_not_found"
    kind = Kind.NOT_FOUND


class NotAllowed(GroschenError):
    """Sample of a refusal."""

    code = "permission_missing"
    kind = Kind.FORBIDDEN


@dataclass(frozen=True, slots=True)
class Sample:
    """One page of the gallery: its address, who looks, and what it shows."""

    name: str
    path: str
    template: str
    view: object
    visitor: Visitor | None = OPERATOR

    @property
    def is_live(self) -> bool:
        """The page keeps a stream open, so it never comes to rest."""
        return self.name.endswith("-live")


SAMPLES = (
    Sample("sign-in", "/sign-in", sign_in.TEMPLATE, sign_in.SignInView(Field()), None),
    Sample(
        "sign-in-refused",
        "/sign-in-refused",
        sign_in.TEMPLATE,
        sign_in.SignInView(
            Field("clara@talheim.example"),
            Refusal.of(SignInRefused("x")),
            notice=sign_in.SIGNED_OUT,
        ),
        None,
    ),
    Sample("link", "/sign-in/link", sign_in.LINK_TEMPLATE, views.LINK, None),
    Sample("link-known", "/sign-in/link-known", sign_in.LINK_TEMPLATE, views.LINK_KNOWN, None),
    Sample("link-spent", "/sign-in/link-spent", sign_in.LINK_TEMPLATE, views.LINK_SPENT, None),
    Sample("account", "/account", sign_in.ACCOUNT_TEMPLATE, views.OWN_ACCOUNT),
    Sample("overview", "/", overview.TEMPLATE, views.OVERVIEW),
    Sample(
        "overview-live",
        "/overview-live",
        overview.TEMPLATE,
        replace(views.OVERVIEW, live_stream="/overview/live"),
    ),
    Sample("overview-empty", "/overview-empty", overview.TEMPLATE, views.OVERVIEW_EMPTY),
    Sample("overview-wrong", "/overview-wrong", overview.TEMPLATE, views.OVERVIEW_WRONG),
    Sample("orders", "/orders", orders.TEMPLATE, views.ORDERS),
    Sample("orders-empty", "/orders/empty", orders.TEMPLATE, views.ORDERS_EMPTY),
    Sample("orders-not-found", "/orders/not-found", orders.TEMPLATE, views.ORDERS_NOT_FOUND),
    Sample("order", "/orders/one", order.TEMPLATE, views.ORDER),
    Sample("order-thirds", "/orders/thirds", order.TEMPLATE, views.ORDER_THIRDS),
    Sample("order-refunded", "/orders/refunded", order.TEMPLATE, views.ORDER_REFUNDED),
    Sample("order-new", "/orders/new", order.TEMPLATE, views.ORDER_NEW),
    Sample("refund", "/orders/refund", refund.TEMPLATE, views.REFUND),
    Sample("refund-preview", "/orders/preview", refund.TEMPLATE, views.REFUND_PREVIEW),
    Sample("partners", "/partners", partners.TEMPLATE, views.PARTNERS),
    Sample("partners-empty", "/partners/empty", partners.TEMPLATE, views.PARTNERS_EMPTY),
    Sample("partner", "/partners/one", partner.TEMPLATE, views.PARTNER_PAGE),
    Sample("partner-new", "/partners/new", partner.TEMPLATE, views.PARTNER_NEW),
    Sample("statements", "/statements", statements.LIST_TEMPLATE, views.STATEMENTS),
    Sample("statement", "/statements/one", statements.TEMPLATE, views.STATEMENT),
    Sample(
        "statement-review", "/statements/review", statements.TEMPLATE, views.STATEMENT_IN_REVIEW
    ),
    Sample(
        "statement-carried", "/statements/carried", statements.TEMPLATE, views.STATEMENT_CARRIED
    ),
    Sample(
        "statements-empty", "/statements/empty", statements.LIST_TEMPLATE, views.STATEMENTS_EMPTY
    ),
    Sample("payouts", "/payouts", payouts.LIST_TEMPLATE, views.PAYOUTS),
    Sample("payouts-empty", "/payouts/empty", payouts.LIST_TEMPLATE, views.PAYOUTS_EMPTY),
    Sample("payout", "/payouts/one", payouts.TEMPLATE, views.PAYOUT),
    Sample("payout-sent", "/payouts/sent", payouts.TEMPLATE, views.PAYOUT_SENT),
    Sample("deliveries", "/deliveries", deliveries.LIST_TEMPLATE, views.DELIVERIES),
    Sample(
        "deliveries-empty", "/deliveries/empty", deliveries.LIST_TEMPLATE, views.DELIVERIES_EMPTY
    ),
    Sample("delivery", "/deliveries/one", deliveries.TEMPLATE, views.DELIVERY),
    Sample("delivery-failed", "/deliveries/failed", deliveries.TEMPLATE, views.DELIVERY_FAILED),
    Sample("delivery-done", "/deliveries/done", deliveries.TEMPLATE, views.DELIVERY_DONE),
    Sample("sandbox", "/sandbox", sandbox.TEMPLATE, views.SANDBOX),
    Sample("sandbox-done", "/sandbox/done", sandbox.TEMPLATE, views.SANDBOX_DONE),
    Sample("claims", "/partner", claims.TEMPLATE, views.CLAIMS, PARTNER),
    Sample("claims-carried", "/partner/carried", claims.TEMPLATE, views.CLAIMS_CARRIED, PARTNER),
    Sample("claims-empty", "/partner/empty", claims.TEMPLATE, views.CLAIMS_EMPTY, PARTNER),
)
EXACT = {"order-exact": "/orders/one?exact=1", "statement-exact": "/statements/one?exact=1"}
ERRORS = {"error-403": "/errors/403", "error-404": "/errors/404", "error-500": "/errors/500"}


def endpoint(sample: Sample) -> Callable[[Request], Awaitable[Response]]:
    async def show(request: Request) -> Response:
        request.state.visitor = sample.visitor
        return page(request, sample.template, sample.view)

    return show


async def show_error(request: Request) -> Response:
    request.state.visitor = OPERATOR
    request.state.request_id = "req_01kb8s9x2m4n7p0q5r6t8v3w1y"
    status = request.path_params["status"]
    if status == 403:
        raise NotAllowed("the role 'read_only' lacks orders:write", hint="ask an administrator")
    if status == 404:
        raise NotThere("no such order", hint="check the number")
    raise HTTPException(status)


async def show_code(_request: Request) -> Response:
    """A QR code, for the pages that show tickets."""
    return Response(qr_code.svg("GR1.e30.c2ln"), media_type="image/svg+xml")


async def stream_figures(request: Request) -> Response:
    """The live figures of the overview: first what the page shows, then one order more."""

    async def fragments() -> AsyncIterator[str]:
        for orders_today in (326, 327):
            live = replace(views.LIVE, orders=orders_today)
            yield draw(request, overview.LIVE_TEMPLATE, live)
        await asyncio.sleep(60)

    return live_stream(fragments())


@asynccontextmanager
async def lifespan(application: Starlette) -> AsyncIterator[None]:
    application.state.pages = Pages(application.state.assets)
    yield


def gallery() -> Starlette:
    """The gallery as an application; its pages carry the real headers and templates."""
    assets = Assets()
    application = Starlette(
        routes=[
            *(Route(sample.path, endpoint(sample)) for sample in SAMPLES),
            Route("/errors/{status:int}", show_error),
            Route("/overview/live", stream_figures),
            Route("/ticket.svg", show_code),
            Mount(MOUNT, assets),
        ],
        exception_handlers={
            GroschenError: groschen_error_page,
            HTTPException: http_error_page,
            Exception: broken_page,
        },
        lifespan=lifespan,
    )
    application.state.assets = assets
    return application
