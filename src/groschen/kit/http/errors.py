"""Refusals of the HTTP layer itself, before any feature is asked."""

from __future__ import annotations

from typing import ClassVar

from groschen.core.errors import GroschenError, Kind


class PathNotFound(GroschenError):
    """There is nothing at this address."""

    code: ClassVar[str] = "path_not_found"
    kind: ClassVar[Kind] = Kind.NOT_FOUND


class EtagMissing(GroschenError):
    """A change has to name the state it is based on, in the header If-Match."""

    code: ClassVar[str] = "if_match_missing"
    kind: ClassVar[Kind] = Kind.PRECONDITION_REQUIRED


class EtagStale(GroschenError):
    """The object was changed since it was read."""

    code: ClassVar[str] = "if_match_stale"
    kind: ClassVar[Kind] = Kind.PRECONDITION


class TooManyCollisions(GroschenError):
    """Other requests kept changing the same objects; nothing was done."""

    code: ClassVar[str] = "try_again"
    kind: ClassVar[Kind] = Kind.UNAVAILABLE


class ServerBusy(GroschenError):
    """The database took too long or went away; whether anything was done is not known."""

    code: ClassVar[str] = "server_busy"
    kind: ClassVar[Kind] = Kind.UNAVAILABLE
