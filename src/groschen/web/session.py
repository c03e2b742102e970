"""Who is signed in: the session cookie, read once for each request."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from groschen.core.errors import GroschenError, Kind
from groschen.web.visitor import SESSION_COOKIE, Sessions, Visitor


class NotSignedIn(GroschenError):
    """The page needs somebody signed in; sign in and come back."""

    code = "not_signed_in"
    kind = Kind.UNAUTHENTICATED


def known_visitor(request: Request) -> Visitor | None:
    """The visitor already read for ``request``, without reading anything."""
    visitor: Visitor | None = getattr(request.state, "visitor", None)
    return visitor


async def session_visitor(request: Request) -> Visitor | None:
    """Who the session cookie names; kept in ``request.state`` for what surrounds the page."""
    if not hasattr(request.state, "visitor"):
        token = request.cookies.get(SESSION_COOKIE)
        sessions: Sessions = request.app.state.sessions
        request.state.visitor = await sessions.visitor(token) if token else None
    return known_visitor(request)


async def signed_in(visitor: Annotated[Visitor | None, Depends(session_visitor)]) -> Visitor:
    """The visitor of a page that needs one; refused with ``NotSignedIn`` otherwise."""
    if visitor is None:
        raise NotSignedIn("nobody is signed in", hint="sign in and open the page again")
    return visitor


SignedIn = Annotated[Visitor, Depends(signed_in)]
