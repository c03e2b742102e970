"""How a request becomes one transaction: who, which tenant, which right, and once.

A ``CommandRoute`` opens a writing scope, holds the idempotency key, runs the endpoint inside a
savepoint, keeps its answer (refusals included) in the same transaction, commits, and only
then answers. A serialization failure or deadlock repeats the whole with the same input.
A ``RawRoute`` leaves body and transaction to its endpoint, and repeats that in the same way.
A ``ReadRoute`` opens a reading scope. A ``PublicRoute`` opens none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias, TypeVar

from fastapi import Request, Response
from fastapi.routing import APIRoute
from psycopg.errors import DeadlockDetected, SerializationFailure

from groschen.core.errors import GroschenError
from groschen.kit import clock, idempotency
from groschen.kit.auth import Authenticator, Unauthenticated
from groschen.kit.http.errors import TooManyCollisions
from groschen.kit.http.guard import check_body, check_path, check_query
from groschen.kit.http.problems import Fault, InvalidRequest, problem_response
from groschen.kit.permissions import require_module

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from contextlib import AbstractAsyncContextManager

    from fastapi.dependencies.models import Dependant

    from groschen.kit.db import Scope

Run: TypeAlias = "Callable[[Request], Coroutine[Any, Any, Response]]"
Idempotent = Literal["required", "optional", "no"]
Done = TypeVar("Done")

RETRY_PAUSES_SECONDS: Final = (0.005, 0.02, 0.08, 0.2)
KEPT_HEADERS: Final = ("content-type", "etag", "location")
EXTENSION: Final = "x-groschen"


@dataclass(frozen=True, slots=True)
class RouteSpec:
    """What a route declares besides its path; it is also shown in the API description."""

    operation: str
    permission: str | None
    idempotent: Idempotent
    writes: bool
    exclusive: bool
    query: frozenset[str]

    @classmethod
    def of(cls, route: APIRoute) -> RouteSpec:
        """Read the declaration back from the route."""
        declared: dict[str, Any] = (route.openapi_extra or {}).get(EXTENSION, {})
        return cls(
            operation=route.unique_id,
            permission=declared.get("permission"),
            idempotent=declared.get("idempotent", "no"),
            writes=declared.get("writes", False),
            exclusive=declared.get("exclusive", False),
            query=frozenset(_query_names(route.dependant)) | set(declared.get("query", ())),
        )


def _query_names(dependant: Dependant) -> set[str]:
    names = {field.alias for field in dependant.query_params}
    for below in dependant.dependencies:
        names |= _query_names(below)
    return names


class PublicRoute(APIRoute):
    """A route without sign-in and without scope of its own."""

    def get_route_handler(self) -> Run:
        """Check the outer form, then run."""
        run, spec = super().get_route_handler(), RouteSpec.of(self)

        async def answer(request: Request) -> Response:
            await _check(request, spec)
            return await run(request)

        return answer


class ReadRoute(APIRoute):
    """A GET in one scope; reading, unless the route declares that it writes."""

    def get_route_handler(self) -> Run:
        """Open the scope, check the right, run."""
        run, spec = super().get_route_handler(), RouteSpec.of(self)

        async def answer(request: Request) -> Response:
            await _check(request, spec)
            async with _open(request, spec, write=spec.writes) as scope:
                _admit(request, spec, scope)
                return await run(request)

        return answer


class CommandRoute(APIRoute):
    """A POST, PUT, PATCH or DELETE: one transaction, once per idempotency key."""

    def get_route_handler(self) -> Run:
        """Repeat the transaction while others collide with it."""
        run, spec = super().get_route_handler(), RouteSpec.of(self)

        async def answer(request: Request) -> Response:
            command = await _Command.read(request, spec, run)
            return await _repeated(command.attempt)

        return answer


class RawRoute(APIRoute):
    """A POST whose body the feature reads itself, before the transaction begins.

    The endpoint takes a ``RawCall``. There is no idempotency key: the content names what is new.
    """

    def get_route_handler(self) -> Run:
        """Check who calls and the outer form, then run."""
        run, spec = super().get_route_handler(), RouteSpec.of(self)

        async def answer(request: Request) -> Response:
            check_query(request, spec.query)
            check_path(request)
            authenticator: Authenticator = request.app.state.authenticator
            await authenticator.credential(bearer_token(request))
            body = await request.body()
            request.state.call = RawCall(request, spec, body, _dry_run(request, spec))
            return await run(request)

        return answer


@dataclass(frozen=True, slots=True)
class RawCall:
    """A call with its body as it came."""

    request: Request
    spec: RouteSpec
    body: bytes
    dry_run: bool

    @property
    def media_type(self) -> str:
        """What the caller says the body is; empty if nothing."""
        return self.request.headers.get("content-type", "")

    async def transact(self, work: Callable[[Scope], Coroutine[Any, Any, Done]]) -> Done:
        """Do ``work`` in one transaction; repeat it while others collide with it."""

        async def attempt() -> Done:
            async with _open(self.request, self.spec, write=True, dry_run=self.dry_run) as scope:
                _admit(self.request, self.spec, scope)
                return await work(scope)

        return await _repeated(attempt)


async def _repeated(attempt: Callable[[], Coroutine[Any, Any, Done]]) -> Done:
    """Run a transaction again while others collide with it; raises ``TooManyCollisions``."""
    for pause in RETRY_PAUSES_SECONDS:
        try:
            return await attempt()
        except (SerializationFailure, DeadlockDetected):
            await clock.sleep(pause)
    try:
        return await attempt()
    except (SerializationFailure, DeadlockDetected) as error:
        raise TooManyCollisions(
            "other requests keep changing the same objects; nothing was done",
            hint="Send the same request again, with the same idempotency key.",
        ) from error


@dataclass(frozen=True, slots=True)
class _Command:
    """One command as it came in, so that it can be run again with the same input."""

    request: Request
    spec: RouteSpec
    run: Run
    asked: idempotency.Request | None
    dry_run: bool

    @classmethod
    async def read(cls, request: Request, spec: RouteSpec, run: Run) -> _Command:
        body = await _check(request, spec)
        dry_run = _dry_run(request, spec)
        return cls(request, spec, run, None if dry_run else _asked(request, spec, body), dry_run)

    async def attempt(self) -> Response:
        async with _open(self.request, self.spec, write=True, dry_run=self.dry_run) as scope:
            _admit(self.request, self.spec, scope)
            if self.asked is None:
                return await self.run(self.request)
            kept = await idempotency.claim(scope, self.asked)
            if kept is not None:
                return _replay(kept)
            answer = await self._run_or_refuse(scope)
            await idempotency.keep(scope, self.asked, _kept(answer))
            return answer

    async def _run_or_refuse(self, scope: Scope) -> Response:
        """Run the endpoint; a refusal undoes it and becomes the answer that is kept."""
        try:
            async with scope.conn.transaction():
                return await self.run(self.request)
        except GroschenError as refusal:
            if refusal.kind in idempotency.NOT_KEPT or isinstance(refusal, InvalidRequest):
                raise
            return problem_response(refusal, scope.request_id)


async def _check(request: Request, spec: RouteSpec) -> bytes:
    check_query(request, spec.query)
    check_path(request)
    body = await request.body()
    check_body(body)
    return body


def _open(
    request: Request, spec: RouteSpec, *, write: bool, dry_run: bool = False
) -> AbstractAsyncContextManager[Scope]:
    authenticator: Authenticator = request.app.state.authenticator
    return authenticator.scope(
        bearer_token(request),
        on_behalf_of=request.headers.get("on-behalf-of"),
        write=write,
        exclusive=spec.exclusive,
        dry_run=dry_run,
        request_id=request.state.request_id,
    )


def _admit(request: Request, spec: RouteSpec, scope: Scope) -> None:
    if spec.permission is not None:
        scope.actor.require(spec.permission)
        require_module(spec.permission, scope.tenant.modules)
    request.state.scope = scope


def bearer_token(request: Request) -> str:
    """Return the token of the Authorization header; raise ``Unauthenticated`` without one."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthenticated(
            "this needs the header Authorization with a bearer token",
            hint="Send 'Authorization: Bearer gk_live_...' with one of your API keys.",
        )
    return token.strip()


def _asked(request: Request, spec: RouteSpec, body: bytes) -> idempotency.Request | None:
    key = request.headers.get("idempotency-key")
    if key is None or spec.idempotent == "no":
        if spec.idempotent == "required":
            raise idempotency.KeyMissing(
                "this command needs the header Idempotency-Key",
                hint="Send a fresh UUID with each new command, and the same one to repeat it.",
            )
        return None
    return idempotency.request(
        key,
        operation=spec.operation,
        path=request.url.path,
        query=request.url.query,
        body=body,
    )


def _dry_run(request: Request, spec: RouteSpec) -> bool:
    text = request.query_params.get("dry_run")
    if text not in (None, "true", "false"):
        fault = Fault(parameter="dry_run", code="boolean", detail="is 'true' or 'false'")
        raise InvalidRequest(f"'dry_run' {fault.detail}", faults=(fault,))
    return text == "true" and "dry_run" in spec.query


def _kept(answer: Response) -> idempotency.Answer:
    headers = {name: answer.headers[name] for name in KEPT_HEADERS if name in answer.headers}
    return idempotency.Answer(answer.status_code, headers, bytes(answer.body))


def _replay(kept: idempotency.Answer) -> Response:
    headers = {**kept.headers, "idempotency-replayed": "true"}
    return Response(kept.body, status_code=kept.status, headers=headers)
