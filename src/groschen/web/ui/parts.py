"""What pages are made of: small typed pieces that a page's view holds and a macro draws.

Amounts come computed, with all their decimals; a page only rounds them for the eye. Times
come in the zone they are to be read in.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from groschen.core.money import Money
from groschen.web.ui.refusals import Refusal


@dataclass(frozen=True, slots=True)
class Link:
    """A thing by its name, and its page if the reader may open it."""

    text: str
    href: str | None = None


@dataclass(frozen=True, slots=True)
class Pager:
    """The pages before and after this one, as addresses with a cursor; None at the ends."""

    previous: str | None = None
    next: str | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a timeline. ``kind`` is a key of ``states.STEPS``.

    ``at`` is the instant, ``on`` the day of what is known by its day only; with neither the
    step is still to come.
    """

    kind: str
    at: datetime | None = None
    by: str | None = None
    link: Link | None = None
    amount: Money | None = None
    failed: bool = False
    on: date | None = None

    @property
    def is_done(self) -> bool:
        return self.at is not None or self.on is not None


@dataclass(frozen=True, slots=True)
class FlowNode:
    """A place money passes and what passes it. ``column`` counts from the left, 0 is the source.

    ``colour`` is 1 to 6 for a party of its own, the same wherever the party appears, and 0
    for the way in between. ``text``, if given, is translated where it is shown, with ``name``
    put in.
    """

    key: str
    name: str
    column: int
    amount: Money
    colour: int = 0
    text: str | None = None


@dataclass(frozen=True, slots=True)
class FlowLink:
    """``amount`` that goes from one node to another; positive."""

    source: str
    target: str
    amount: Money


@dataclass(frozen=True, slots=True)
class Flow:
    """Where an amount went, for the flow picture. What enters a node leaves it."""

    nodes: tuple[FlowNode, ...]
    links: tuple[FlowLink, ...]


@dataclass(frozen=True, slots=True)
class BarSeries:
    """One party's amount per day, in the order of the days of its ``Bars``.

    With ``is_text`` the name is a text of ours, translated where it is shown.
    """

    name: str
    amounts: tuple[Money, ...]
    is_text: bool = False


@dataclass(frozen=True, slots=True)
class Bars:
    """Amounts per day, stacked by party, all in one currency."""

    days: tuple[date, ...]
    series: tuple[BarSeries, ...]


@dataclass(frozen=True, slots=True)
class RuleWords:
    """A share rule to be told in plain words; what does not apply to ``kind`` is None.

    ``kind``: percent (``rate``), fixed (``amount``), per_unit (``amount`` for each unit),
    apportion (``weight`` of ``weight_total``; without them by the legs of the line or by a
    fixed key, of ``rate`` of the whole), residual (the rest).
    """

    kind: str
    rate: Decimal | None = None
    amount: Money | None = None
    weight: Decimal | None = None
    weight_total: Decimal | None = None
    by_legs: bool = False


@dataclass(frozen=True, slots=True)
class UseSeries:
    """How much was used of one thing, in the order of the steps of its ``UseOverTime``."""

    name: str
    quantities: tuple[Decimal, ...]


@dataclass(frozen=True, slots=True)
class UseOverTime:
    """Use by steps of a ``grain``: quarter_hour, day or month; the steps start at ``starts``."""

    grain: str
    starts: tuple[datetime, ...]
    series: tuple[UseSeries, ...]


@dataclass(frozen=True, slots=True)
class PriceTier:
    """Units above ``above`` and up to ``up_to`` (None: without end), and the fee of the tier."""

    above: Decimal
    up_to: Decimal | None
    unit_price: Money
    flat_fee: Money


@dataclass(frozen=True, slots=True)
class PriceWords:
    """A price to be told in plain words; what does not apply to ``kind`` is None.

    ``kind``: flat (``amount``), per_unit (``amount`` for each unit), package (``amount`` for
    each started ``size`` after ``free``), first_free (``free`` events, then ``amount``),
    graduated and volume (``tiers``).
    """

    kind: str
    amount: Money | None = None
    size: Decimal | None = None
    free: Decimal | None = None
    tiers: tuple[PriceTier, ...] = ()


@dataclass(frozen=True, slots=True)
class Field:
    """A form field as it was sent: its value, and the refusal to show beside it."""

    value: str = ""
    error: Refusal | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """One option of a select; ``text`` is shown as it is."""

    value: str
    text: str
    selected: bool = False
