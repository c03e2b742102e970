"""One customer's account: what runs, what is open, and everything that happened."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from groschen.core.money import Money
from groschen.web.console.invoices import InvoiceRow
from groschen.web.console.subscriptions import SubscriptionRow
from groschen.web.console.wallets import WalletRow
from groschen.web.ui.parts import Link, Step

TEMPLATE = "console/customer.html"


@dataclass(frozen=True, slots=True)
class OpenRow:
    """What is not paid yet of an order or an invoice; ``left`` of ``amount``, gross."""

    source: Link
    opened_on: date
    due_on: date
    amount: Money
    left: Money
    is_overdue: bool


@dataclass(frozen=True, slots=True)
class PaymentRow:
    """A payment of the account, asked for ``at`` an instant; ``note`` says why it failed."""

    source: Link
    at: datetime
    provider: str
    state: str
    amount: Money
    note: str | None


@dataclass(frozen=True, slots=True)
class CustomerView:
    """Everything the page shows. ``steps`` run from new to old, the newest of each kind of thing.

    ``open`` is the sum of what is not paid, ``overdue`` what of it should have been.
    """

    name: str
    number: str
    public_id: str
    party_id: str
    party_number: str
    kind: str
    currency: str
    time_zone: str
    parent: Link | None
    open: Money
    due_on: date | None
    is_overdue: bool
    running: int
    subscriptions: tuple[SubscriptionRow, ...]
    wallets: tuple[WalletRow, ...]
    invoices: tuple[InvoiceRow, ...]
    items: tuple[OpenRow, ...]
    payments: tuple[PaymentRow, ...]
    steps: tuple[Step, ...]
