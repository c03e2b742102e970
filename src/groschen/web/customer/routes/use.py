"""What one used: by quarter of an hour, by day, by month."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import Query, Request, Response

from groschen.core.money import ZERO, Money, add_all
from groschen.core.period import start_of_day
from groschen.features.subscriptions import service as subscriptions
from groschen.features.subscriptions.model import Subscription
from groschen.features.usage import service as usage
from groschen.features.usage.service import Grain
from groschen.features.usage.service.series import UsageSeries
from groschen.kit.db import Scope
from groschen.kit.http import Reader, Slice
from groschen.web.customer import use
from groschen.web.navigation import CUSTOMER_HOME
from groschen.web.page import page
from groschen.web.routing import Audience, PageRouter
from groschen.web.ui.parts import Choice, UseOverTime, UseSeries
from groschen.web.values import local

pages: Final = PageRouter(Audience.CUSTOMER)
PATH: Final = f"{CUSTOMER_HOME}/usage"
MOST: Final = 50
A_QUARTER: Final = timedelta(minutes=15)
ONE_DAY: Final = timedelta(days=1)
Text = Annotated[str, Query(max_length=200)]


@pages.page(PATH, permission="usage:read")
async def show_use(
    request: Request, scope: Reader, contract: Text = "", grain: Text = "", day: Text = ""
) -> Response:
    """A picture of one contract's use, with the figures below."""
    found = (await subscriptions.page(scope, Slice(limit=MOST)))[:MOST]
    chosen = next((one for one in found if one.external_id == contract), None)
    shown = chosen or await _first_metered(scope, found)
    step = Grain(grain) if grain in set(Grain) else Grain.DAY
    today = local(scope, scope.now).date()
    at = _day(day, today)
    first, last = _span(step, at)
    series = None
    if shown is not None:
        series = await usage.series(scope, shown.id, step, first, last)
    number = shown.external_id if shown else ""
    view = use.UseView(
        contracts=tuple(
            Choice(one.external_id, one.external_id, one.external_id == number) for one in found
        ),
        contract=number,
        grain=step,
        day=at,
        first=first,
        last=last,
        use=_over_time(series, step),
        costs=_costs(series),
        previous=_address(number, step, first - ONE_DAY),
        next=_address(number, step, last + ONE_DAY) if last < today else None,
    )
    return page(request, use.TEMPLATE, view)


async def _first_metered(scope: Scope, found: Sequence[Subscription]) -> Subscription | None:
    """The newest contract that charges by use, else the newest."""
    contracts = await subscriptions.contracts_of(scope, [one.id for one in found])
    for one in found:
        terms = [segment.offer.terms for own in contracts[one.id] for segment in own.segments]
        if any(component.meter for each in terms for component in each.components):
            return one
    return found[0] if found else None


def _day(text: str, today: date) -> date:
    try:
        return min(date.fromisoformat(text), today) if text else today
    except ValueError:
        return today


def _span(grain: Grain, day: date) -> tuple[date, date]:
    """The day, the month or the year that holds ``day``."""
    if grain is Grain.QUARTER_HOUR:
        return day, day
    if grain is Grain.MONTH:
        return date(day.year, 1, 1), date(day.year, 12, 31)
    return day.replace(day=1), day.replace(day=monthrange(day.year, day.month)[1])


def _address(number: str, grain: Grain, day: date) -> str:
    return f"{PATH}?{urlencode({'contract': number, 'grain': grain, 'day': day.isoformat()})}"


def _over_time(series: UsageSeries | None, grain: Grain) -> UseOverTime:
    """The steps with use, stacked by component; none without any."""
    if series is None or not series.points:
        return UseOverTime(grain, (), ())
    starts = _steps(series)
    known = {(point.from_at, point.component): point.quantity for point in series.points}
    used = {point.component for point in series.points}
    return UseOverTime(
        grain,
        tuple(starts),
        tuple(
            UseSeries(
                component.label or component.id,
                tuple(known.get((start, component.id), ZERO) for start in starts),
            )
            for component in series.components
            if component.id in used
        ),
    )


def _steps(series: UsageSeries) -> list[datetime]:
    """When the steps start, from the first with use to the last, without gaps but by month."""
    starts = sorted({point.from_at for point in series.points})
    first, last = starts[0], starts[-1]
    if series.grain is Grain.QUARTER_HOUR:
        count = (last - first) // A_QUARTER
        zone = first.tzinfo
        return [(first.astimezone(UTC) + n * A_QUARTER).astimezone(zone) for n in range(count + 1)]
    if series.grain is Grain.DAY:
        zone = ZoneInfo(series.subscription.time_zone)
        days = (last.astimezone(zone).date() - first.astimezone(zone).date()).days
        start = first.astimezone(zone).date()
        return [start_of_day(start + n * ONE_DAY, zone).astimezone(zone) for n in range(days + 1)]
    return starts


def _costs(series: UsageSeries | None) -> tuple[Money, ...]:
    """What each step costs with VAT; none by quarter of an hour."""
    if series is None or series.grain is Grain.QUARTER_HOUR:
        return ()
    sums: dict[datetime, list[Decimal]] = {}
    for point in series.points:
        sums.setdefault(point.from_at, []).append(point.gross or ZERO)
    currency = series.subscription.currency
    if not sums:
        return ()
    return tuple(Money(add_all(sums.get(start, [])), currency) for start in _steps(series))
