"""What is refused before a route runs: unknown query parameters, text that cannot be stored."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from groschen.kit.http.problems import Fault, InvalidRequest

if TYPE_CHECKING:
    from collections.abc import Collection

    from fastapi import Request

# PostgreSQL stores neither U+0000 nor half of a surrogate pair, JSON can spell both.
UNSTORABLE: Final = re.compile(
    rb"\\u0000|\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F][0-9a-fA-F]{2})"
    rb"|(?<!\\u[dD][89abAB][0-9a-fA-F]{2})\\u[dD][c-fC-F][0-9a-fA-F]{2}"
)


def check_query(request: Request, known: Collection[str]) -> None:
    """Refuse query parameters that the operation does not know, or that come twice."""
    faults: list[Fault] = []
    seen: set[str] = set()
    for name, value in request.query_params.multi_items():
        if name not in known:
            faults.append(Fault(parameter=name, code="unknown", detail="is not known here"))
        elif name in seen:
            faults.append(Fault(parameter=name, code="repeated", detail="may be given once"))
        elif "\x00" in value:
            faults.append(Fault(parameter=name, code="text", detail="must not contain U+0000"))
        seen.add(name)
    if faults:
        names = ", ".join(sorted(known)) or "none"
        raise InvalidRequest(
            f"the query parameter '{faults[0].parameter}' {faults[0].detail}",
            faults=faults,
            hint=f"Known here: {names}.",
        )


def check_path(request: Request) -> None:
    """Refuse path parameters that no stored text can equal."""
    for name, value in request.path_params.items():
        if "\x00" in str(value):
            fault = Fault(parameter=name, code="text", detail="must not contain U+0000")
            raise InvalidRequest(f"the path parameter '{name}' {fault.detail}", faults=(fault,))


def check_body(body: bytes) -> None:
    """Refuse text that PostgreSQL cannot store.

    An escaped backslash before such letters is refused too; nobody needs it.
    """
    if UNSTORABLE.search(body) is not None:
        fault = Fault(
            pointer="", code="text", detail="must not contain U+0000 or half a surrogate pair"
        )
        raise InvalidRequest(f"the body {fault.detail}", faults=(fault,))
