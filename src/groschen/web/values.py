"""What services say, in the shapes that views hold: money, local times, pages of a list."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from starlette.requests import Request

from groschen.core.money import Money
from groschen.kit.db import Scope
from groschen.kit.http import Slice
from groschen.kit.http.pages import cut
from groschen.web.page import local_path
from groschen.web.ui.parts import Pager

Row = TypeVar("Row")


def local(scope: Scope, at: datetime) -> datetime:
    """``at`` in the tenant's zone, in which people read it."""
    return at.astimezone(ZoneInfo(scope.tenant.time_zone))


def local_or_none(scope: Scope, at: datetime | None) -> datetime | None:
    """``at`` in the tenant's zone, if it has happened."""
    return None if at is None else local(scope, at)


def home_money(scope: Scope, amounts: dict[str, Decimal]) -> Money:
    """The amount in the tenant's home currency; zero where there is none."""
    currency = scope.tenant.home_currency
    return Money(amounts.get(currency, Decimal(0)), currency)


def page_of_rows(
    request: Request, asked: Slice, rows: Sequence[Row], identity: Callable[[Row], UUID]
) -> tuple[Sequence[Row], Pager]:
    """The rows of one page and the addresses of the pages before and after it."""
    found = cut(asked, rows, identity)
    return found.rows, Pager(
        previous=_address(request, "before", found.previous),
        next=_address(request, "after", found.next),
    )


def pager_forward(request: Request, following: str | None) -> Pager:
    """The pager of a list that goes one way."""
    first = None
    if "after" in request.query_params:
        first = local_path(request.url.remove_query_params(["after"]))
    return Pager(previous=first, next=_address(request, "after", following))


def _address(request: Request, name: str, cursor: str | None) -> str | None:
    if cursor is None:
        return None
    url = request.url.remove_query_params(["after", "before"])
    return local_path(url.include_query_params(**{name: cursor}))
