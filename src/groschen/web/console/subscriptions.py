"""The list of subscriptions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from groschen.web.ui.parts import Link, Pager

TEMPLATE = "console/subscriptions.html"


@dataclass(frozen=True, slots=True)
class SubscriptionRow:
    """A running contract; ``plans`` name what holds now, ``ends_on`` is its last day or None.

    ``starts_on`` is set apart when it is still to come.
    """

    number: str
    href: str
    customer: Link
    plans: tuple[str, ...]
    funding: str
    state: str
    starts_on: date
    ends_on: date | None
    is_planned: bool


@dataclass(frozen=True, slots=True)
class SubscriptionsView:
    """One page of subscriptions, newest first. ``text`` is what was searched for."""

    rows: tuple[SubscriptionRow, ...]
    pager: Pager
    text: str = ""
