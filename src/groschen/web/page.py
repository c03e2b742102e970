"""One call draws a page: ``page(request, "console/orders.html", view)``."""

from __future__ import annotations

from dataclasses import dataclass

from jinja2 import Environment
from starlette.datastructures import URL
from starlette.requests import Request
from starlette.responses import HTMLResponse

from groschen.web.assets import Assets
from groschen.web.navigation import NavItem, home_of, navigation
from groschen.web.preferences import Preferences, preferences_of
from groschen.web.security import PAGE_HEADERS
from groschen.web.session import known_visitor
from groschen.web.ui.environment import environment
from groschen.web.ui.texts import LANGUAGES, Language
from groschen.web.visitor import Visitor

EXACT_PARAMETER = "exact"


@dataclass(frozen=True, slots=True)
class Chrome:
    """What surrounds a page. ``path`` is the page's own address with its query.

    ``exact`` is set when the reader asked for all twelve decimals; ``other_exact`` is the
    address that turns that round.
    """

    preferences: Preferences
    visitor: Visitor | None
    items: tuple[NavItem, ...]
    home: str
    path: str
    address: str
    exact: bool
    other_exact: str

    @property
    def layout(self) -> str:
        """The frame of a page that everybody may see."""
        is_customer = self.visitor is not None and self.visitor.is_customer
        return "customer/layout.html" if is_customer else "ui/layout.html"

    @property
    def site(self) -> str:
        """What the site calls itself to the visitor: who sells to them, or else ourselves."""
        return self.visitor.tenant.name if self.visitor is not None else "Groschen"


class Pages:
    """The template environments and the static files; kept in the application's state."""

    def __init__(self, assets: Assets) -> None:
        self.assets = assets
        self._environments: dict[Language, Environment] = {
            language: environment(language, assets) for language in LANGUAGES
        }

    def render(self, template: str, chrome: Chrome, view: object) -> str:
        made = self._environments[chrome.preferences.language]
        return made.get_template(template).render(chrome=chrome, view=view)


def page(request: Request, template: str, view: object, *, status: int = 200) -> HTMLResponse:
    """Draw ``template`` with ``view`` for the visitor of ``request``.

    ``view`` is the dataclass beside the template; it holds everything the page shows.
    """
    return HTMLResponse(draw(request, template, view), int(status), PAGE_HEADERS)


def draw(request: Request, template: str, view: object) -> str:
    """The text of ``template``, which may be a fragment of a page for a live stream."""
    pages: Pages = request.app.state.pages
    return pages.render(template, chrome_of(request), view)


def chrome_of(request: Request) -> Chrome:
    """The surroundings for ``request``; the visitor was put there by the session dependency."""
    visitor = known_visitor(request)
    exact = EXACT_PARAMETER in request.query_params
    url = request.url
    other = (
        url.remove_query_params(EXACT_PARAMETER)
        if exact
        else url.include_query_params(**{EXACT_PARAMETER: "1"})
    )
    return Chrome(
        preferences=preferences_of(request),
        visitor=visitor,
        items=navigation(visitor),
        home=home_of(visitor) if visitor else "/",
        path=url.path,
        address=local_path(url),
        exact=exact,
        other_exact=local_path(other),
    )


def local_path(url: URL) -> str:
    """Path and query of ``url``, without the host."""
    return f"{url.path}?{url.query}" if url.query else url.path
