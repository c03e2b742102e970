"""The side bar: which pages a visitor may go to."""

from __future__ import annotations

from dataclasses import dataclass

from groschen.web.ui.texts import mark as _
from groschen.web.visitor import Visitor


@dataclass(frozen=True, slots=True)
class NavItem:
    """One entry; ``text`` is translated where it is shown."""

    text: str
    icon: str
    path: str
    permission: str | None = None

    def is_current(self, path: str) -> bool:
        """The entry of ``path`` itself or of a page below it."""
        if self.path in ("/", PARTNER_HOME, CUSTOMER_HOME):
            return path == self.path
        return path == self.path or path.startswith(f"{self.path}/")


PARTNER_HOME = "/partner"
CUSTOMER_HOME = "/customer"

CONSOLE = (
    NavItem(_("Overview"), "layout-dashboard", "/"),
    NavItem(_("Customers"), "address-book", "/customers", "parties:read"),
    NavItem(_("Orders"), "receipt", "/orders", "orders:read"),
    NavItem(_("Subscriptions"), "repeat", "/subscriptions", "subscriptions:read"),
    NavItem(_("Wallets"), "wallet", "/wallets", "wallets:read"),
    NavItem(_("Usage"), "activity", "/usage", "usage:read"),
    NavItem(_("Invoices"), "file-invoice", "/invoices", "invoices:read"),
    NavItem(_("Bill runs"), "player-track-next", "/bill_runs", "invoices:read"),
    NavItem(_("Partners"), "users", "/partners", "shares:read"),
    NavItem(_("Statements"), "file-text", "/statements", "settlements:read"),
    NavItem(_("Payouts"), "building-bank", "/payouts", "settlements:read"),
    NavItem(_("Deliveries"), "truck-delivery", "/deliveries", "delivery:read"),
)
SANDBOX = NavItem(_("Sandbox"), "flask", "/sandbox", "payments:read")
PARTNER = (
    NavItem(_("Your claims"), "coins", PARTNER_HOME),
    NavItem(_("Your statements"), "file-text", f"{PARTNER_HOME}/statements"),
)
CUSTOMER = (
    NavItem(_("Start"), "home", CUSTOMER_HOME),
    NavItem(_("Usage"), "chart-bar", f"{CUSTOMER_HOME}/usage", "usage:read"),
    NavItem(_("Invoices"), "file-invoice", f"{CUSTOMER_HOME}/invoices", "invoices:read"),
    NavItem(_("Contracts"), "repeat", f"{CUSTOMER_HOME}/contracts", "subscriptions:read"),
)


def navigation(visitor: Visitor | None) -> tuple[NavItem, ...]:
    """The entries for ``visitor``; none before sign-in."""
    if visitor is None:
        return ()
    items = _items(visitor)
    may = visitor.actor.may
    return tuple(item for item in items if item.permission is None or may(item.permission))


def home_of(visitor: Visitor) -> str:
    if visitor.is_customer:
        return CUSTOMER_HOME
    return PARTNER_HOME if visitor.is_partner else "/"


def _items(visitor: Visitor) -> tuple[NavItem, ...]:
    if visitor.is_customer:
        return CUSTOMER
    if visitor.is_partner:
        return PARTNER
    return (*CONSOLE, SANDBOX) if visitor.tenant.is_test else CONSOLE
