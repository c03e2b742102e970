"""What can be refused, and how a refusal is told."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar


class Kind(StrEnum):
    """The sort of an expected failure; one table each turns it into HTTP status and job retry."""

    INVALID = "invalid"
    UNAUTHENTICATED = "unauthenticated"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    CONFLICT = "conflict"
    PRECONDITION = "precondition"
    UNPROCESSABLE = "unprocessable"
    PRECONDITION_REQUIRED = "precondition_required"
    BUSY = "busy"
    UNAVAILABLE = "unavailable"


class GroschenError(Exception):
    """An expected refusal: ``detail`` names the reason, ``field`` the place, ``hint`` the remedy.

    ``facts`` are machine-readable values that belong to this refusal (ids, states, limits).
    """

    code: ClassVar[str] = "error"
    kind: ClassVar[Kind] = Kind.INVALID

    def __init__(
        self, detail: str, *, field: str | None = None, hint: str | None = None, **facts: object
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.field = field
        self.hint = hint
        self.facts = facts


class InvariantBroken(Exception):
    """A bug: something that must always hold did not. The transaction rolls back."""


def invariant(holds: bool, message: str) -> None:  # noqa: FBT001 - reads like assert
    """Raise ``InvariantBroken`` unless ``holds``; unlike ``assert`` it survives ``python -O``."""
    if not holds:
        raise InvariantBroken(message)
