"""Prepaid credit: the list of wallets, and one with buckets, use, top-ups and movements."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from groschen.core.money import Money
from groschen.web.ui.parts import Bars, Link, Pager
from groschen.web.ui.texts import mark as _

LIST_TEMPLATE = "console/wallets.html"
TEMPLATE = "console/wallet.html"
USE = _("Credit used")
EMERGENCY = _("Emergency credit used")

BUCKETS = {
    "paid": _("paid"),
    "promo": _("given"),
    "restored": _("given back"),
}
MOVEMENTS = {
    "credited": _("Credited"),
    "repaid": _("Emergency credit repaid"),
    "expired": _("Expired"),
    "restored": _("Given back"),
    "returned": _("Returned by the bank"),
    "closed": _("Closed"),
}
TOP_UPS = {
    "payment": _("paid"),
    "grant": _("given"),
}
VAT_MODES = {
    "single_purpose": _("due when it is paid in"),
    "multi_purpose": _("due when it is used"),
}


@dataclass(frozen=True, slots=True)
class WalletRow:
    """A wallet; ``emergency`` is what is used of emergency credit, ``limit`` how much there is."""

    number: str
    href: str
    customer: Link
    state: str
    credit: Money
    emergency: Money
    limit: Money
    is_exhausted: bool


@dataclass(frozen=True, slots=True)
class WalletsView:
    """One page of wallets, newest first. ``text`` is what was searched for."""

    rows: tuple[WalletRow, ...]
    pager: Pager
    text: str = ""


@dataclass(frozen=True, slots=True)
class BucketRow:
    """Credit of one origin; ``kind`` is a key of ``BUCKETS``, empty ``scope`` pays everything."""

    kind: str
    state: str
    scope: tuple[str, ...]
    valid_from: datetime
    expires_at: datetime | None
    amount: Money
    left: Money

    @property
    def kind_text(self) -> str:
        return BUCKETS.get(self.kind, self.kind)


@dataclass(frozen=True, slots=True)
class TopUpRow:
    """Credit that was asked for or given; ``repaid`` of it paid emergency credit back."""

    at: datetime
    kind: str
    state: str
    amount: Money
    repaid: Money
    note: str | None

    @property
    def kind_text(self) -> str:
        return TOP_UPS.get(self.kind, self.kind)


@dataclass(frozen=True, slots=True)
class MovementRow:
    """What moved a wallet other than use; positive brings credit."""

    kind: str
    on: date
    amount: Money

    @property
    def kind_text(self) -> str:
        return MOVEMENTS.get(self.kind, self.kind)


@dataclass(frozen=True, slots=True)
class WalletView:
    """Everything the page shows. ``days_left`` is by the mean of the ``days`` before today."""

    row: WalletRow
    public_id: str
    account: Link
    per_day: Money
    days: int
    days_left: int | None
    vat_mode: str
    vat_rate: Decimal
    country: str
    time_zone: str
    protected_region: str | None
    restored_days: int
    thresholds: tuple[Money, ...]
    used: Bars
    buckets: tuple[BucketRow, ...]
    top_ups: tuple[TopUpRow, ...]
    movements: tuple[MovementRow, ...]
    pager: Pager

    @property
    def vat_text(self) -> str:
        return VAT_MODES.get(self.vat_mode, self.vat_mode)
