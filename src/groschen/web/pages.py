"""All pages: the routers that the composition root serves."""

from __future__ import annotations

from typing import Final

from groschen.web.console.routes import (
    deliveries,
    entry,
    orders,
    overview,
    partners,
    payouts,
    refunds,
    sandbox,
    statements,
)
from groschen.web.partner import routes as portal

PARTS: Final = (
    overview,
    orders,
    refunds,
    deliveries,
    partners,
    statements,
    payouts,
    sandbox,
    portal,
)
ROUTERS: Final = (entry.router, overview.front.routes, *(part.pages.routes for part in PARTS))
