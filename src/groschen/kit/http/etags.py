"""Entity tags: a change names the state it is based on, so that nothing is overwritten unseen."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Annotated

import msgspec
from fastapi import Header

from groschen.kit.http.errors import EtagMissing, EtagStale

if TYPE_CHECKING:
    from fastapi import Response

IfMatch = Annotated[
    str | None,
    Header(
        alias="If-Match",
        description="The ETag of the object as it was read; required for a change.",
        examples=['"2f1c6a7e0b9d4c35"'],
        max_length=200,
    ),
]


def etag(*state: object) -> str:
    """Return the tag of a state: a version number or all values that a client can change."""
    return f'"{hashlib.sha256(msgspec.json.encode(state, order="deterministic")).hexdigest()[:16]}"'


def require_match(if_match: str | None, current: str) -> None:
    """Raise ``EtagMissing`` without the header and ``EtagStale`` when it names another state."""
    if if_match is None:
        raise EtagMissing(
            "this change needs the header If-Match",
            hint="Read the object first and send the ETag of that answer.",
        )
    if if_match.strip() not in (current, "*"):
        raise EtagStale(
            "the object has changed since it was read",
            hint="Read it again, look at what changed, and send the change with the new ETag.",
        )


def set_etag(response: Response, tag: str) -> None:
    """Put the tag on an answer."""
    response.headers["ETag"] = tag
