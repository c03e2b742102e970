"""All pages: the routers that the composition root serves."""

from __future__ import annotations

from typing import Final

from groschen.web.console.routes import entry, orders, overview

ROUTERS: Final = (entry.router, overview.pages.routes, orders.pages.routes)
