"""How a page opens: who looks, the right, one transaction, and a form's effect only once.

``pages = PageRouter(Audience.CONSOLE)``, then ``@pages.page("/orders", permission="orders:read")``
over ``async def show(request: Request, scope: Reader) -> Response``. A page reads in a reading
scope. A form (``@pages.form``) writes in one transaction; the hidden key of the form makes a
repeated submit answer what the first one answered.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Final, TypeAlias, TypeVar
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from fastapi.routing import APIRoute
from psycopg.errors import DeadlockDetected, SerializationFailure

from groschen.core.errors import GroschenError, Kind
from groschen.kit import clock, idempotency
from groschen.kit.http.errors import TooManyCollisions
from groschen.kit.ids import InvalidId, decode_id
from groschen.kit.runtime import Runtime
from groschen.web.security import SAFE_METHODS, same_site_only
from groschen.web.session import NotSignedIn, session_visitor
from groschen.web.visitor import Visitor

FORM_KEY: Final = "key"
EXTENSION: Final = "x-page"
PAUSES_SECONDS: Final = (0.005, 0.02, 0.08, 0.2, 0.5, 1, 2)

Run: TypeAlias = Callable[[Request], Coroutine[Any, Any, Response]]
Endpoint = TypeVar("Endpoint", bound=Callable[..., Coroutine[Any, Any, Any]])


class Audience(StrEnum):
    """For whom a page is: people of the tenant, of a partner, of a customer, or all."""

    CONSOLE = "console"
    PARTNER = "partner"
    CUSTOMER = "customer"
    EVERYBODY = "everybody"

    @classmethod
    def of(cls, visitor: Visitor) -> Audience:
        """The audience that a visitor belongs to."""
        if visitor.is_customer:
            return cls.CUSTOMER
        return cls.PARTNER if visitor.is_partner else cls.CONSOLE


class PageNotFound(GroschenError):
    """There is no such page for this visitor."""

    code: ClassVar[str] = "page_not_found"
    kind: ClassVar[Kind] = Kind.NOT_FOUND


class FormIncomplete(GroschenError):
    """The form was sent without its key; open the page again and send it from there."""

    code: ClassVar[str] = "form_incomplete"
    kind: ClassVar[Kind] = Kind.INVALID


@dataclass(frozen=True, slots=True)
class PageSpec:
    """What a page declares besides its path."""

    audience: Audience
    permission: str | None
    exclusive: bool = False

    def admit(self, visitor: Visitor | None) -> Visitor:
        """The visitor if this page is for them.

        Raises ``NotSignedIn``, ``PageNotFound`` for a page of the other audience, and
        ``PermissionMissing``.
        """
        if visitor is None:
            raise NotSignedIn("nobody is signed in", hint="sign in and open the page again")
        if self.audience not in (Audience.of(visitor), Audience.EVERYBODY):
            raise PageNotFound("there is no such page")
        if self.permission is not None:
            visitor.actor.require(self.permission)
        return visitor

    @classmethod
    def of(cls, route: APIRoute) -> PageSpec:
        """Read the declaration back from the route."""
        spec: PageSpec = (route.openapi_extra or {})[EXTENSION]
        return spec


class ReadingRoute(APIRoute):
    """A GET in one reading scope."""

    def get_route_handler(self) -> Run:
        """Open the scope, run the page in it."""
        run, spec = super().get_route_handler(), PageSpec.of(self)

        async def answer(request: Request) -> Response:
            visitor = await _admitted(request, spec)
            database = runtime_of(request).database
            async with database.scope(
                visitor.tenant.id,
                visitor.actor,
                write=False,
                request_id=getattr(request.state, "request_id", None),
            ) as scope:
                request.state.scope = scope
                return await run(request)

        return answer


class OpenRoute(APIRoute):
    """A page that opens its own scopes, or needs none."""

    def get_route_handler(self) -> Run:
        """Admit the visitor, run the page."""
        run, spec = super().get_route_handler(), PageSpec.of(self)

        async def answer(request: Request) -> Response:
            await _admitted(request, spec)
            return await run(request)

        return answer


class FormRoute(APIRoute):
    """A POST of a form: one transaction, once per key of the form."""

    def get_route_handler(self) -> Run:
        """Repeat the transaction while others collide with it, or while its twin runs."""
        run, spec = super().get_route_handler(), PageSpec.of(self)

        async def answer(request: Request) -> Response:
            visitor = await _admitted(request, spec)
            asked = await _asked(request, self.path_format)
            for pause in PAUSES_SECONDS:
                try:
                    return await _write(request, spec, visitor, asked, run)
                except (SerializationFailure, DeadlockDetected, idempotency.KeyRunning):
                    await clock.sleep(pause)
            try:
                return await _write(request, spec, visitor, asked, run)
            except (SerializationFailure, DeadlockDetected) as error:
                raise TooManyCollisions("others keep changing the same objects") from error

        return answer


async def _write(
    request: Request, spec: PageSpec, visitor: Visitor, asked: idempotency.Request, run: Run
) -> Response:
    """Run the form once; what answers by a redirect had its effect, and is kept."""
    async with runtime_of(request).database.scope(
        visitor.tenant.id,
        visitor.actor,
        exclusive=spec.exclusive,
        request_id=getattr(request.state, "request_id", None),
    ) as scope:
        kept = await idempotency.claim(scope, asked)
        if kept is not None:
            return Response(kept.body, kept.status, kept.headers)
        request.state.scope = scope
        answer = await run(request)
        location = answer.headers.get("location")
        if location is not None:
            done = idempotency.Answer(answer.status_code, {"location": location}, b"")
            await idempotency.keep(scope, asked, done)
        return answer


async def _asked(request: Request, path_format: str) -> idempotency.Request:
    body = await request.body()
    key = (await request.form()).get(FORM_KEY)
    if not isinstance(key, str) or not key:
        raise FormIncomplete(
            "the form came without its key", hint="open the page again and send it from there"
        )
    return idempotency.request(
        key,
        operation=f"page {path_format}",
        path=request.url.path,
        query=request.url.query,
        body=body,
    )


async def _admitted(request: Request, spec: PageSpec) -> Visitor:
    if request.method not in SAFE_METHODS:
        await same_site_only(request)
    return spec.admit(await session_visitor(request))


def path_id(prefix: str, name: str) -> Callable[[Request], Coroutine[Any, Any, UUID]]:
    """A dependency that reads the public id in the path; what is none is no page."""

    async def read(request: Request) -> UUID:
        try:
            return decode_id(prefix, request.path_params[name])
        except InvalidId as error:
            raise PageNotFound("there is no such page") from error

    return read


def runtime_of(request: Request) -> Runtime:
    """Database, settings and ports of this process."""
    runtime: Runtime = request.app.state.runtime
    return runtime


async def _visitor(request: Request) -> Visitor:
    visitor: Visitor = request.state.visitor
    return visitor


Looking = Annotated[Visitor, Depends(_visitor)]
"""The visitor of a page that a ``PageRouter`` admitted."""

Around = Annotated[Runtime, Depends(runtime_of)]
"""Database, settings and ports, for what opens its own scopes."""


class PageRouter:
    """The pages of one part of the console or of a portal."""

    def __init__(self, audience: Audience) -> None:
        self.audience = audience
        self.routes = APIRouter()

    def page(self, path: str, *, permission: str | None) -> Callable[[Endpoint], Endpoint]:
        """Declare a page: a GET in a reading scope."""
        return self._add(path, "GET", ReadingRoute, PageSpec(self.audience, permission))

    def stream(self, path: str, *, permission: str | None) -> Callable[[Endpoint], Endpoint]:
        """Declare a GET that opens its own scopes, such as a live stream."""
        return self._add(path, "GET", OpenRoute, PageSpec(self.audience, permission))

    def form(
        self, path: str, *, permission: str, exclusive: bool = False
    ) -> Callable[[Endpoint], Endpoint]:
        """Declare a POST in a writing scope, once per key of the form.

        ``exclusive`` lets no other command of the tenant run beside it.
        """
        return self._add(
            path, "POST", FormRoute, PageSpec(self.audience, permission, exclusive=exclusive)
        )

    def command(self, path: str, *, permission: str | None) -> Callable[[Endpoint], Endpoint]:
        """Declare a POST that opens its own scopes; repeating it must change nothing."""
        return self._add(path, "POST", OpenRoute, PageSpec(self.audience, permission))

    def _add(
        self, path: str, method: str, route_class: type[APIRoute], spec: PageSpec
    ) -> Callable[[Endpoint], Endpoint]:
        def register(endpoint: Endpoint) -> Endpoint:
            self.routes.add_api_route(
                path,
                endpoint,
                methods=[method],
                response_model=None,
                openapi_extra={EXTENSION: spec},
                route_class_override=route_class,
            )
            return endpoint

        return register
