"""Error pages: what went wrong and what to do, in the reader's language."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlencode

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from groschen.core.errors import GroschenError, Kind
from groschen.kit.http.problems import STATUS
from groschen.web.navigation import home_of
from groschen.web.page import local_path, page
from groschen.web.session import known_visitor, session_visitor
from groschen.web.ui.texts import mark as _

SIGN_IN = "/sign-in"


@dataclass(frozen=True, slots=True)
class ErrorWords:
    """Heading and advice of an error page, to be translated where they are shown."""

    heading: str
    advice: str


INVALID = ErrorWords(
    _("This request does not make sense"),
    _("Please check what you entered and try again."),
)
CHANGED = ErrorWords(
    _("Something changed in the meantime"),
    _("Somebody else was faster, or the thing has moved on. Load the page again and look."),
)
BROKEN = ErrorWords(
    _("Something went wrong on our side"),
    _("Nothing was half done: either it is saved whole or not at all. Please try again."),
)
WORDS: dict[int, ErrorWords] = {
    400: INVALID,
    401: ErrorWords(_("Please sign in"), _("Your session has ended. Sign in again to go on.")),
    403: ErrorWords(
        _("You may not do this"),
        _("Your role does not include this. Ask your administrator if you need it."),
    ),
    404: ErrorWords(
        _("There is nothing here"),
        _("The address is wrong, or what you look for is not yours to see."),
    ),
    405: INVALID,
    409: CHANGED,
    412: CHANGED,
    422: ErrorWords(
        _("This is not possible"),
        _("A rule stands against it. The reason is given below."),
    ),
    428: CHANGED,
    500: BROKEN,
    503: ErrorWords(
        _("We are not ready right now"),
        _("Please try again in a moment."),
    ),
}


@dataclass(frozen=True, slots=True)
class ErrorView:
    """``detail`` and ``hint`` are the service's own words, in English; ``home`` leads back."""

    status: int
    words: ErrorWords
    code: str | None
    detail: str | None
    hint: str | None
    request_id: str | None
    home: str


async def groschen_error_page(request: Request, error: Exception) -> Response:
    """The page for an expected failure. Who is not signed in goes to the sign-in page."""
    if not isinstance(error, GroschenError):
        raise error
    if error.kind is Kind.UNAUTHENTICATED and request.method == "GET":
        back = urlencode({"next": local_path(request.url)})
        return RedirectResponse(f"{SIGN_IN}?{back}", HTTPStatus.SEE_OTHER)
    await session_visitor(request)
    view = _view(request, STATUS[error.kind], error.code, error.detail, error.hint)
    return page(request, "ui/error.html", view, status=view.status)


async def http_error_page(request: Request, error: Exception) -> Response:
    """The page for what the framework refuses: no such address, no such method."""
    if not isinstance(error, HTTPException):
        raise error
    await session_visitor(request)
    view = _view(request, error.status_code, None, None, None)
    return page(request, "ui/error.html", view, status=view.status)


async def invalid_page(request: Request, _error: Exception) -> Response:
    """The page for an address or a form that the framework could not read."""
    await session_visitor(request)
    return page(request, "ui/error.html", _view(request, 400, None, None, None), status=400)


async def busy_page(request: Request, _error: Exception) -> Response:
    """The page for a database that is slow or away; it asks the database for nothing."""
    return page(request, "ui/error.html", _view(request, 503, None, None, None), status=503)


async def broken_page(request: Request, _error: Exception) -> Response:
    """The page for a bug; the framework has logged it and raises it on."""
    return page(request, "ui/error.html", _view(request, 500, None, None, None), status=500)


def _view(
    request: Request, status: int, code: str | None, detail: str | None, hint: str | None
) -> ErrorView:
    visitor = known_visitor(request)
    return ErrorView(
        status=status,
        words=WORDS.get(status, BROKEN if status >= HTTPStatus.INTERNAL_SERVER_ERROR else INVALID),
        code=code,
        detail=detail,
        hint=hint,
        request_id=getattr(request.state, "request_id", None),
        home=home_of(visitor) if visitor else SIGN_IN,
    )
