"""The web application: session, same-site guard, preferences and error pages around all pages."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

import psycopg
from fastapi import APIRouter, Depends, FastAPI, Form, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from groschen.core.errors import GroschenError
from groschen.kit.auth import Authenticator
from groschen.kit.runtime import Runtime
from groschen.web.addresses import local_address
from groschen.web.assets import MOUNT, Assets
from groschen.web.errors import (
    broken_page,
    busy_page,
    groschen_error_page,
    http_error_page,
    invalid_page,
)
from groschen.web.figures import FigureBoard
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
    answer = RedirectResponse(local_address(back), int(HTTPStatus.SEE_OTHER))
    secure = request.url.scheme == "https"
    if chosen_language := language_named(language):
        remember(answer, LANGUAGE_COOKIE, chosen_language, secure=secure)
    if chosen_theme := theme_named(theme):
        remember(answer, THEME_COOKIE, chosen_theme, secure=secure)
    return answer


def web_application(*routers: APIRouter) -> FastAPI:
    """The pages as an application of its own, for what the API does not answer.

    Its errors are pages, while the API's stay problem documents. Every route is guarded
    against calls from other sites and knows its visitor. ``connect`` gives it its sessions.
    """
    web = FastAPI(
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        dependencies=[Depends(same_site_only), Depends(session_visitor)],
    )
    assets = Assets()
    web.state.pages = Pages(assets)
    web.state.figures = FigureBoard()
    web.mount(MOUNT, assets)
    for part in (router, *routers):
        web.include_router(part)
    web.add_exception_handler(GroschenError, groschen_error_page)
    web.add_exception_handler(HTTPException, http_error_page)
    web.add_exception_handler(RequestValidationError, invalid_page)
    web.add_exception_handler(psycopg.OperationalError, busy_page)
    web.add_exception_handler(Exception, broken_page)
    return web


def connect(
    web: FastAPI,
    sessions: Sessions,
    *,
    runtime: Runtime | None = None,
    authenticator: Authenticator | None = None,
) -> None:
    """Give the pages their sessions and what surrounds them, once the database is open."""
    web.state.sessions = sessions
    web.state.runtime = runtime
    web.state.authenticator = authenticator
