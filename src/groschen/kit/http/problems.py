"""Refusals as the API tells them: problem details by RFC 9457.

One table turns the kind of a refusal into an HTTP status. Every problem names its stable
``code``, the ``request_id`` under which the log can be searched, where the fault lies
(``errors``) and what to do (``hint``).
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar, Final, TypeAlias

import msgspec
from fastapi import Response

from groschen.core.errors import GroschenError, Kind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

STATUS: Final[Mapping[Kind, int]] = {
    Kind.INVALID: 400,
    Kind.UNAUTHENTICATED: 401,
    Kind.FORBIDDEN: 403,
    Kind.NOT_FOUND: 404,
    Kind.CONFLICT: 409,
    Kind.PRECONDITION: 412,
    Kind.UNPROCESSABLE: 422,
    Kind.PRECONDITION_REQUIRED: 428,
    Kind.BUSY: 409,
    Kind.UNAVAILABLE: 503,
}
RETRY_AFTER_SECONDS: Final[Mapping[Kind, int]] = {Kind.BUSY: 1, Kind.UNAVAILABLE: 2}
PROBLEM_JSON: Final = "application/problem+json"
PROBLEM_PATH: Final = "/problems"
MOST_BODY_BYTES: Final = 5 * 1024 * 1024

Responses: TypeAlias = "dict[int | str, dict[str, Any]]"


class Fault(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One place of a request that is wrong.

    ``pointer`` points into the body; ``parameter`` names one of query or path.
    """

    pointer: str | None = None
    parameter: str | None = None
    header: str | None = None
    code: str
    detail: str


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """The body of every answer that is not a success."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    request_id: str
    errors: Sequence[Fault] = ()
    hint: str | None = None
    facts: Mapping[str, str] = {}


class InvalidRequest(GroschenError):
    """The request does not have the form that the API description asks for."""

    code: ClassVar[str] = "invalid_request"
    kind: ClassVar[Kind] = Kind.INVALID

    def __init__(
        self, detail: str, *, faults: Sequence[Fault] = (), hint: str | None = None
    ) -> None:
        super().__init__(detail, hint=hint)
        self.faults = faults


def title_of(error: type[GroschenError]) -> str:
    """Return the first sentence of the error's docstring, without its full stop."""
    lines = (error.__doc__ or error.code).strip().split("\n\n", 1)[0].split()
    return " ".join(lines).split(". ", 1)[0].rstrip(".")


def pointer(field: str) -> str:
    """Return the JSON pointer of a dotted field name: ``legs.0.km`` is ``/legs/0/km``."""
    return "" if not field else "/" + field.replace("~", "~0").replace("/", "~1").replace(".", "/")


def problem_of(error: GroschenError, request_id: str) -> Problem:
    """Return what the API answers for an expected refusal."""
    faults: Sequence[Fault] = error.faults if isinstance(error, InvalidRequest) else ()
    if error.field is not None:
        faults = (Fault(pointer=pointer(error.field), code=error.code, detail=error.detail),)
    return Problem(
        type=f"{PROBLEM_PATH}/{error.code}",
        title=title_of(type(error)),
        status=STATUS[error.kind],
        detail=error.detail,
        code=error.code,
        request_id=request_id,
        errors=faults,
        hint=error.hint,
        facts=_public_facts(error.facts),
    )


def _public_facts(facts: Mapping[str, object]) -> dict[str, str]:
    """Return the facts that mean something outside; bare UUIDs are for the log only."""
    shown = (str, int, Decimal, date, datetime)
    return {name: str(value) for name, value in facts.items() if isinstance(value, shown)}


def problem_response(error: GroschenError, request_id: str) -> Response:
    """Return the answer to an expected refusal."""
    answer = write_problem(problem_of(error, request_id))
    if error.kind in RETRY_AFTER_SECONDS:
        answer.headers["Retry-After"] = str(RETRY_AFTER_SECONDS[error.kind])
    if error.kind is Kind.UNAUTHENTICATED:
        answer.headers["WWW-Authenticate"] = 'Bearer realm="groschen"'
    return answer


def write_problem(problem: Problem) -> Response:
    """Return a problem as an HTTP answer; it must not be kept by caches."""
    return Response(
        msgspec.json.encode(problem),
        status_code=problem.status,
        media_type=PROBLEM_JSON,
        headers={"Cache-Control": "no-store"},
    )


def too_large(request_id: str) -> Problem:
    """Return what a body of more than ``MOST_BODY_BYTES`` is answered with."""
    return Problem(
        type=f"{PROBLEM_PATH}/content_too_large",
        title="Content Too Large",
        status=413,
        detail=f"a body may have {MOST_BODY_BYTES} bytes",
        code="content_too_large",
        request_id=request_id,
        hint="Send less at once.",
    )


def problems(*errors: type[GroschenError]) -> Responses:
    """Return the OpenAPI answers of an endpoint that may refuse with ``errors``."""
    by_status: dict[int, list[type[GroschenError]]] = {}
    for error in errors:
        by_status.setdefault(STATUS[error.kind], []).append(error)
    return {status: _described(group) for status, group in by_status.items()}


def _described(group: Sequence[type[GroschenError]]) -> dict[str, Any]:
    return {
        "description": "; ".join(f"`{error.code}`: {title_of(error)}" for error in group),
        "content": {
            PROBLEM_JSON: {
                "schema": {"$ref": "#/components/schemas/Problem"},
                "examples": {error.code: {"value": _example(error)} for error in group},
            }
        },
    }


def _example(error: type[GroschenError]) -> dict[str, Any]:
    title = title_of(error)
    problem = Problem(
        type=f"{PROBLEM_PATH}/{error.code}",
        title=title,
        status=STATUS[error.kind],
        detail=f"{title}.",
        code=error.code,
        request_id="019aac5c-7000-7000-8000-000000000001",
        hint="What to do stands here.",
    )
    plain: dict[str, Any] = msgspec.to_builtins(problem)
    return plain
