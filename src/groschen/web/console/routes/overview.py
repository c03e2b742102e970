"""The overview: figures that move while one looks, what waits, and the latest orders."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import Request, Response

from groschen.core.money import Money, add_all
from groschen.core.period import Period, calendar_month, start_of_day
from groschen.features.delivery import service as delivery
from groschen.features.ledger import service as ledger
from groschen.features.orders import service as orders
from groschen.features.orders.model import Sold
from groschen.features.parties import service as parties
from groschen.features.payments import service as payments
from groschen.features.payments.model import PaymentPurpose
from groschen.features.settlements.service import claims
from groschen.features.settlements.service.waiting import waiting
from groschen.features.shares.statement_model import DailyClaim
from groschen.kit.db import Scope
from groschen.kit.http import Reader
from groschen.web.addresses import order_path
from groschen.web.console import overview
from groschen.web.console.routes.orders import latest_orders
from groschen.web.figures import FigureBoard, changes
from groschen.web.forms import see_other
from groschen.web.live import live_stream
from groschen.web.navigation import home_of
from groschen.web.page import draw, page
from groschen.web.routing import Around, Audience, Looking, PageRouter
from groschen.web.session import still_signed_in
from groschen.web.ui.parts import Bars, BarSeries
from groschen.web.values import local

pages: Final = PageRouter(Audience.CONSOLE)
front: Final = PageRouter(Audience.EVERYBODY)
LATEST: Final = 6
STREAM: Final = "/overview/live"
ONE_DAY: Final = timedelta(days=1)


@front.page("/", permission=None)
async def show_overview(request: Request, scope: Reader, visitor: Looking) -> Response:
    """Where the business stands, as far as the visitor may see it; guests go to their portal."""
    if visitor.is_guest:
        return see_other(home_of(visitor))
    may = visitor.actor.may
    view = overview.OverviewView(
        live=await _live(request, scope),
        live_stream=STREAM,
        bars=await shares_per_day(scope) if may("settlements:read") else Bars((), ()),
        latest=await latest_orders(scope, LATEST) if may("orders:read") else (),
    )
    return page(request, overview.TEMPLATE, view)


@pages.stream(STREAM, permission="orders:read")
async def stream_overview(request: Request, visitor: Looking, around: Around) -> Response:
    """The live figures, sent again whenever they change."""

    async def read() -> overview.LiveView:
        async with around.database.scope(visitor.tenant.id, visitor.actor, write=False) as scope:
            return await _live(request, scope)

    async def fragments() -> AsyncIterator[str]:
        async for figures in changes(read, still_signed_in(request)):
            yield draw(request, overview.LIVE_TEMPLATE, figures)

    return live_stream(fragments())


async def _live(request: Request, scope: Scope) -> overview.LiveView:
    """The figures of the tenant, shared by all who look at them."""

    async def read() -> overview.LiveView:
        return await read_live(scope)

    board: FigureBoard = request.app.state.figures
    return await board.read(("overview", scope.tenant_id), read)


async def read_live(scope: Scope) -> overview.LiveView:
    """Read what moves."""
    zone, currency = ZoneInfo(scope.tenant.time_zone), scope.tenant.home_currency
    day = scope.now.astimezone(zone).date()
    today = Period(start_of_day(day, zone), start_of_day(day + ONE_DAY, zone))
    sold = _in(await orders.sold(scope, today), currency)
    month = _in(await orders.sold(scope, calendar_month(day, zone)), currency)
    held = {one.currency: one for one in await claims.held(scope)}.get(currency)
    differences = await ledger.differences(scope)
    zero = Money.zero(currency)
    return overview.LiveView(
        sold=Money(sold.gross, currency),
        orders=sold.orders,
        month_sold=Money(month.gross, currency),
        month_orders=month.orders,
        pending=Money(held.pending.share, currency) if held else zero,
        released=Money(held.released.share, currency) if held else zero,
        payable=Money(held.on_its_way, currency) if held else zero,
        difference=Money(add_all(abs(one) for one in differences.values()), currency),
        tasks=await _tasks(scope),
        at=local(scope, scope.now),
    )


def _in(found: list[Sold], currency: str) -> Sold:
    nothing = Sold(currency, 0, Money.zero(currency).amount)
    return next((one for one in found if one.currency == currency), nothing)


async def _tasks(scope: Scope) -> tuple[overview.Task, ...]:
    """What waits for a person, each with the page to do it on."""
    counted = await waiting(scope)
    found = (
        overview.Task(
            "statements_to_approve", counted.statements_to_approve, "/statements?state=issued"
        ),
        overview.Task("runs_to_approve", counted.runs_to_approve, "/payouts"),
        overview.Task("runs_to_send", counted.runs_to_send, "/payouts"),
        overview.Task("payouts_rejected", counted.payouts_rejected, "/statements?state=in_payout"),
        overview.Task("partners_without_account", counted.partners_without_account, "/partners"),
        await _kept(scope),
        overview.Task("deliveries", await delivery.count_for_people(scope), "/deliveries"),
    )
    return tuple(one for one in found if one.count)


async def _kept(scope: Scope) -> overview.Task:
    """Money that came too late and went back to nobody, with the order of the oldest."""
    kept = [one for one in await payments.stranded(scope) if one.purpose is PaymentPurpose.ORDER]
    return overview.Task("money_kept", len(kept), order_path(kept[0].source_id) if kept else "/")


async def shares_per_day(scope: Scope) -> Bars:
    """What partners earned on each of the last days, those with the largest sums by name."""
    currency = scope.tenant.home_currency
    days = [one for one in await claims.daily(scope) if one.currency == currency]
    names = await parties.labels(scope, {one.beneficiary_id for one in days})
    return bars_of(days, names, currency)


def bars_of(days: Sequence[DailyClaim], names: Mapping[UUID, str], currency: str) -> Bars:
    """Amounts per day stacked by partner, from the first day with any to the last."""
    if not days:
        return Bars((), ())
    first, last = days[0].day, days[-1].day
    span = tuple(first + number * ONE_DAY for number in range((last - first).days + 1))
    amounts = {(one.beneficiary_id, one.day): one.share for one in days}
    nothing = Money.zero(currency).amount
    series = tuple(
        BarSeries(
            name, tuple(Money(amounts.get((party_id, day), nothing), currency) for day in span)
        )
        for party_id, name in names.items()
    )
    return Bars(span, series)
