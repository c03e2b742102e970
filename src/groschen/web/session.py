"""Who is signed in: the session cookie, read once for each request."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from itertools import count
from typing import Annotated, Final

from fastapi import Depends, Request

from groschen.core.errors import GroschenError, Kind
from groschen.web.visitor import SESSION_COOKIE, Sessions, Visitor

LOOKS_A_CHECK: Final = 10


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


def still_signed_in(request: Request) -> Callable[[], Awaitable[bool]]:
    """Ask for long answers: whether the reader is still there, signed in and in this tenant.

    The session is read anew at every ``LOOKS_A_CHECK``-th question only.
    """
    token = request.cookies.get(SESSION_COOKIE, "")
    sessions: Sessions = request.app.state.sessions
    first = known_visitor(request)
    looks = count()

    async def holds() -> bool:
        if await request.is_disconnected() or first is None:
            return False
        if next(looks) % LOOKS_A_CHECK:
            return True
        now = await sessions.visitor(token)
        return now is not None and now.actor == first.actor and now.tenant.id == first.tenant.id

    return holds


SignedIn = Annotated[Visitor, Depends(signed_in)]
