"""Exceptions that reach the app, as problems."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, cast

import psycopg
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from groschen.core.errors import GroschenError
from groschen.kit.http.errors import PathNotFound, ServerBusy
from groschen.kit.http.openapi import describe
from groschen.kit.http.problems import (
    PROBLEM_PATH,
    Fault,
    InvalidRequest,
    Problem,
    problem_response,
    too_large,
    write_problem,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fastapi import FastAPI, Request, Response

TIMED_OUT: Final = frozenset({"55P03", "57014", "25P03"})  # lock, statement, idle transaction
LOST: Final = ("08", "57P")
PLACES: Final = {"query": "parameter", "path": "parameter", "header": "header", "cookie": "header"}


def install_handlers(app: FastAPI) -> None:
    """Let every exception that means something answer as a problem."""
    app.add_exception_handler(GroschenError, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(psycopg.OperationalError, _busy)


async def _refused(request: Request, error: Exception) -> Response:
    return problem_response(cast("GroschenError", error), request.state.request_id)


async def _invalid(request: Request, error: Exception) -> Response:
    found = cast("RequestValidationError", error).errors()
    return problem_response(invalid_request(found), request.state.request_id)


def invalid_request(found: Sequence[Any]) -> InvalidRequest:
    """Return the refusal for what pydantic found, each fault with its place."""
    faults = tuple(_fault(one) for one in found[:100])
    first = faults[0]
    place = first.pointer or first.parameter or first.header
    return InvalidRequest(
        f"{place}: {first.detail}" if place else first.detail,
        faults=faults,
        hint="The API description at /openapi.json shows the form with examples.",
    )


def _fault(found: Any) -> Fault:
    where, *path = found["loc"]
    detail = str(found["msg"]).removeprefix("Value error, ")
    code = str(found["type"])
    place = PLACES.get(str(where))
    if place == "parameter":
        return Fault(parameter=".".join(map(str, path)), code=code, detail=detail)
    if place == "header":
        return Fault(header="-".join(map(str, path)), code=code, detail=detail)
    if code == "json_invalid":
        return Fault(pointer="", code=code, detail=f"is not JSON: {found['ctx']['error']}")
    parts = (str(part).replace("~", "~0").replace("/", "~1") for part in path)
    return Fault(pointer="".join(f"/{part}" for part in parts), code=code, detail=detail)


async def _http(request: Request, error: Exception) -> Response:
    refused = cast("HTTPException", error)
    request_id: str = request.state.request_id
    if refused.status_code == HTTPStatus.NOT_FOUND:
        nowhere = PathNotFound(
            "there is nothing at this address", hint="The addresses are listed at /openapi.json."
        )
        return problem_response(nowhere, request_id)
    if refused.status_code == HTTPStatus.BAD_REQUEST:
        return problem_response(InvalidRequest(str(refused.detail)), request_id)
    if refused.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return write_problem(too_large(request_id))
    status = HTTPStatus(refused.status_code)
    code = status.phrase.lower().replace(" ", "_")
    answer = write_problem(
        Problem(
            type=f"{PROBLEM_PATH}/{code}",
            title=status.phrase,
            status=status.value,
            detail=str(refused.detail),
            code=code,
            request_id=request_id,
        )
    )
    answer.headers.update(refused.headers or {})
    if refused.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        answer.headers["Allow"] = _allowed(request)
    return answer


def _allowed(request: Request) -> str:
    """Return the methods of the address; the framework names those of one route only."""
    path = getattr(request.scope.get("route"), "path_format", request.url.path)
    described = describe(request.app)["paths"].get(path, {"get": {}})
    return ", ".join(sorted(method.upper() for method in described))


async def _busy(request: Request, error: Exception) -> Response:
    """Tell a time-out or a lost connection apart from a bug; both come from outside the call."""
    state = cast("psycopg.Error", error).sqlstate
    if state is not None and state not in TIMED_OUT and not state.startswith(LOST):
        raise error
    return problem_response(
        ServerBusy(
            "the database took too long or went away",
            hint="Send the same request again, with the same idempotency key.",
        ),
        request.state.request_id,
    )
