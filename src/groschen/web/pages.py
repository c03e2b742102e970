"""All pages: the routers that the composition root serves."""

from __future__ import annotations

from typing import Final

from groschen.web.console.routes import (
    bill_runs,
    customers,
    deliveries,
    entry,
    invoices,
    orders,
    overview,
    partners,
    payouts,
    refunds,
    sandbox,
    statements,
    subscription_forms,
    subscriptions,
    usage,
    wallets,
)
from groschen.web.customer.routes import home as customer_home
from groschen.web.customer.routes import top_up as customer_top_up
from groschen.web.customer.routes import use as customer_use
from groschen.web.partner import routes as portal

PARTS: Final = (
    overview,
    customers,
    orders,
    refunds,
    subscriptions,
    subscription_forms,
    deliveries,
    partners,
    statements,
    payouts,
    sandbox,
    portal,
    wallets,
    usage,
    invoices,
    bill_runs,
    customer_home,
    customer_use,
    customer_top_up,
)
ROUTERS: Final = (entry.router, overview.front.routes, *(part.pages.routes for part in PARTS))
