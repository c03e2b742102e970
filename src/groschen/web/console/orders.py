"""The list of orders."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from groschen.core.money import Money
from groschen.web.ui.parts import Pager
from groschen.web.ui.states import ORDER

TEMPLATE = "console/orders.html"
ORDER_TEMPLATE = "console/order.html"


@dataclass(frozen=True, slots=True)
class OrderRow:
    """One order of a list; ``total`` is gross, ``products`` name what was bought."""

    number: str
    href: str
    created_at: datetime
    customer: str
    products: tuple[str, ...]
    state: str
    total: Money


@dataclass(frozen=True, slots=True)
class OrderFilter:
    """What the list is narrowed to; empty texts narrow nothing. ``states`` may be chosen."""

    text: str = ""
    state: str = ""
    states: tuple[str, ...] = tuple(ORDER)

    @property
    def narrows(self) -> bool:
        return bool(self.text or self.state)


@dataclass(frozen=True, slots=True)
class OrdersView:
    """One page of orders, newest first."""

    rows: tuple[OrderRow, ...]
    filter: OrderFilter
    pager: Pager
