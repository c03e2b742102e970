"""Exceptions that reach the app, as problems."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, cast

import psycopg
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from groschen.core.errors import GroschenError
from groschen.kit.http.errors import PathNotFound, ServerBusy
from groschen.kit.http.problems import (
    PROBLEM_PATH,
    Fault,
    InvalidRequest,
    Problem,
    problem_response,
    write_problem,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fastapi import FastAPI, Request, Response

PLACES = {"query": "parameter", "path": "parameter", "header": "header", "cookie": "header"}


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
    return answer


async def _busy(request: Request, error: Exception) -> Response:
    """Tell a time-out or a lost connection apart from a bug; both come from outside the call."""
    retriable = (
        psycopg.errors.LockNotAvailable,
        psycopg.errors.QueryCanceled,
        psycopg.errors.IdleInTransactionSessionTimeout,
    )
    lost = getattr(error, "sqlstate", None) is None or str(error.sqlstate)[:2] in ("08", "57")  # type: ignore[attr-defined]
    if not lost and not isinstance(error, retriable):
        raise error
    return problem_response(
        ServerBusy(
            "the database took too long or went away",
            hint="Send the same request again, with the same idempotency key.",
        ),
        request.state.request_id,
    )
