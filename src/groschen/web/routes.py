"""The web application: session, same-site guard, preferences and error pages around all pages."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated
from urllib.parse import urlsplit

import psycopg
from fastapi import APIRouter, Depends, FastAPI, Form, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from groschen.core.errors import GroschenError
from groschen.web.assets import MOUNT, Assets
from groschen.web.errors import (
    broken_page,
    busy_page,
    groschen_error_page,
    http_error_page,
    invalid_page,
)
from groschen.web.page import Pages
from groschen.web.preferences import (
    LANGUAGE_COOKIE,
    THEME_COOKIE,
    language_named,
    remember,
    theme_named,
)
from groschen.web.security import same_site_only
from groschen.web.session import session_visitor
from groschen.web.visitor import Sessions

router = APIRouter()


@router.post("/preferences")
async def choose_preferences(
    request: Request,
    back: Annotated[str, Form()] = "/",
    language: Annotated[str | None, Form()] = None,
    theme: Annotated[str | None, Form()] = None,
) -> Response:
    """Keep the chosen language or theme and go back to the page; unknown values change nothing."""
    answer = RedirectResponse(local_address(back), HTTPStatus.SEE_OTHER)
    secure = request.url.scheme == "https"
    if chosen_language := language_named(language):
        remember(answer, LANGUAGE_COOKIE, chosen_language, secure=secure)
    if chosen_theme := theme_named(theme):
        remember(answer, THEME_COOKIE, chosen_theme, secure=secure)
    return answer


def local_address(address: str) -> str:
    """``address`` if it stays on this site, else the start page."""
    parts = urlsplit(address)
    stays = address.startswith("/") and not address.startswith(("//", "/\\"))
    return address if stays and not parts.scheme and not parts.netloc else "/"


def web_application(sessions: Sessions, *routers: APIRouter) -> FastAPI:
    """The pages as an application of its own, to be mounted after the API.

    Its errors are pages, while the API's stay problem documents. Every route is guarded
    against calls from other sites and knows its visitor.
    """
    web = FastAPI(
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        dependencies=[Depends(same_site_only), Depends(session_visitor)],
    )
    assets = Assets()
    web.state.pages = Pages(assets)
    web.state.sessions = sessions
    web.mount(MOUNT, assets)
    for part in (router, *routers):
        web.include_router(part)
    web.add_exception_handler(GroschenError, groschen_error_page)
    web.add_exception_handler(HTTPException, http_error_page)
    web.add_exception_handler(RequestValidationError, invalid_page)
    web.add_exception_handler(psycopg.OperationalError, busy_page)
    web.add_exception_handler(Exception, broken_page)
    return web
