"""Around every request: its id, security headers, the access log, metrics, the last resort."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException

from groschen.kit import clock
from groschen.kit.http.problems import (
    MOST_BODY_BYTES,
    PROBLEM_PATH,
    Problem,
    too_large,
    write_problem,
)
from groschen.kit.ids import new_id
from groschen.kit.logs import logger
from groschen.kit.metrics import request_seconds

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

REQUEST_ID_FORM: Final = re.compile(rb"[A-Za-z0-9._-]{1,64}")
MICROSECONDS: Final = 1_000_000
NANOSECONDS_PER_MICROSECOND: Final = 1_000
SECURITY_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}
log = logger(__name__)


class RequestFrame:
    """Pure ASGI middleware, outermost but one: nothing it wraps answers without a request id."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run one request inside its frame."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        frame = _Frame(scope, send)
        try:
            await self._app(scope, receive, frame.send)
        except Exception:
            log.exception("request_failed", request_id=frame.request_id, path=scope["path"])
            if frame.status is not None:
                raise
            await write_problem(_server_error(frame.request_id))(scope, receive, frame.send)
        finally:
            frame.finish()


class BodyLimit:
    """Pure ASGI middleware: a body of more than 5 MiB is refused, read or announced."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run one request with a counted body."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        announced = dict(scope["headers"]).get(b"content-length", b"0")
        if announced.isdigit() and int(announced) > MOST_BODY_BYTES:
            request_id: str = scope["state"]["request_id"]
            await write_problem(too_large(request_id))(scope, receive, send)
            return
        read = 0

        async def counted() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > MOST_BODY_BYTES:
                raise HTTPException(413)
            return message

        await self._app(scope, counted, send)


class _Frame:
    """One request from its first byte to its answer."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self._scope = scope
        self._send = send
        self._started_ns = clock.monotonic_ns()
        self.request_id = _request_id(scope)
        self.status: int | None = None
        scope.setdefault("state", {})["request_id"] = self.request_id

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(raw=message["headers"])
            headers["Request-Id"] = self.request_id
            for name, value in SECURITY_HEADERS.items():
                headers.setdefault(name, value)
        await self._send(message)

    def finish(self) -> None:
        elapsed_us = (clock.monotonic_ns() - self._started_ns) // NANOSECONDS_PER_MICROSECOND
        method, route = self._scope["method"], _route_of(self._scope)
        request_seconds.labels(method, route, str(self.status or 0)).observe(
            elapsed_us / MICROSECONDS
        )
        log.info(
            "request",
            request_id=self.request_id,
            method=method,
            route=route,
            status=self.status,
            elapsed_us=elapsed_us,
        )


def _request_id(scope: Scope) -> str:
    """Take the client's id if it is harmless, else make one."""
    for name, value in scope["headers"]:
        if name == b"request-id" and REQUEST_ID_FORM.fullmatch(value):
            text: str = value.decode("ascii")
            return text
    return str(new_id())


def _route_of(scope: Scope) -> str:
    """Return the path template, never the path: it may hold names and has no bound."""
    route: Any = scope.get("route")
    return getattr(route, "path_format", None) or getattr(route, "path", None) or "unmatched"


def _server_error(request_id: str) -> Problem:
    return Problem(
        type=f"{PROBLEM_PATH}/server_error",
        title="Something failed that should not",
        status=500,
        detail="The request failed for a reason that is ours; nothing of it was stored.",
        code="server_error",
        request_id=request_id,
        hint="Send it again with the same idempotency key; quote the request id if it stays.",
    )
