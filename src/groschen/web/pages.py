"""All pages: the routers that the composition root serves."""

from __future__ import annotations

from typing import Final

from groschen.web.console.routes import entry

ROUTERS: Final = (entry.router,)
